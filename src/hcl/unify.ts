import {
  BOOL,
  type CollectionType,
  DYNAMIC,
  isPrimitive,
  listType,
  mapType,
  NUMBER,
  objectType,
  STRING,
  setType,
  type Type,
  tupleType,
  typesEqual,
} from './type.ts';

/**
 * The one type that values of all these types can become, or undefined if there is none: what the two results of a
 * conditional have in common, or the elements of a list.
 *
 * 1. Types of one structure unify part by part: list with list, object with object of the same attributes, tuple with tuple
 *    of the same length. Objects and tuples that differ in shape unify to a map or a list if their parts have a common type.
 * 2. Otherwise the first type, most general first, that all the others convert to: a string before a number or a bool.
 */
export function unify(types: readonly Type[]): Type | undefined {
  const [first] = types;
  if (first === undefined) return DYNAMIC;
  if (types.every((type) => typesEqual(type, first))) return first;
  const counts = { list: 0, set: 0, map: 0, object: 0, tuple: 0, dynamic: 0, primitive: 0 };
  for (const type of types) counts[isPrimitive(type) ? 'primitive' : type.kind] += 1;
  const all = types.length;
  const anyDynamic = counts.dynamic > 0;
  if (counts.map > 0 && counts.map + counts.dynamic === all) return collection('map', types, anyDynamic);
  if (counts.map > 0 && counts.map + counts.object + counts.dynamic === all) return asMaps(types);
  if (counts.list > 0 && counts.list + counts.dynamic === all) return collection('list', types, anyDynamic);
  if (counts.list > 0 && counts.list + counts.tuple + counts.dynamic === all) return asLists(types);
  if (counts.set > 0 && counts.set + counts.dynamic === all) return collection('set', types, anyDynamic);
  if (counts.object > 0 && counts.object + counts.dynamic === all) return anyDynamic ? DYNAMIC : objects(types);
  if (counts.tuple > 0 && counts.tuple + counts.dynamic === all) return anyDynamic ? DYNAMIC : tuples(types);
  return mostGeneral(types);
}

/** Whether a value of type `from` may become one of type `to`; for some it then depends on the value ("12" to a number). */
export function canConvert(from: Type, to: Type): boolean {
  if (to.kind === 'dynamic' || from.kind === 'dynamic' || typesEqual(from, to)) return true;
  switch (to.kind) {
    case 'string':
      return isPrimitive(from);
    case 'number':
    case 'bool':
      return from.kind === 'string';
    case 'list':
    case 'set':
      if (from.kind === 'tuple') return from.elements.every((element) => canConvert(element, to.element));
      return (from.kind === 'list' || from.kind === 'set') && canConvert(from.element, to.element);
    case 'map':
      if (from.kind === 'object') return [...from.attributes.values()].every((type) => canConvert(type, to.element));
      return from.kind === 'map' && canConvert(from.element, to.element);
    case 'object':
      if (from.kind === 'map') return [...to.attributes.values()].every((type) => canConvert(from.element, type));
      if (from.kind !== 'object') return false;
      return [...to.attributes].every(([name, type]) => {
        const own = from.attributes.get(name);
        return own === undefined ? to.optional.has(name) : canConvert(own, type);
      });
    case 'tuple':
      if (from.kind !== 'tuple' || from.elements.length !== to.elements.length) return false;
      return from.elements.every((element, at) => canConvert(element, to.elements[at] ?? DYNAMIC));
  }
}

function collection(kind: CollectionType['kind'], types: readonly Type[], anyDynamic: boolean): Type | undefined {
  if (anyDynamic) return DYNAMIC;
  const element = unify(types.flatMap((type) => ('element' in type ? [type.element] : [])));
  if (element === undefined) return undefined;
  return kind === 'list' ? listType(element) : kind === 'set' ? setType(element) : mapType(element);
}

function asMaps(types: readonly Type[]): Type | undefined {
  if (types.some((type) => type.kind === 'dynamic')) return DYNAMIC;
  const parts = types.flatMap((type) => {
    if (type.kind === 'map') return [type.element];
    return type.kind === 'object' ? [...type.attributes.values()] : [];
  });
  const element = unify(parts);
  return element === undefined ? undefined : mapType(element);
}

function asLists(types: readonly Type[]): Type | undefined {
  if (types.some((type) => type.kind === 'dynamic')) return DYNAMIC;
  const parts = types.flatMap((type) => {
    if (type.kind === 'list') return [type.element];
    return type.kind === 'tuple' ? type.elements : [];
  });
  const element = unify(parts);
  return element === undefined ? undefined : listType(element);
}

function objects(types: readonly Type[]): Type | undefined {
  const all = types.flatMap((type) => (type.kind === 'object' ? [type] : []));
  const names = [...(all[0]?.attributes.keys() ?? [])];
  const sameNames = all.every(
    (type) => type.attributes.size === names.length && names.every((name) => type.attributes.has(name)),
  );
  if (sameNames) {
    const attributes = new Map<string, Type>();
    for (const name of names) {
      const type = unify(all.map((object) => object.attributes.get(name) ?? DYNAMIC));
      if (type === undefined) break;
      attributes.set(name, type);
    }
    if (attributes.size === names.length) return objectType(attributes);
  }
  return asMaps(types);
}

function tuples(types: readonly Type[]): Type | undefined {
  const all = types.flatMap((type) => (type.kind === 'tuple' ? [type] : []));
  const length = all[0]?.elements.length ?? 0;
  if (all.every((type) => type.elements.length === length)) {
    const elements: Type[] = [];
    for (let at = 0; at < length; at += 1) {
      const type = unify(all.map((tuple) => tuple.elements[at] ?? DYNAMIC));
      if (type === undefined) break;
      elements.push(type);
    }
    if (elements.length === length) return tupleType(elements);
  }
  return asLists(types);
}

function mostGeneral(types: readonly Type[]): Type | undefined {
  const byGenerality = [...types].sort((a, b) => generality(a) - generality(b));
  return byGenerality.find((wanted) => types.every((type) => canConvert(type, wanted)));
}

/** Smaller is more general; a type not known yet comes last, because it will probably turn out to be one of the others. */
function generality(type: Type): number {
  if (type.kind === 'dynamic') return 3;
  if (type === STRING || type.kind === 'string') return 0;
  return type === NUMBER || type === BOOL ? 1 : type.kind === 'set' ? 2 : 1;
}
