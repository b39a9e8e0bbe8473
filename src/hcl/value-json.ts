import type { Json } from '../lib/json.ts';
import { ExactNumber, numberText } from './exact-number.ts';
import { boolValue, NULL, numberValue, objectValue, stringValue, tupleValue, type Value } from './value.ts';

/**
 * A value as plain JSON. A number that a double cannot hold exactly becomes its digits as a string; `toJsonText` has no
 * such limit. Lists, sets and tuples are arrays. The value must be wholly known; marks are lost, so look at
 * `isSensitiveWithin` first.
 */
export function toJson(value: Value): Json {
  switch (value.kind) {
    case 'string':
    case 'bool':
      return value.value;
    case 'number': {
      const double = value.value.toNumber();
      return new ExactNumber(double).equals(value.value) ? double : numberText(value.value);
    }
    case 'null':
      return null;
    case 'list':
    case 'set':
    case 'tuple':
      return value.elements.map(toJson);
    case 'map':
    case 'object':
      return Object.fromEntries([...value.entries].map(([name, of]) => [name, toJson(of)]));
    case 'unknown':
      throw new Error('an unknown value has no JSON');
  }
}

/** A value as JSON text without spaces, keys sorted, every digit of a number kept: what `jsonencode` gives. */
export function toJsonText(value: Value): string {
  switch (value.kind) {
    case 'string':
      return jsonString(value.value);
    case 'number':
      return numberText(value.value);
    case 'bool':
      return String(value.value);
    case 'null':
      return 'null';
    case 'list':
    case 'set':
    case 'tuple':
      return `[${value.elements.map(toJsonText).join(',')}]`;
    case 'map':
    case 'object':
      return `{${[...value.entries].map(([name, of]) => `${jsonString(name)}:${toJsonText(of)}`).join(',')}}`;
    case 'unknown':
      throw new Error('an unknown value has no JSON');
  }
}

/** Safe inside HTML too, as HashiCorp's `jsonencode` has it: `<`, `>` and `&` are escaped. */
function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** JSON as HCL sees it: arrays are tuples, objects are objects, `null` is a null of no type. */
export function fromJson(json: Json): Value {
  if (json === null) return NULL;
  switch (typeof json) {
    case 'string':
      return stringValue(json);
    case 'number':
      return numberValue(json);
    case 'boolean':
      return boolValue(json);
    default:
      if (isArray(json)) return tupleValue(json.map(fromJson));
      return objectValue(Object.entries(json).map(([name, of]) => [name, fromJson(of)]));
  }
}

/** The same of JSON text, every digit kept. Throws a SyntaxError for what is no JSON, or a number out of range. */
export function fromJsonText(text: string): Value {
  const parsed: unknown = JSON.parse(text, (_key, inner: unknown, context?: { readonly source?: string }) => {
    if (typeof inner === 'number') return new ExactNumber(context?.source ?? inner);
    return inner;
  });
  return fromParsedJson(parsed);
}

/** The same of JSON that was parsed with an `ExactNumber` for each number. Throws a SyntaxError for a number out of range. */
export const fromParsedJson = (parsed: unknown): Value => fromParsed(parsed, 0);

/** Deeper than this nothing is that a person wrote. */
const DEEPEST = 500;

function fromParsed(parsed: unknown, depth: number): Value {
  if (depth > DEEPEST) throw new SyntaxError(`it is nested more than ${DEEPEST} levels deep`);
  if (parsed instanceof ExactNumber) {
    if (!parsed.isFinite()) throw new SyntaxError('a number is out of range');
    return numberValue(parsed);
  }
  if (parsed === null) return NULL;
  if (typeof parsed === 'string') return stringValue(parsed.toWellFormed());
  if (typeof parsed === 'boolean') return boolValue(parsed);
  if (Array.isArray(parsed)) return tupleValue(parsed.map((inner: unknown) => fromParsed(inner, depth + 1)));
  return objectValue(Object.entries(parsed as object).map(([name, of]) => [name, fromParsed(of, depth + 1)]));
}

const isArray = (json: Json): json is readonly Json[] => Array.isArray(json);
