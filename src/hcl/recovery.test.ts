import { expect, test } from 'bun:test';
import { parseConfig } from './parse.ts';
import type { Body } from './syntax.ts';

const outline = (body: Body): string =>
  body.items.map((item) => (item.kind === 'attribute' ? item.name : `${item.type}(${outline(item.body)})`)).join(' ');

const table: [what: string, text: string, messages: string[], read: string][] = [
  ['a brace that was forgotten', 'a "x"\n  b = 1\n}\nc = 2\n', ['1 missing-brace'], 'a(b) c'],
  [
    'a block that is closed too late',
    'a {\n  b {\n    c = 1\n  d = 2\n}\ne {}\n',
    ['2 unclosed-block'],
    'a(b(c) d) e()',
  ],
  ['a brace too many', 'a {\n  b {}\n  }\n  c = 1\n}\nd = 2\n', ['3 stray-brace'], 'a(b() c) d'],
  ['a block without its first line', 'a = 1\n  b = 1\n  c {}\n}\nd = 2\n', ['2 missing-header'], 'a d'],
  [
    'a block in a block without its first line',
    'a {\n  x = 1\n    b = 1\n    x = 2\n  }\n  c {}\n}\nd = 2\n',
    ['3 missing-header'],
    'a(x c()) d',
  ],
  ['two braces on a line', 'a {\n  b { c = 1 }}\n  d = 2\n}\n', ['2 missing-newline'], 'a(b(c) d)'],
  ['a label that swallows the brace', 'a "x {\n  b = 1\n}\nc = 2\n', ['1 unclosed-string'], 'c'],
  ['a string that swallows brackets', 'a {\n  b = ["x, "y]\n}\nc = 2\n', ['2 unexpected-in-brackets'], 'a(b) c'],
  ['an object without its first brace', 'a {\n  b =\n    c = 1\n  }\n}\nd = 1\n', ['2 missing-expression'], 'a(b) d'],
];

test.each(table)('%s', (_, text, messages, read) => {
  const { body, diagnostics } = parseConfig(text, 'p.hcl');
  const said = diagnostics.map(({ code, subject }) => `${subject?.start.line} ${code}`);
  expect([said, outline(body)]).toEqual([messages, read]);
});

test('with lines that end in carriage return and newline it is the same', () => {
  for (const [, text, messages, read] of table) {
    const { body, diagnostics } = parseConfig(text.replaceAll('\n', '\r\n'), 'p.hcl');
    const said = diagnostics.map(({ code, subject }) => `${subject?.start.line} ${code}`);
    expect([said, outline(body)]).toEqual([messages, read]);
  }
});
