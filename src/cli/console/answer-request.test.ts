import { describe, expect, test } from 'bun:test';
import { standardFunctions } from '../../hcl/functions/standard-functions.ts';
import type { Scope } from '../../hcl/scope.ts';
import { STRING } from '../../hcl/type.ts';
import { stringValue, unknownValue, type Value, withSensitivity } from '../../hcl/value.ts';
import { answerRequest } from './answer-request.ts';

const scope: Scope = {
  variables: new Map<string, Value>([
    ['hidden', withSensitivity(stringValue('swordfish'), true)],
    ['later', unknownValue(STRING)],
  ]),
  functions: standardFunctions(),
};
const expr = (src: string, vars?: string): string =>
  answerRequest(`{"kind":"expr","src":${JSON.stringify(src)}${vars === undefined ? '' : `,"vars":${vars}`}}`, scope);
const read = (answer: string) => JSON.parse(answer) as { value: unknown; type: unknown; diags: { detail: string }[] };

describe('an answer has the value, its type and what is wrong', () => {
  const CASES: readonly (readonly [source: string, vars: string | undefined, value: string, type: string])[] = [
    ['1 + 1', undefined, '2', '"number"'],
    ['0.1 + 0.2', undefined, '0.3', '"number"'],
    ['tolist(["a"])', undefined, '["a"]', '["list","string"]'],
    ['toset([1])', undefined, '[1]', '["set","number"]'],
    ['tomap({a = true})', undefined, '{"a":true}', '["map","bool"]'],
    ['[1, true]', undefined, '[1,true]', '["tuple",["number","bool"]]'],
    ['v', '{"v":{"a":"x"}}', '{"a":"x"}', '["object",{"a":"string"}]'],
    ['v', '{"v":[1,null]}', '[1,null]', '["tuple",["number","dynamic"]]'],
    ['v', '{"v":12345678901234567890123456789.125}', '12345678901234567890123456789.125', '"number"'],
    ['v', '{"v":1e3}', '1000', '"number"'],
    ['null', undefined, 'null', '"dynamic"'],
    ['later', undefined, 'null', '"string"'],
    ['{ a = hidden }', undefined, 'null', '["object",{"a":"string"}]'],
  ];
  for (const [source, vars, value, type] of CASES) {
    test(`${source} with ${vars}`, () => {
      expect(expr(source, vars)).toBe(`{"value":${value},"type":${type},"diags":[]}`);
    });
  }
});

test('a place is line and column from 1, in grapheme clusters, and byte from 0', () => {
  const { diags } = JSON.parse(answerRequest('{"kind":"template","src":"é\\n👍🏽${x}"}', scope)) as { diags: object[] };
  expect(diags).toMatchObject([{ severity: 'error', subject: { start: [2, 4, 13], end: [2, 5, 14] } }]);
});

test('of a file only the diagnostics are told', () => {
  expect(answerRequest('{"kind":"file","src":"a = 1\\nb \\"c\\" {}\\n"}', scope)).toBe('{"diags":[]}');
  expect(read(answerRequest('{"kind":"file","src":"a = \\n"}', scope)).diags).toHaveLength(1);
});

describe('a line that is no request is answered with one error', () => {
  for (const line of [
    'nonsense',
    '[]',
    '1',
    'null',
    '{}',
    '{"kind":"expr"}',
    '{"kind":"expr","src":1}',
    '{"kind":"word","src":"1"}',
    '{"kind":"expr","src":"1","vars":[]}',
    '{"kind":"expr","src":"1","vars":{"a":1e999999}}',
    `{"kind":"expr","src":"1","vars":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
  ]) {
    test(line.slice(0, 60), () => {
      const { value, diags } = read(answerRequest(line, scope));
      expect(value).toBeNull();
      expect(diags).toHaveLength(1);
      expect(diags[0]?.detail).toContain('A request is one line');
    });
  }
});

test('values that are nested too deep are told from a line that is no JSON', () => {
  const { diags } = read(
    answerRequest(`{"kind":"expr","src":"v","vars":{"v":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`, scope),
  );
  expect(diags.map(({ detail }) => detail)).toEqual([
    'The values in "vars" are nested too deep to be read. A request is one line: {"kind":"expr","src":"1 + 1","vars":{}}; kind is expr, template or file.',
  ]);
});

test('no message repeats what is sensitive', () => {
  expect(expr('hidden + 1')).not.toContain('swordfish');
  expect(expr('tonumber(hidden)')).not.toContain('swordfish');
});
