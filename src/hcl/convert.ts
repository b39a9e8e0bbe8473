import { numberText, parseNumber } from './exact-number.ts';
import { DYNAMIC, describeType, hasDynamic, type ObjectType, type Type, typesEqual } from './type.ts';
import { canConvert, commonElement, unify } from './unify.ts';
import {
  boolValue,
  listValue,
  type MapValue,
  mapValue,
  nullValue,
  numberValue,
  objectValue,
  type SequenceValue,
  setValue,
  stringValue,
  tupleValue,
  typeOf,
  unknownValue,
  type Value,
  withSensitivity,
} from './value.ts';

/** Why a value cannot become what is wanted. `path` leads to the part of it that stands in the way. */
export interface ConversionError {
  readonly kind: 'conversion-error';
  readonly message: string;
  readonly path: readonly (string | number)[];
}

export type Converted = Value | ConversionError;

export const isConversionError = (result: Converted): result is ConversionError => result.kind === 'conversion-error';

/**
 * The value as one of `type`, by HCL's rules: numbers and bools become strings and back where the text allows, tuples become
 * lists and sets, objects become maps and objects with fewer attributes. `any` takes the value as it is; inside a
 * collection it stands for the one type all elements have in common. Marks stay; no message shows a sensitive value.
 */
export function convert(value: Value, type: Type): Converted {
  if (type.kind === 'dynamic') return value;
  const from = typeOf(value);
  if (typesEqual(from, type) && !hasOptional(type)) return value;
  if (value.kind === 'null') {
    return canConvert(from, type) ? withSensitivity(nullValue(type), value.sensitive) : mismatch(from, type);
  }
  if (value.kind === 'unknown') {
    if (value.failed) return { ...value, type };
    return canConvert(from, type) ? withSensitivity(unknownValue(type), value.sensitive) : mismatch(from, type);
  }
  const converted = convertKnown(value, type);
  return isConversionError(converted) ? converted : withSensitivity(converted, value.sensitive);
}

/** All values as the one type they have in common, in their order, or undefined if they have none. */
export function convertToCommon(
  values: readonly Value[],
): { readonly type: Type; readonly values: readonly Value[] } | undefined {
  const type = unify(values.map(typeOf));
  if (type === undefined) return undefined;
  const converted: Value[] = [];
  for (const value of values) {
    const result = convert(value, type);
    if (isConversionError(result)) return undefined;
    converted.push(result);
  }
  return { type, values: converted };
}

function convertKnown(value: Value, type: Type): Converted {
  // Where there are no elements to look at, the element type tells.
  if ('elementType' in value && 'element' in type && isEmpty(value)) {
    if (!canConvert(typeOf(value), type)) return mismatch(typeOf(value), type);
    if (type.element.kind === 'dynamic' && value.elementType.kind !== 'dynamic') {
      return convertKnown(value, { kind: type.kind, element: value.elementType });
    }
  }
  switch (type.kind) {
    case 'string':
      if (value.kind === 'number') return stringValue(numberText(value.value));
      if (value.kind === 'bool') return stringValue(String(value.value));
      return mismatch(typeOf(value), type);
    case 'number':
      return value.kind === 'string' ? toNumber(value.value, value.sensitive) : mismatch(typeOf(value), type);
    case 'bool':
      return value.kind === 'string' ? toBool(value.value, value.sensitive) : mismatch(typeOf(value), type);
    case 'list':
    case 'set':
      if (value.kind !== 'list' && value.kind !== 'set' && value.kind !== 'tuple') return mismatch(typeOf(value), type);
      return toSequence(type.kind, value.elements, type.element);
    case 'map':
      if (value.kind !== 'map' && value.kind !== 'object') return mismatch(typeOf(value), type);
      return toMap(value.entries, type.element);
    case 'object':
      if (value.kind !== 'map' && value.kind !== 'object') return mismatch(typeOf(value), type);
      return toObject(value.entries, type);
    case 'tuple':
      if (value.kind !== 'tuple') return mismatch(typeOf(value), type);
      if (value.elements.length !== type.elements.length) {
        return problem(`${type.elements.length} elements are needed, and these are ${value.elements.length}`);
      }
      return all(value.elements, (_, at) => type.elements[at] ?? DYNAMIC, tupleValue);
    case 'dynamic':
      return value;
  }
}

function isEmpty(value: SequenceValue | MapValue): boolean {
  return (value.kind === 'map' ? value.entries.size : value.elements.length) === 0;
}

