import { expect, test } from 'bun:test';
import { errorDiagnostic } from '../hcl/diagnostic.ts';
import { SourceText } from '../hcl/source-text.ts';
import { diagnosticJson } from './diagnostic-json.ts';

const cases: [what: string, text: string, place: string, start: [number, number], end: [number, number]][] = [
  ['a word', 'a = xyz\n', 'xyz', [0, 4], [0, 7]],
  ['on a later line', 'a = 1\n\tb = xyz\n', 'xyz', [1, 5], [1, 8]],
  ['behind wide characters', 'a = ["日本", xyz]', 'xyz', [0, 11], [0, 14]],
  ['behind an emoji of several code points', 'a = "👩‍👩‍👧" xyz', 'xyz', [0, 15], [0, 18]],
  ['an emoji outside of the first plane', 'a = "🚀" xyz', '🚀', [0, 5], [0, 7]],
  ['over lines, with carriage returns', 'a = [\r\n  1\r\n]\r\n', '[\r\n  1\r\n]', [0, 4], [2, 1]],
];
test.each(cases)('the range for editors: %s', (_, text, place, [line, character], [lastLine, lastCharacter]) => {
  const source = new SourceText('p.hcl', text);
  const from = text.indexOf(place);
  const diagnostic = errorDiagnostic('code', 'Summary', 'Detail.', {
    subject: source.range(from, from + place.length),
  });
  expect(diagnosticJson(diagnostic, new Map([['p.hcl', text]]))).toMatchObject({
    code: 'code',
    range: { start: { line, character }, end: { line: lastLine, character: lastCharacter } },
  });
});

test('without its text there is no range, and without a place none either', () => {
  const subject = new SourceText('p.hcl', 'a = 1').range(0, 1);
  const placed = diagnosticJson(errorDiagnostic('code', 'S', 'D', { subject }), new Map());
  expect(placed).toMatchObject({ subject: { start: { line: 1, column: 1 } }, range: undefined });
  const values = [{ name: 'var.a', text: '1' }];
  expect(diagnosticJson(errorDiagnostic('code', 'S', 'D', { values }), new Map())).toMatchObject({ values });
});
