import { describe, expect, test } from 'bun:test';
import { formatConfig } from './format.ts';

function format(text: string): string {
  const result = formatConfig(text, 'p.hcl');
  expect(result.kind).toBe('formatted');
  return result.kind === 'formatted' ? result.text : '';
}

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
    ['brackets that open together', 'a = f([\n1,\n], {\nb=1\n})', 'a = f([\n  1,\n  ], {\n  b = 1\n})\n'],
    ['a for', 'a = [for x in [1]:x if(x>1)]', 'a = [for x in [1] : x if (x > 1)]\n'],
    ['interpolations', 'a = "x ${ b }  ${c} %{if d}y%{ endif ~}"', 'a = "x ${b}  ${c} %{if d}y%{endif~}"\n'],
    [
      'heredocs are left alone',
      'a {\nb = <<-EOT\n      x\n   ${ y }\n EOT\nc = 1\n}',
      'a {\n  b = <<-EOT\n      x\n   ${ y }\n EOT\n  c = 1\n}\n',
    ],
    [
      'one of several empty lines stays, spaces at the end go',
      '\n\na = 1   \n\n\n  # c  \n\nb = 2\n\n\n',
      'a = 1\n\n# c\n\nb = 2\n',
    ],
    ['lines end as they did', 'a=1\r\nbb=2 # c \r\n\r\n\r\n', 'a  = 1\r\nbb = 2 # c\r\n'],
    ['the last line ends as the first one', 'a=1\r\nb=2', 'a = 1\r\nb = 2\r\n'],
    ['tabs', '\ta\t=\t1\nb {\n\t\tc=1\n}', 'a = 1\nb {\n  c = 1\n}\n'],
    [
      'an attribute above a heredoc and one below',
      'a=<<X\n  t\n\n\n  t\nX\nlong=1',
      'a    = <<X\n  t\n\n\n  t\nX\nlong = 1\n',
    ],
    [
      'comments in odd places',
      'a { # 1\n# 2\nb=[ # 3\n1, // 4\n/* 5 */ 2\n# 6\n]\nc=(1 /* 7 */+\n# 8\n2)\n} # 9',
      'a { # 1\n  # 2\n  b = [ # 3\n    1,  // 4\n    /* 5 */ 2\n    # 6\n  ]\n  c = (1 /* 7 */ +\n    # 8\n  2)\n} # 9\n',
    ],
    ['a comment of several lines stays as it is', 'a {\n/* x\n y */\nb=1\n}', 'a {\n  /* x\n y */\n  b = 1\n}\n'],
    ['a file of comments', '  # a\n\n\n  // b', '# a\n\n// b\n'],
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
