import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatConfig } from './format.ts';
import { parseConfig } from './parse.ts';

function format(text: string): string {
  const result = formatConfig(text, 'p.hcl');
  expect(result.kind).toBe('formatted');
  return result.kind === 'formatted' ? result.text : '';
}

/** The tree without its places. */
const meaning = (text: string): string =>
  JSON.stringify(parseConfig(text, 'p.hcl').body, (key, value: unknown) => {
    if (/range$/i.test(key)) return undefined;
    return value instanceof Map ? [...value] : value;
  });

describe('how a file looks', () => {
  const cases: readonly (readonly [name: string, before: string, after: string])[] = [
    ['spaces', 'a=1+2*-3', 'a = 1 + 2 * -3\n'],
    ['brackets', 'a = [ 1,2 ]\nb = f( x , y... )', 'a = [1, 2]\nb = f(x, y...)\n'],
    ['braces', 'a = {b=1}\nc {}\nd { e=1 }', 'a = { b = 1 }\nc {}\nd { e = 1 }\n'],
    ['equals signs', 'a=1\nlong_name=2\n\nb=3', 'a         = 1\nlong_name = 2\n\nb = 3\n'],
    ['comments', 'a=1 # x\nlong_name=2 // y\n# z', 'a         = 1 # x\nlong_name = 2 // y\n# z\n'],
    [
      'an object does not stand under the rest',
      'a = {\nb=1\nccc=2\n}\nlong = 1',
      'a = {\n  b   = 1\n  ccc = 2\n}\nlong = 1\n',
    ],
    ['blocks', 'a "b" {\nc {\nd=1\n}\n}', 'a "b" {\n  c {\n    d = 1\n  }\n}\n'],
    ['brackets that open together', 'a = f([\n1,\n], {\nb=1\n})', 'a = f([\n  1,\n], {\n  b = 1\n})\n'],
    ['a for', 'a = [for x in [1]:x if(x>1)]', 'a = [for x in [1] : x if (x > 1)]\n'],
    ['interpolations', 'a = "x ${ b }  ${c} %{if d}y%{ endif ~}"', 'a = "x ${b}  ${c} %{if d}y%{endif~}"\n'],
    [
      'heredocs are left alone',
      'a {\nb = <<-EOT\n      x\n   ${ y }\n EOT\nc = 1\n}',
      'a {\n  b = <<-EOT\n      x\n   ${ y }\n EOT\n  c = 1\n}\n',
    ],
    ['empty lines stay, spaces at the end go', 'a = 1   \n\n\n  # c  \nb = 2\n\n\n', 'a = 1\n\n\n# c\nb = 2\n'],
    ['carriage returns go', 'a = 1\r\nb = 2\r\n', 'a = 1\nb = 2\n'],
    ['a byte order mark goes', '\ufeffa = 1', 'a = 1\n'],
    ['indexes and splats', 'a = b [0] . c [ * ].d.*.e', 'a = b[0].c[*].d.*.e\n'],
    ['an empty file', '\n\n', ''],
    ['wide characters count once', 'é=1\nab=2', 'é  = 1\nab = 2\n'],
  ];
  for (const [name, before, after] of cases) test(name, () => expect(format(before)).toBe(after));
});

test('a file with mistakes is not touched', () => {
  expect(formatConfig('a = [', 'p.hcl')).toMatchObject({
    kind: 'mistakes',
    diagnostics: [{ code: 'unclosed-bracket' }],
  });
});

test('formatting again changes nothing, and formatting changes no meaning', () => {
  const pieces = readdirSync(join(import.meta.dir, 'spec'))
    .filter((name) => name.endsWith('.json'))
    .flatMap((name): { source: string }[] => JSON.parse(readFileSync(join(import.meta.dir, 'spec', name), 'utf8')))
    .map(({ source }) => (source.startsWith('x = ') ? source : `x = ${source}\n`));
  const texts = pieces.flatMap((piece, at) => [piece, `job "a"{\n${piece}\n y=${at} # c\n}\n`]);
  let formatted = 0;
  for (const text of texts) {
    if (parseConfig(text, 'p.hcl').diagnostics.length > 0) continue;
    const once = format(text);
    expect(meaning(once)).toBe(meaning(text));
    expect(format(once)).toBe(once);
    formatted += 1;
  }
  expect(formatted).toBeGreaterThan(1000);
});
