import { describe, expect, test } from 'bun:test';
import { conversionMessage, convert, isConversionError } from './convert.ts';
import { evaluate } from './evaluate.ts';
import { parseExpression } from './parse.ts';
import { parseTypeExpression } from './parse-type.ts';
import { EMPTY_SCOPE } from './scope.ts';
import { describeType, typeToJson } from './type.ts';
import { toJsonText } from './value-json.ts';

const typeOfText = (source: string) => parseTypeExpression(parseExpression(source, 'test').expression);

describe('types as people write them', () => {
  const cases: readonly (readonly [source: string, json: string])[] = [
    ['string', '"string"'],
    ['any', '"dynamic"'],
    ['list(number)', '["list","number"]'],
    ['map(set(bool))', '["map",["set","bool"]]'],
    ['tuple([string, number])', '["tuple",["string","number"]]'],
    ['object({ a = string, b = optional(number, 1) })', '["object",{"a":"string","b":"number"}]'],
    ['object({})', '["object",{}]'],
  ];
  for (const [source, json] of cases) {
    test(source, () => {
      const { type, diagnostics } = typeOfText(source);
      expect(diagnostics).toEqual([]);
      expect(JSON.stringify(typeToJson(type))).toBe(json);
    });
  }

  test('a type is described as it is written', () => {
    const source = 'object({ a = list(string), b = optional(map(any)), c = tuple([bool]) })';
    expect(describeType(typeOfText(source).type)).toBe(source);
  });
});

describe('mistakes in types', () => {
  const cases: readonly (readonly [source: string, detail: string, suggestion?: string])[] = [
    ['"string"', 'without quotes', 'string'],
    ['strng', 'no type "strng"', 'string'],
    ['list', 'says what it holds'],
    ['list(string, number)', 'takes one type'],
    ['lst(string)', 'no type "lst"', 'list'],
    ['object(string)', 'takes its attributes'],
    ['tuple(string)', 'a list of types'],
    ['optional(string)', 'stands only for'],
    ['object({ a = optional(number, "x") })', 'does not fit'],
    ['object({ (1) = string })', 'plain word'],
    ['1 + 2', 'a word like string'],
  ];
  for (const [source, detail, suggestion] of cases) {
    test(source, () => {
      const { diagnostics } = typeOfText(source);
      expect(diagnostics).toHaveLength(1);
      expect(diagnostics[0]?.detail).toContain(detail);
      expect(diagnostics[0]?.suggestion).toBe(suggestion);
    });
  }
});

describe('values become what a type asks for', () => {
  const cases: readonly (readonly [value: string, type: string, result: string])[] = [
    ['"1.50"', 'number', '1.5'],
    ['1.50', 'string', '"1.5"'],
    ['["a", 1, true]', 'list(string)', '["a","1","true"]'],
    ['["b", "a", "b"]', 'set(string)', '["a","b"]'],
    ['[1, "a"]', 'list(any)', '["1","a"]'],
    ['[]', 'list(any)', '[]'],
    ['{ a = 1, b = "x" }', 'map(string)', '{"a":"1","b":"x"}'],
    ['{ a = "1", z = 9 }', 'object({ a = number })', '{"a":1}'],
    ['{}', 'object({ a = optional(number), b = optional(string, "x") })', '{"a":null,"b":"x"}'],
    ['{ b = null }', 'object({ b = optional(string, "x") })', '{"b":"x"}'],
    ['[{ a = 1 }, {}]', 'list(object({ a = optional(number, 7) }))', '[{"a":1},{"a":7}]'],
    ['{ x = {} }', 'map(object({ a = optional(number, 7) }))', '{"x":{"a":7}}'],
    ['["1", "2"]', 'tuple([number, string])', '[1,"2"]'],
    ['null', 'list(string)', 'null'],
    ['["a"]', 'number', 'A number is needed, and this is a tuple.'],
    ['{}', 'object({ a = number })', 'The attribute "a" is missing.'],
    ['{ a = { b = ["x"] } }', 'map(object({ b = list(number) }))', 'At .a.b[0]: "x" does not spell a number.'],
    ['[1]', 'tuple([number, number])', '2 elements are needed, and these are 1.'],
    ['[1, [2]]', 'list(any)', 'The elements of a list must be of one type, and these have no type in common.'],
    ['"True"', 'bool', '"True" is neither "true" nor "false"; in small letters it would be: true.'],
  ];
  for (const [source, type, expected] of cases) {
    test(`${source} as ${type}`, () => {
      const { value } = evaluate(parseExpression(source, 'test').expression, EMPTY_SCOPE);
      const result = convert(value, typeOfText(type).type);
      expect(isConversionError(result) ? conversionMessage(result) : toJsonText(result)).toBe(expected);
    });
  }
});
