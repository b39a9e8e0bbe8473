import { describe, expect, test } from 'bun:test';
import { parseConfig, parseExpression } from './parse.ts';
import type { Block, Body } from './syntax.ts';

/** `line:column code` of every mistake. */
function mistakes(text: string): readonly string[] {
  return parseConfig(text, 'p.hcl').diagnostics.map(
    ({ subject, code }) => `${subject?.start.line}:${subject?.start.column} ${code}`,
  );
}

/** The names of what was read, nested ones in parentheses. */
function outline(body: Body): string {
  return body.items
    .map((item) =>
      item.kind === 'attribute'
        ? item.name
        : [item.type, ...item.labels.map(({ value }) => value), `(${outline(item.body)})`].join(' '),
    )
    .join(', ');
}

const read = (text: string): string => outline(parseConfig(text, 'p.hcl').body);

test('attributes and blocks are read in their order', () => {
  const text =
    'a = 1\njob "test" {\n  get "git" app { trigger = true }\n  service "db" {}\n\n  b = [\n    1,\n  ]\n}\n# end\nc = 2';
  expect(mistakes(text)).toEqual([]);
  expect(read(text)).toBe('a, job test (get git app (trigger), service db (), b), c');
});

describe('one mistake gives one message, at its place, and the rest is read', () => {
  const cases: readonly (readonly [name: string, text: string, mistake: string, rest: string])[] = [
    ['a value that is missing', 'a =\nb = 2\n', '1:4 missing-expression', 'a, b'],
    ['a quote that is missing', 'a = "x\nb = 2\n', '1:5 unclosed-string', 'a, b'],
    ['a string over lines', 'a = "x\n  y\n  z"\nb = 2\n', '1:5 unclosed-string', 'a, b'],
    ['a quote missing in a list over lines', 'a = [\n  "x",\n  "y,\n  "z"\n]\nb = 2\n', '3:3 unclosed-string', 'a, b'],
    ['a quote missing before others', 'a = ["x", "y, "z"]\nb = 2\n', '1:16 unexpected-in-brackets', 'a, b'],
    ['a bracket that is missing', 'a = [1, 2\nb = 2\n', '1:5 unclosed-bracket', 'a, b'],
    ['a bracket missing over lines', 'a = [\n  1,\n  2\nb = 2\n', '1:5 unclosed-bracket', 'a, b'],
    ['a parenthesis that is missing', 'a = upper("x"\nb = 2\n', '1:10 unclosed-bracket', 'a, b'],
    ['the wrong bracket', 'a = [1, 2)\nb = 2\n', '1:5 unclosed-bracket', 'a, b'],
    ['an object without its brace', 'a = {\n  x = 1\nb = 2\n', '1:5 unclosed-bracket', 'a, b'],
    ['an interpolation that is not closed', 'a = "x ${y"\nb = 2\n', '1:8 unclosed-interpolation', 'a, b'],
    ['single quotes', "a = 'x y'\nb = 2\n", '1:5 single-quotes', 'a, b'],
    ['curly quotes', 'a = “x y”\nb = 2\n', '1:5 curly-quotes', 'a, b'],
    ['a comma between attributes', 'a = 1,\nb = 2\n', '1:6 comma-after-attribute', 'a, b'],
    ['a semicolon', 'a = 1;\nb = 2\n', '1:6 semicolon', 'a, b'],
    ['a colon for an equals sign', 'a: 1\nb = 2\n', '1:2 colon-after-name', 'b'],
    ['a quoted name', '"a" = 1\nb = 2\n', '1:1 quoted-attribute-name', 'b'],
    ['an equals sign too many', 'a = = 1\nb = 2\n', '1:5 missing-expression', 'a, b'],
    ['two values', 'a = 1 2\nb = 2\n', '1:7 missing-newline', 'a, b'],
    ['a word alone', 'a\nb = 2\n', '1:2 incomplete-item', 'b'],
    ['labels without a block', 'a "x"\nb = 2\n', '1:6 incomplete-item', 'b'],
    ['a block with an equals sign', 'a "x" = {\n  c = 1\n}\nb = 2\n', '1:7 label-before-equals', 'b'],
    ['a brace on the next line', 'a "x"\n{\n  c = 1\n}\nb = 2\n', '1:1 brace-on-next-line', 'a x (c), b'],
    ['two attributes on one line', 'a { c = 1, d = 2 }\nb = 2\n', '1:10 one-line-block', 'a (c), b'],
    ['a line broken after an operator', 'a = 1 +\n  2\nb = 2\n', '1:8 broken-line', 'a, b'],
    ['a value on the next line', 'a =\n  [1]\nb = 2\n', '1:4 broken-line', 'a, b'],
    ['a brace too many', 'a {\n}\n}\nb = 2\n', '3:1 stray-brace', 'a (), b'],
    ['a template in a label', 'a "${x}" {\n}\nb = 2\n', '1:3 template-in-label', 'b'],
    ['an attribute set twice', 'a = 1\na = 2\nb = 2\n', '2:1 repeated-attribute', 'a, a, b'],
    ['a wrong escape', 'a = "\\d+"\nb = 2\n', '1:6 bad-escape', 'a, b'],
    ['a heredoc with a space', 'a = << EOT\nx\nEOT\nb = 2\n', '1:5 heredoc-opener', 'a, b'],
    ['a heredoc in quotes', 'a = <<"EOT"\nx\nEOT\nb = 2\n', '1:5 heredoc-opener', 'a, b'],
    ['a directive that is not closed', 'a = "%{ if x }y"\nb = 2\n', '1:6 unclosed-directive', 'a, b'],
    ['a strange character', 'a = 1 @ 2\nb = 2\n', '1:7 bad-character', 'a, b'],
    ['a JSON-like comma in an object', 'a = {\n  x = 1,,\n}\nb = 2\n', '2:9 missing-expression', 'a, b'],
  ];
  for (const [name, text, mistake, rest] of cases) {
    test(name, () => {
      expect(mistakes(text)).toEqual([mistake]);
      expect(read(text)).toBe(rest);
      const nested = `job "x" {\n${text.trimEnd().replace(/^/gm, '  ')}\n}\nlast = 1\n`;
      const line = Number(mistake.split(':')[0]) + 1;
      if (!mistake.includes('stray-brace')) {
        expect(mistakes(nested).map((found) => found.split(':')[0])).toEqual([String(line)]);
        expect(read(nested)).toContain('last');
      }
    });
  }
});

