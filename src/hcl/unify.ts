import {
  type CollectionType,
  DYNAMIC,
  isPrimitive,
  listType,
  mapType,
  objectType,
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
 *    of the same length. Objects and tuples that differ in shape unify to a map or a list if their parts have a common type;
 *    so do objects beside maps, and tuples beside lists.
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
  if (counts.map > 0 && counts.map + counts.object + counts.dynamic === all)
    return withStructures('object', types) ?? mostGeneral(types);
  if (counts.list > 0 && counts.list + counts.dynamic === all) return collection('list', types, anyDynamic);
  if (counts.list > 0 && counts.list + counts.tuple + counts.dynamic === all)
    return withStructures('tuple', types) ?? mostGeneral(types);
  if (counts.set > 0 && counts.set + counts.dynamic === all) return collection('set', types, anyDynamic);
  if (counts.object > 0 && counts.object + counts.dynamic === all) return anyDynamic ? DYNAMIC : objects(types);
  if (counts.tuple > 0 && counts.tuple + counts.dynamic === all) return anyDynamic ? DYNAMIC : tuples(types);
  return counts.object > 0 && counts.tuple > 0 ? undefined : mostGeneral(types);
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
      if (from.kind === 'tuple') return canCollect(from.elements, to.element);
      return (from.kind === 'list' || from.kind === 'set') && canConvert(from.element, to.element);
    case 'map':
      if (from.kind === 'object') {
        const parts = [...from.attributes.values()];
        return to.element.kind === 'dynamic' ? unify(parts) !== undefined : canCollect(parts, to.element);
      }
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

/** Whether parts of these types can be the elements of one collection; an element type not known yet will be the one they share. */
function canCollect(parts: readonly Type[], element: Type): boolean {
  if (element.kind === 'dynamic') return parts.length === 0 || commonElement(parts) !== undefined;
  return parts.every((part) => canConvert(part, element));
}

/** A type not known yet goes with every other one, but that does not give those a type in common. */
export function commonElement(types: readonly Type[]): Type | undefined {
  const common = unify(types);
  return common?.kind === 'dynamic' && types.some((type) => type.kind !== 'dynamic') ? undefined : common;
}

function collection(kind: CollectionType['kind'], types: readonly Type[], anyDynamic: boolean): Type | undefined {
  if (anyDynamic) return DYNAMIC;
  const element = unify(types.flatMap((type) => ('element' in type ? [type.element] : [])));
  if (element === undefined) return undefined;
  return kind === 'list' ? listType(element) : kind === 'set' ? setType(element) : mapType(element);
}

/** Objects beside maps, or tuples beside lists: first what those have in common as a map or a list, then that with the others. */
function withStructures(kind: 'object' | 'tuple', types: readonly Type[]): Type | undefined {
  const collected = asCollection(types.filter((type) => type.kind === kind));
  if (collected === undefined) return undefined;
  const common = unify(types.map((type) => (type.kind === kind ? collected : type)));
  return common?.kind === collected.kind ? common : undefined;
}

/** A map for objects, a list for tuples; undefined if their parts have nothing in common, or there are none. */
function asCollection(types: readonly Type[]): CollectionType | undefined {
  const parts = types.flatMap((type) => {
    if (type.kind === 'object') return [...type.attributes.values()];
    return type.kind === 'tuple' ? type.elements : [];
  });
  const element = parts.length === 0 ? undefined : unify(parts);
  if (element === undefined) return undefined;
  const wanted = types[0]?.kind === 'object' ? mapType(element) : listType(element);
  return types.every((type) => canConvert(type, wanted)) ? wanted : undefined;
}

function objects(types: readonly Type[]): Type | undefined {
  const all = types.flatMap((type) => (type.kind === 'object' ? [type] : []));
  const names = [...(all[0]?.attributes.keys() ?? [])];
  const sameNames = all.every(
    (type) => type.attributes.size === names.length && names.every((name) => type.attributes.has(name)),
  );
  if (!sameNames) return asCollection(types);
  const attributes = new Map<string, Type>();
  for (const name of names) {
    const type = unify(all.map((object) => object.attributes.get(name) ?? DYNAMIC));
    if (type === undefined) return undefined;
    attributes.set(name, type);
  }
  const common = objectType(attributes);
  return types.every((type) => canConvert(type, common)) ? common : asCollection(types);
}

function tuples(types: readonly Type[]): Type | undefined {
  const all = types.flatMap((type) => (type.kind === 'tuple' ? [type] : []));
  const length = all[0]?.elements.length ?? 0;
  if (!all.every((type) => type.elements.length === length)) return asCollection(types);
  const elements: Type[] = [];
  for (let at = 0; at < length; at += 1) {
    const type = unify(all.map((tuple) => tuple.elements[at] ?? DYNAMIC));
    if (type === undefined) return undefined;
    elements.push(type);
  }
  const common = tupleType(elements);
  return types.every((type) => canConvert(type, common)) ? common : asCollection(types);
}

function mostGeneral(types: readonly Type[]): Type | undefined {
  const byGenerality = [...types].sort((a, b) => GENERALITY[a.kind] - GENERALITY[b.kind]);
  return byGenerality.find((wanted) => types.every((type) => canConvert(type, wanted)));
}

/** Smaller is more general; a type not known yet comes last, because it will probably turn out to be one of the others. */
const GENERALITY: Readonly<Record<Type['kind'], number>> = {
  string: 0,
  ...{ number: 1, bool: 1, list: 1, map: 1 },
  ...{ set: 2, tuple: 2, object: 2 },
  dynamic: 3,
};
