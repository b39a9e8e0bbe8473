import type { Value } from './value.ts';

/** The type of a value. `dynamic` is a type not known yet, or `any`. */
export type Type = PrimitiveType | DynamicType | CollectionType | ObjectType | TupleType;

export interface PrimitiveType {
  readonly kind: 'string' | 'number' | 'bool';
}

export interface DynamicType {
  readonly kind: 'dynamic';
}

export interface CollectionType {
  readonly kind: 'list' | 'set' | 'map';
  readonly element: Type;
}

export interface ObjectType {
  readonly kind: 'object';
  readonly attributes: ReadonlyMap<string, Type>;
  /** Attributes that may be absent, with what stands for them then (a null when nothing was said). Only in types people write. */
  readonly optional: ReadonlyMap<string, Value>;
}

export interface TupleType {
  readonly kind: 'tuple';
  readonly elements: readonly Type[];
}

export const STRING: PrimitiveType = { kind: 'string' };
export const NUMBER: PrimitiveType = { kind: 'number' };
export const BOOL: PrimitiveType = { kind: 'bool' };
export const DYNAMIC: DynamicType = { kind: 'dynamic' };

const NOTHING_OPTIONAL: ReadonlyMap<string, Value> = new Map();

export const listType = (element: Type): CollectionType => ({ kind: 'list', element });
export const setType = (element: Type): CollectionType => ({ kind: 'set', element });
export const mapType = (element: Type): CollectionType => ({ kind: 'map', element });
export const tupleType = (elements: readonly Type[]): TupleType => ({ kind: 'tuple', elements });
export const objectType = (
  attributes: ReadonlyMap<string, Type>,
  optional: ReadonlyMap<string, Value> = NOTHING_OPTIONAL,
): ObjectType => ({ kind: 'object', attributes, optional });

export const isPrimitive = (type: Type): type is PrimitiveType =>
  type.kind === 'string' || type.kind === 'number' || type.kind === 'bool';

export function typesEqual(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind === 'object' && b.kind === 'object') {
    if (a.attributes.size !== b.attributes.size) return false;
    for (const [name, type] of a.attributes) {
      const other = b.attributes.get(name);
      if (other === undefined || !typesEqual(type, other)) return false;
    }
    return true;
  }
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    if (a.elements.length !== b.elements.length) return false;
    return a.elements.every((type, at) => typesEqual(type, b.elements[at] ?? DYNAMIC));
  }
  if ('element' in a && 'element' in b) return a.kind === b.kind && typesEqual(a.element, b.element);
  return a.kind === b.kind;
}

/** Whether some part of the type is not known yet. */
export function hasDynamic(type: Type): boolean {
  switch (type.kind) {
    case 'dynamic':
      return true;
    case 'list':
    case 'set':
    case 'map':
      return hasDynamic(type.element);
    case 'tuple':
      return type.elements.some(hasDynamic);
    case 'object':
      return [...type.attributes.values()].some(hasDynamic);
    default:
      return false;
  }
}

/** As a person writes it: `list(string)`, `object({ name = string })`. */
export function describeType(type: Type): string {
  switch (type.kind) {
    case 'dynamic':
      return 'any';
    case 'list':
    case 'set':
    case 'map':
      return `${type.kind}(${describeType(type.element)})`;
    case 'tuple':
      return `tuple([${type.elements.map(describeType).join(', ')}])`;
    case 'object': {
      const attributes = [...type.attributes].map(([name, of]) =>
        type.optional.has(name) ? `${name} = optional(${describeType(of)})` : `${name} = ${describeType(of)}`,
      );
      return attributes.length === 0 ? 'object({})' : `object({ ${attributes.join(', ')} })`;
    }
    default:
      return type.kind;
  }
}

/** HCL's JSON form of a type: `"number"`, `["list","string"]`, `["object",{"a":"string"}]`. */
export type TypeJson = string | readonly [string, unknown];

export function typeToJson(type: Type): TypeJson {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return [type.kind, typeToJson(type.element)];
    case 'tuple':
      return ['tuple', type.elements.map(typeToJson)];
    case 'object':
      return ['object', Object.fromEntries([...type.attributes].map(([name, of]) => [name, typeToJson(of)]))];
    default:
      return type.kind;
  }
}