function toNumber(text: string, sensitive: boolean): Converted {
  const number = parseNumber(text);
  if (number !== undefined) return numberValue(number);
  return problem(sensitive ? 'the string does not spell a number' : `${JSON.stringify(text)} does not spell a number`);
}

function toBool(text: string, sensitive: boolean): Converted {
  if (text === 'true' || text === '1') return boolValue(true);
  if (text === 'false' || text === '0') return boolValue(false);
  if (sensitive) return problem('the string is neither "true" nor "false"');
  const lower = text.toLowerCase();
  const hint = lower === 'true' || lower === 'false' ? `; in small letters it would be: ${lower}` : '';
  return problem(`${JSON.stringify(text)} is neither "true" nor "false"${hint}`);
}

function toSequence(kind: 'list' | 'set', elements: readonly Value[], wanted: Type): Converted {
  const element = concreteElement(elements, wanted);
  if (element === undefined)
    return problem(`the elements of a ${kind} must be of one type, and these have no type in common`);
  const make = kind === 'list' ? listValue : setValue;
  return all(
    elements,
    () => element,
    (converted) => make(element, converted),
  );
}

function toMap(entries: ReadonlyMap<string, Value>, wanted: Type): Converted {
  const values = [...entries.values()];
  const element = concreteElement(values, wanted);
  if (element === undefined)
    return problem('the elements of a map must be of one type, and these have no type in common');
  const converted: (readonly [string, Value])[] = [];
  for (const [name, value] of entries) {
    const result = convert(value, element);
    if (isConversionError(result)) return within(name, result);
    converted.push([name, result]);
  }
  return mapValue(element, converted);
}

/** `any` inside a collection: the one type its elements have in common. */
function concreteElement(elements: readonly Value[], wanted: Type): Type | undefined {
  if (!hasDynamic(wanted) || elements.length === 0) return wanted;
  const common = wanted.kind === 'dynamic' ? commonElement(elements.map(typeOf)) : wanted;
  if (common === undefined || common.kind === 'dynamic' || !hasDynamic(common)) return common;
  const types: Type[] = [];
  for (const element of elements) {
    const converted = convert(element, common);
    if (isConversionError(converted)) return common;
    types.push(typeOf(converted));
  }
  return unify(types);
}

function toObject(entries: ReadonlyMap<string, Value>, type: ObjectType): Converted {
  const converted: (readonly [string, Value])[] = [];
  for (const [name, wanted] of type.attributes) {
    const own = entries.get(name);
    const fallback = type.optional.get(name);
    if (own === undefined || (own.kind === 'null' && fallback !== undefined)) {
      if (fallback === undefined) return problem(`the attribute ${JSON.stringify(name)} is missing`);
      converted.push([name, fallback]);
      continue;
    }
    const result = convert(own, wanted);
    if (isConversionError(result)) return within(name, result);
    converted.push([name, result]);
  }
  return objectValue(converted);
}

function all(
  elements: readonly Value[],
  wanted: (element: Value, at: number) => Type,
  make: (converted: readonly Value[]) => Value,
): Converted {
  const converted: Value[] = [];
  for (const [at, element] of elements.entries()) {
    const result = convert(element, wanted(element, at));
    if (isConversionError(result)) return within(at, result);
    converted.push(result);
  }
  return make(converted);
}

function hasOptional(type: Type): boolean {
  switch (type.kind) {
    case 'object':
      return type.optional.size > 0 || [...type.attributes.values()].some(hasOptional);
    case 'tuple':
      return type.elements.some(hasOptional);
    case 'list':
    case 'set':
    case 'map':
      return hasOptional(type.element);
    default:
      return false;
  }
}

const problem = (message: string): ConversionError => ({ kind: 'conversion-error', message, path: [] });

const within = (step: string | number, error: ConversionError): ConversionError => ({
  ...error,
  path: [step, ...error.path],
});

function mismatch(from: Type, to: Type): ConversionError {
  return problem(`${articled(shortType(to))} is needed, and this is ${articled(shortType(from))}`);
}

/** A type in a few words: `list of string`, `object`. */
export function shortType(type: Type): string {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return type.element.kind === 'dynamic' ? type.kind : `${type.kind} of ${shortType(type.element)}`;
    case 'object':
    case 'tuple':
      return type.kind;
    case 'dynamic':
      return 'value of any type';
    default:
      return describeType(type);
  }
}

export const articled = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`);

/** A conversion error as a sentence, with the way to the part that is wrong. */
export function conversionMessage(error: ConversionError): string {
  const path = error.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  const sentence = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  return path === '' ? sentence : `At ${path}: ${error.message}.`;
}
