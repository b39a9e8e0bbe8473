import { expect, test } from 'bun:test';
import { numberValue, stringValue, tupleValue } from './value.ts';
import { fromJson, fromJsonText, toJson, toJsonText } from './value-json.ts';

test('JSON comes back as it went', () => {
  const json = { a: [1, 'x', null, true, { b: 0.1 }], __proto__x: 1 };
  expect(toJson(fromJson(json))).toEqual(json);
});

test('every digit is kept in text', () => {
  const digits = '12345678901234567890123456789012345678901234567890123456789012.5';
  expect(toJsonText(fromJsonText(`[${digits}, 1e3, -0.10]`))).toBe(`[${digits},1000,-0.1]`);
});

test('a number too long for a double becomes its digits', () => {
  expect(toJson(tupleValue([numberValue('0.1'), numberValue('12345678901234567890'), numberValue(2)]))).toEqual([
    0.1,
    '12345678901234567890',
    2,
  ]);
});

test('keys are sorted by code point, and __proto__ is a key like any other', () => {
  const text = '{"__proto__":1,"a":2,"\uffff":3,"\u{10000}":4}';
  expect(toJsonText(fromJsonText('{"\u{10000}":4,"\uffff":3,"a":2,"__proto__":1}'))).toBe(text);
  expect(Object.keys(toJson(fromJsonText(text)) as object)).toContain('__proto__');
});

test('what is no JSON is said so', () => {
  expect(() => fromJsonText('{')).toThrow(SyntaxError);
  expect(() => fromJsonText('1e999999')).toThrow(SyntaxError);
});

test('text is in normal form', () => {
  expect(toJsonText(stringValue('e\u0301'))).toBe('"é"');
});
