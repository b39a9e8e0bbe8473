import { typesEqual } from './type.ts';
import { canonicalKey, isWhollyKnown, typeOf, type Value } from './value.ts';

/**
 * Whether two values are equal: of the same type and the same all the way down. Undefined if that depends on what is not
 * known yet. A null equals a null, whatever their types. Marks do not count.
 */
export function valuesEqual(a: Value, b: Value): boolean | undefined {
  if (a.kind === 'unknown' || b.kind === 'unknown') return unknownEqual(a, b);
  if (a.kind === 'null' || b.kind === 'null') return a.kind === b.kind;
  switch (a.kind) {
    case 'string':
      return b.kind === 'string' && a.value === b.value;
    case 'number':
      return b.kind === 'number' && a.value.equals(b.value);
    case 'bool':
      return b.kind === 'bool' && a.value === b.value;
    case 'list':
      if (b.kind !== 'list' || !typesEqual(a.elementType, b.elementType)) return false;
      return elementsEqual(a.elements, b.elements);
    case 'tuple':
      return b.kind === 'tuple' && elementsEqual(a.elements, b.elements);
    case 'set':
      if (b.kind !== 'set' || !typesEqual(a.elementType, b.elementType)) return false;
      if (!isWhollyKnown(a) || !isWhollyKnown(b)) return undefined;
      return canonicalKey(a) === canonicalKey(b);
    case 'map':
      if (b.kind !== 'map' || !typesEqual(a.elementType, b.elementType)) return false;
      return entriesEqual(a.entries, b.entries);
    case 'object':
      return b.kind === 'object' && entriesEqual(a.entries, b.entries);
  }
}

function unknownEqual(a: Value, b: Value): boolean | undefined {
  const [typeA, typeB] = [typeOf(a), typeOf(b)];
  if (typeA.kind === 'dynamic' || typeB.kind === 'dynamic') return undefined;
  return a.kind === 'null' || b.kind === 'null' || typeA.kind === typeB.kind ? undefined : false;
}

function elementsEqual(a: readonly Value[], b: readonly Value[]): boolean | undefined {
  if (a.length !== b.length) return false;
  let result: boolean | undefined = true;
  for (const [at, element] of a.entries()) {
    const other = b[at];
    const equal = other !== undefined && valuesEqual(element, other);
    if (equal === false) return false;
    if (equal === undefined) result = undefined;
  }
  return result;
}

function entriesEqual(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean | undefined {
  if (a.size !== b.size) return false;
  let result: boolean | undefined = true;
  for (const [name, value] of a) {
    const other = b.get(name);
    const equal = other !== undefined && valuesEqual(value, other);
    if (equal === false) return false;
    if (equal === undefined) result = undefined;
  }
  return result;
}
