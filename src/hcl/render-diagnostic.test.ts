import { describe, expect, test } from 'bun:test';
import { errorDiagnostic, warningDiagnostic } from './diagnostic.ts';
import { renderDiagnostics } from './render-diagnostic.ts';
import { SourceText } from './source-text.ts';

function render(text: string, from: number, to: number, extra: Parameters<typeof errorDiagnostic>[3] = {}): string {
  const source = new SourceText('p.hcl', text);
  const diagnostic = errorDiagnostic('code', 'Summary', 'Detail.', { subject: source.range(from, to), ...extra });
  return renderDiagnostics([diagnostic], new Map([['p.hcl', text]]), { color: false });
}

describe('the place is underlined', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['a word', 'a = xyz\n', 'xyz', '1 | a = xyz\n  |     ^^^'],
    ['behind a tab', '\ta = xyz\n', 'xyz', '1 |     a = xyz\n  |         ^^^'],
    ['behind wide characters', 'a = ["日本", xyz]\n', 'xyz', '1 | a = ["日本", xyz]\n  |              ^^^'],
    ['an emoji of several code points', 'a = "👩‍👩‍👧" x\n', '👩‍👩‍👧', '1 | a = "👩‍👩‍👧" x\n  |      ^^'],
    ['what could move the cursor', 'a = "\u001b[2J" x\n', 'x', '1 | a = "␛[2J" x\n  |            ^'],
    [
      'over lines',
      'a = [\n  1,\n  2\n]\n',
      '[\n  1,\n  2\n]',
      '1 | a = [\n  |     ^\n2 |   1,\n  |   ^^\n3 |   2\n  |   ^\n4 | ]\n  | ^',
    ],
  ];
  for (const [name, text, subject, expected] of cases) {
    test(name, () => {
      const from = text.indexOf(subject);
      expect(render(text, from, from + subject.length)).toContain(expected);
    });
  }

  test('of a long line the part around the place', () => {
    const shown = render(`a = "${'x'.repeat(5000)}" wrong "${'y'.repeat(5000)}"`, 5007, 5012);
    expect(shown).toContain(`1 | …${'x'.repeat(58)}" wrong "${'y'.repeat(180 - 67)}…`);
    expect(shown).toContain(`\n  | ${' '.repeat(61)}^^^^^\n`);
  });

  test('an empty place gets one caret', () => {
    expect(render('a = \n', 4, 4)).toContain('1 | a =\n  |     ^');
  });

  test('a long range is shown by its ends', () => {
    const text = Array.from({ length: 20 }, (_, at) => `line${at + 1}`).join('\n');
    const shown = render(text, 0, text.length);
    expect(shown).toContain(' 4 | line4');
    expect(shown).not.toContain('line5');
    expect(shown).toContain('.. |');
    expect(shown).toContain('20 | line20');
  });
});

test('everything a diagnostic says is there, in order', () => {
  const text = 'job "a" {\n  x = 1\n  image = var.imgae\n}\n';
  const source = new SourceText('p.hcl', text);
  const at = text.indexOf('.imgae');
  const shown = render(text, at, at + 6, {
    context: source.range(0, at),
    suggestion: 'image',
    values: [{ name: 'var', text: 'an object with 1 attribute' }],
  });
  expect(shown).toBe(
    [
      'error: Summary',
      ' --> p.hcl:3:14',
      '  |',
      '1 | job "a" {',
      '. |',
      '3 |   image = var.imgae',
      '  |              ^^^^^^',
      'Detail.',
      'Did you mean "image"?',
      '  var is an object with 1 attribute',
      '',
    ].join('\n'),
  );
});

test('without its text a diagnostic still says where it is', () => {
  const subject = { file: 'gone.hcl', start: { line: 3, column: 2, byte: 9 }, end: { line: 3, column: 4, byte: 11 } };
  const diagnostic = warningDiagnostic('code', 'Summary', 'Detail.', { subject });
  expect(renderDiagnostics([diagnostic], new Map(), { color: false })).toBe(
    'warning: Summary\n --> gone.hcl:3:2\nDetail.\n',
  );
});

test('colour only adds colour', () => {
  const text = 'a = x\n';
  const diagnostic = errorDiagnostic('code', 'Summary', 'Detail.', {
    subject: new SourceText('p.hcl', text).range(4, 5),
  });
  const sources = new Map([['p.hcl', text]]);
  const colored = renderDiagnostics([diagnostic], sources, { color: true });
  const plain = renderDiagnostics([diagnostic], sources, { color: false });
  expect(colored).not.toBe(plain);
  expect(colored.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')).toBe(plain);
});

test('of very many the first hundred are shown', () => {
  const diagnostics = Array.from({ length: 250 }, (_, at) => errorDiagnostic('code', `Summary ${at}`, 'Detail.'));
  const shown = renderDiagnostics(diagnostics, new Map(), { color: false });
  expect(shown).toContain('Summary 99\n');
  expect(shown).not.toContain('Summary 100\n');
  expect(shown).toEndWith('… and 150 more.\n');
});

test('prose is wrapped', () => {
  const diagnostic = errorDiagnostic('code', 'Summary', 'word '.repeat(50).trim());
  const shown = renderDiagnostics([diagnostic], new Map(), { color: false, width: 40 });
  for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
});
