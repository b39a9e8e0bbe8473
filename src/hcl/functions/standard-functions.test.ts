import { describe, expect, test } from 'bun:test';
import { evaluate } from '../evaluate.ts';
import { parseExpression } from '../parse.ts';
import { describeType } from '../type.ts';
import { canonicalKey, typeOf } from '../value.ts';
import { standardFunctions } from './standard-functions.ts';

const functions = standardFunctions();

function evaluated(source: string) {
  const { expression, diagnostics } = parseExpression(source, 'example');
  const result = evaluate(expression, { variables: new Map(), functions });
  expect([...diagnostics, ...result.diagnostics]).toEqual([]);
  return { key: canonicalKey(result.value), type: describeType(typeOf(result.value)) };
}

describe('every function is documented, and its examples are true', () => {
  for (const entry of functions.values()) {
    test(entry.name, () => {
      expect(entry.doc).toMatch(/\.$/);
      expect(entry.examples.length).toBeGreaterThan(0);
      for (const { source, result } of entry.examples) expect(evaluated(source)).toEqual(evaluated(result));
    });
  }
});