describe('what is not closed to the end of the file', () => {
  const cases: readonly (readonly [name: string, text: string, mistake: string])[] = [
    ['a block', 'a {\n  b = 1\n', '1:1 unclosed-block'],
    ['the block that the indentation shows', 'a {\n  b {\n    c = 1\n}\n', '2:3 unclosed-block'],
    ['the object that the indentation shows', 'a {\n  b = {\n    c = 1\n}\n', '2:7 unclosed-block'],
    ['a block before another', 'a {\n  b {\n    c = 1\n}\nd {\n  e = 1\n}\n', '2:3 unclosed-block'],
    ['a heredoc', 'a = <<EOT\nx\n  EOT,\nb = 1\n', '1:5 unclosed-heredoc'],
    ['a comment', 'a = 1\n/* x\nb = 1\n', '2:1 unclosed-comment'],
    ['a list', 'a = [1,\n', '1:5 unclosed-bracket'],
  ];
  for (const [name, text, mistake] of cases) test(name, () => expect(mistakes(text)).toEqual([mistake]));
});

test('five mistakes give five messages, in order', () => {
  const text = [
    "a = 'x'",
    'b = [1, 2',
    'c = 1',
    'job "x" {',
    '  d = 1 & 2',
    '  get "git" "app" { trigger = }',
    '  e = "',
    '}',
    'f = 1',
  ].join('\n');
  expect(mistakes(text)).toEqual([
    '1:5 single-quotes',
    '2:5 unclosed-bracket',
    '5:9 bad-operator',
    '6:31 missing-expression',
    '7:7 unclosed-string',
  ]);
  expect(read(text)).toBe('a, b, c, job x (d, get git app (trigger), e), f');
});

describe('nesting', () => {
  const wrap = (open: string, close: string, depth: number): string =>
    `a = ${open.repeat(depth)}1${close.repeat(depth)}\n`;
  const kinds: readonly (readonly [string, string])[] = [
    ['(', ')'],
    ['[', ']'],
    ['{x=', '}'],
    ['f(', ')'],
    ['"${', '}"'],
    ['-', ''],
    ['x[', ']'],
    ['true ? 1 : ', ''],
    ['[for x in y : ', ']'],
    ['"%{ if true }${', '}%{ endif }"'],
  ];
  for (const [open, close] of kinds) {
    test(`${open} … ${close}`, () => {
      expect(mistakes(wrap(open, close, 100))).toEqual([]);
      expect(mistakes(wrap(open, close, 10_000)).map((found) => found.split(' ')[1])).toEqual(['nesting-too-deep']);
    });
  }

  test('blocks', () => {
    expect(mistakes(`${'b {\n'.repeat(200)}${'}\n'.repeat(200)}`)).toEqual([]);
    expect(mistakes(`${'b {\n'.repeat(10_000)}${'}\n'.repeat(10_000)}`).map((found) => found.split(' ')[1])).toEqual([
      'nesting-too-deep',
    ]);
  });
});

describe('positions', () => {
  test('columns are what a person counts, bytes those of UTF-8', () => {
    const { body } = parseConfig('\ufeffa = "é👩‍👩‍👧e\u0301" == b\r\nü = 1\r\n', 'p.hcl');
    const [first, second] = body.items;
    if (first?.kind !== 'attribute' || first.expression.kind !== 'binary') throw new Error('not read');
    expect(first.expression.right.range.start).toEqual({ line: 1, column: 14, byte: 3 + 4 + 1 + 2 + 18 + 3 + 1 + 4 });
    expect(second?.range.start).toEqual({ line: 2, column: 1, byte: 3 + 4 + 1 + 2 + 18 + 3 + 1 + 4 + 3 });
    expect(second?.range.end).toEqual({ line: 2, column: 6, byte: 3 + 4 + 1 + 2 + 18 + 3 + 1 + 4 + 3 + 6 });
  });

  test('a block knows its header, braces and labels', () => {
    const { body } = parseConfig('job "a" b {\n}\n', 'p.hcl');
    const block = body.items[0] as Block;
    const shown = [
      block.range,
      block.headerRange,
      block.typeRange,
      block.openRange,
      block.closeRange,
      ...block.labels.map(({ range }) => range),
    ];
    expect(shown.map(({ start, end }) => `${start.line}:${start.column}-${end.line}:${end.column}`)).toEqual([
      '1:1-2:2',
      '1:1-1:10',
      '1:1-1:4',
      '1:11-1:12',
      '2:1-2:2',
      '1:5-1:8',
      '1:9-1:10',
    ]);
  });

  test('a part of a file has the positions of the whole', () => {
    const { expression, diagnostics } = parseExpression('a +\n b c', 'p.hcl', { line: 7, column: 5, byte: 100 });
    expect(expression.range).toMatchObject({
      start: { line: 7, column: 5, byte: 100 },
      end: { line: 8, column: 3, byte: 106 },
    });
    expect(diagnostics[0]?.subject?.start).toEqual({ line: 8, column: 4, byte: 107 });
  });
});
