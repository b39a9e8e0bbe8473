import { expect, test } from 'bun:test';
import { evaluate } from '../../hcl/evaluate.ts';
import { formatConfig } from '../../hcl/format.ts';
import { parseConfig } from '../../hcl/parse.ts';
import { EMPTY_SCOPE } from '../../hcl/scope.ts';
import { toJson } from '../../hcl/value-json.ts';
import { Block } from './hcl-block.ts';
import { Expression, type HclValue, template } from './hcl-text.ts';

/** What a value is when it has been written, formatted and read again. */
function readBack(name: string, value: HclValue): unknown {
  const written = new Block('task', ['x']).comment('a\n} comment').set(name, value).set('after', 1).write();
  const result = formatConfig(`${written}\n`, 'x.hcl');
  if (result.kind !== 'formatted') throw new Error(`${result.diagnostics[0]?.summary}: ${written}`);
  const { body } = parseConfig(result.text, 'x.hcl');
  const [block, ...more] = body.items;
  if (block?.kind !== 'block' || more.length > 0 || block.body.items.length !== 2)
    throw new Error(`more than one: ${written}`);
  const [item] = block.body.items;
  if (item?.kind !== 'attribute') throw new Error(written);
  const { value: read, diagnostics } = evaluate(item.expression, EMPTY_SCOPE);
  expect(diagnostics).toEqual([]);
  return toJson(read);
}

const PIECES = [
  '${',
  '%{',
  '$',
  '%',
  '{',
  '}',
  '"',
  "'",
  '\\',
  '\n',
  '\r',
  '\t',
  '\b',
  '\f',
  '\u0000',
  '\u2028',
  '\ufeff',
];
const MORE = [
  'EOT',
  '<<-EOT',
  '#',
  '//',
  '/*',
  ' ',
  '  ',
  'x',
  'ä',
  '𝄞',
  '\u00a0',
  '\n\n',
  '\nEOT\n',
  '$${',
  '%%{',
  '`',
  '~}',
];

test('whatever a text holds, it is read as it was written', () => {
  const all = [...PIECES, ...MORE];
  // A fixed sequence, so that what fails can be found again.
  let seed = 20261125;
  const next = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: next(9) }, () => all[next(all.length)])
      .join('')
      .normalize('NFC');
    expect(readBack('url', text)).toBe(text);
    // A script may have another line feed at its end.
    expect(String(readBack('cmd', text)).replace(/\n*$/, '')).toBe(text.replace(/\n*$/, ''));
    expect(readBack('env', new Map([[text === '' ? 'A' : text, [text, null, 1.5, true]]]))).toEqual({
      [text === '' ? 'A' : text]: [text, null, 1.5, true],
    });
  }
});

test('expressions in texts', () => {
  const one = new Expression('1 + 1');
  expect(readBack('cmd', template(['a $', one, '% ', one, '\nnext ${x}\n']))).toBe('a $2% 2\nnext ${x}\n');
  expect(readBack('cmd', template(['first\n', one, '\n  last\n']))).toBe('first\n2\n  last\n');
  expect(readBack('url', template(['%', one]))).toBe('%2');
  expect(template(['a', 'b', ''])).toBe('ab');
  expect(template(['', one])).toBe(one);
});

test('a script keeps its indentation', () => {
  for (const script of ['if x; then\n  y\n\n    z\nfi\n', '  all\n    indented\n', '\tone\n\ttwo\n', 'a\n   \nb\n']) {
    expect(readBack('cmd', script)).toBe(script);
  }
});
