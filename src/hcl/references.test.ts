import { describe, expect, test } from 'bun:test';
import { parseExpression } from './parse.ts';
import { references } from './references.ts';
import { traversalText } from './traversal-text.ts';

describe('every address an expression reads', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['var.a', ['var.a']],
    ['var.a[0]["b c"].d', ['var.a[0]["b c"].d']],
    ['get.app[var.key].ref', ['get.app', 'var.key']],
    ['f(var.a, [var.b], { (var.c) = var.d, e = 1 })', ['var.a', 'var.b', 'var.c', 'var.d']],
    [
      '"${var.a} %{ if var.b }${var.c}%{ else }${var.d}%{ endif } %{ for x in var.e }${x.y}${var.f}%{ endfor }"',
      ['var.a', 'var.b', 'var.c', 'var.d', 'var.e', 'var.f'],
    ],
    ['[for k, v in var.a : "${k}${v}${w.x}" if v.y]', ['var.a', 'w.x']],
    ['{ for v in v : v.a => var.b... if v }', ['v', 'var.b']],
    ['var.a ? var.b : !var.c', ['var.a', 'var.b', 'var.c']],
    ['var.a + var.b * -var.c', ['var.a', 'var.b', 'var.c']],
    ['var.a[*].b[var.c]', ['var.a', 'var.c']],
    ['(var.a).b', ['var.a']],
    ['[for x in [1] : x] == x', ['x']],
    ['1 + "a"', []],
  ];
  for (const [source, expected] of cases) {
    test(source, () => {
      const found = references(parseExpression(source, 'test').expression);
      expect(found.map((traversal) => traversalText(traversal))).toEqual([...expected]);
    });
  }

  test('a chain of a hundred thousand operators', () => {
    const { expression } = parseExpression(`a${' + a'.repeat(100_000)}`, 'test');
    expect(references(expression)).toHaveLength(100_001);
  });
});
