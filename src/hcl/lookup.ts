import { nearest } from '../lib/nearest.ts';
import { articled, convert, isConversionError, shortType } from './convert.ts';
import { type ExactNumber, numberText } from './exact-number.ts';
import type { TraversalStep } from './syntax.ts';
import { DYNAMIC, NUMBER, STRING } from './type.ts';
import { isSensitiveWithin, typeOf, unknownValue, type Value, withSensitivity } from './value.ts';

/** Why there is nothing at `.name` or `[key]`. */
export interface LookupFailure {
  readonly kind: 'lookup-failure';
  readonly code: string;
  readonly summary: string;
  readonly detail: string;
  readonly suggestion?: string;
}

export type Found = Value | LookupFailure;

export const isLookupFailure = (found: Found): found is LookupFailure => found.kind === 'lookup-failure';

export function getStep(value: Value, step: TraversalStep): Found {
  if (step.kind === 'index') return getIndex(value, step.key);
  return getAttribute(value, step.key.kind === 'string' ? step.key.value : '');
}

/** `value.name`. What is taken from a sensitive value is sensitive. */
export function getAttribute(value: Value, name: string): Found {
  switch (value.kind) {
    case 'object':
    case 'map': {
      const entry = value.entries.get(name);
      return entry === undefined ? missing(value, name) : withSensitivity(entry, value.sensitive);
    }
    case 'null':
      return failed(
        'attribute-of-null',
        'Attribute of null',
        `This is null, so it has no attribute ${JSON.stringify(name)}.`,
      );
    case 'unknown': {
      if (value.type.kind === 'object') {
        const type = value.type.attributes.get(name);
        if (type === undefined) return missingName([...value.type.attributes.keys()], name, 'object');
        return withSensitivity(unknownValue(type), value.sensitive);
      }
      if (value.type.kind === 'map') return withSensitivity(unknownValue(value.type.element), value.sensitive);
      if (value.type.kind === 'dynamic') return withSensitivity(unknownValue(), value.sensitive);
      return noAttributes(value, name);
    }
    default:
      return noAttributes(value, name);
  }
}

/** `value[key]`. Sensitive if the value or the key is. */
export function getIndex(value: Value, key: Value): Found {
  const found = indexed(value, key);
  return isLookupFailure(found) ? found : withSensitivity(found, value.sensitive || key.sensitive);
}

function indexed(value: Value, key: Value): Found {
  if (value.kind === 'null')
    return failed('index-of-null', 'Index of null', 'This is null, so nothing can be taken from it.');
  if (key.kind === 'null') return failed('null-key', 'Index is null', 'A null cannot be used to look something up.');
  const type = typeOf(value);
  switch (type.kind) {
    case 'dynamic':
      return unknownValue();
    case 'list':
    case 'tuple':
      return inSequence(value, key);
    case 'map':
    case 'object':
      return inEntries(value, key);
    case 'set':
      return failed(
        'index-of-set',
        'Index of a set',
        'The elements of a set have no order and no keys. tolist(…) makes a list of it, or a for goes through it.',
      );
    default:
      return failed(
        'index-of-primitive',
        'Nothing to look up in',
        `This is ${articled(shortType(type))}; only lists, maps and objects have elements.`,
      );
  }
}

function inSequence(value: Value, key: Value): Found {
  const index = convert(key, NUMBER);
  if (isConversionError(index)) {
    const shown = key.kind === 'string' && !key.sensitive ? ` ${JSON.stringify(key.value)}` : '';
    return failed(
      'bad-index',
      'Not an index',
      `The elements of a list are numbered, and the key${shown} is no number.`,
    );
  }
  if (value.kind === 'unknown') return unknownValue(value.type.kind === 'list' ? value.type.element : DYNAMIC);
  if (value.kind !== 'list' && value.kind !== 'tuple') return unknownValue();
  if (index.kind !== 'number') return unknownValue(value.kind === 'list' ? value.elementType : DYNAMIC);
  const element =
    index.value.isInteger() && !index.value.isNegative() ? value.elements[index.value.toNumber()] : undefined;
  if (element !== undefined) return element;
  return failed(
    'index-out-of-range',
    'No such element',
    outOfRange(index.value, value.elements.length, key.sensitive || isSensitiveWithin(value)),
  );
}

function outOfRange(index: ExactNumber, length: number, sensitive: boolean): string {
  if (sensitive) return 'There is no element with this index.';
  if (!index.isInteger()) return `An index is a whole number, and ${numberText(index)} is not.`;
  if (index.isNegative())
    return `An index is not negative, and ${numberText(index)} is. The last element is x[length(x) - 1].`;
  if (length === 0) return `There is no element ${numberText(index)}: the list is empty.`;
  return `There is no element ${numberText(index)}: the list has ${length}, numbered from 0 to ${length - 1}.`;
}

function inEntries(value: Value, key: Value): Found {
  const name = convert(key, STRING);
  if (isConversionError(name)) {
    return failed('bad-key', 'Not a key', `A key is a string, and this is ${articled(shortType(typeOf(key)))}.`);
  }
  if (name.kind !== 'string') {
    const type = typeOf(value);
    return unknownValue(type.kind === 'map' ? type.element : DYNAMIC);
  }
  if (value.kind === 'unknown') return getAttribute(value, name.value);
  if (value.kind !== 'map' && value.kind !== 'object') return unknownValue();
  const entry = value.entries.get(name.value);
  if (entry !== undefined) return entry;
  return key.sensitive
    ? failed('missing-key', 'No such key', 'There is no element with this key.')
    : missing(value, name.value);
}

function missing(value: Extract<Value, { kind: 'map' | 'object' }>, name: string): LookupFailure {
  if (value.sensitive)
    return failed('missing-attribute', 'No such attribute', `There is no ${JSON.stringify(name)} here.`);
  return missingName([...value.entries.keys()], name, value.kind);
}

function missingName(names: readonly string[], name: string, kind: 'map' | 'object'): LookupFailure {
  const suggestion = nearest(name, names);
  const there = names.length === 0 ? 'it is empty' : `there ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`;
  const noun = kind === 'map' ? 'element' : 'attribute';
  return failed(
    kind === 'map' ? 'missing-key' : 'missing-attribute',
    `No such ${noun}`,
    `This ${kind} has no ${noun} ${JSON.stringify(name)}; ${there}.`,
    suggestion,
  );
}

/** At most eight names, then how many more. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function noAttributes(value: Value, name: string): LookupFailure {
  const type = typeOf(value);
  if (type.kind === 'list' || type.kind === 'set' || type.kind === 'tuple') {
    const index = type.kind === 'set' ? '' : ` Of one element it is [0].${name},`;
    return failed(
      'attribute-of-list',
      'Attribute of a list',
      `This is a ${type.kind === 'set' ? 'set' : 'list'}; its elements may have an attribute ${JSON.stringify(name)}, it has not.${index} of all of them [*].${name}.`,
    );
  }
  return failed(
    'attribute-of-primitive',
    'Nothing to look up in',
    `This is ${articled(shortType(type))}, and has no attributes.`,
  );
}

function failed(code: string, summary: string, detail: string, suggestion?: string): LookupFailure {
  return { kind: 'lookup-failure', code, summary, detail, ...(suggestion !== undefined && { suggestion }) };
}
