import { articled, shortType } from './convert.ts';
import { numberValue, stringValue, typeOf, type Value, withSensitivity } from './value.ts';

export interface Iterated {
  readonly kind: 'iterated';
  readonly pairs: Iterable<readonly [key: Value, value: Value]>;
  /** What is made of it must be sensitive as a whole. */
  readonly sensitive: boolean;
}

/** `why` is missing where the collection is not known yet, which is no mistake. */
export interface NotIterable {
  readonly kind: 'not-iterable';
  readonly why: string | undefined;
  readonly sensitive: boolean;
}

export const isNotIterable = (result: Iterated | NotIterable): result is NotIterable => result.kind === 'not-iterable';

/** What a `for` goes through: numbers and elements of a list, names and values of a map, the elements of a set as both. */
export function iterate(collection: Value): Iterated | NotIterable {
  const { sensitive } = collection;
  switch (collection.kind) {
    case 'list':
    case 'tuple':
    case 'set': {
      const isSet = collection.kind === 'set';
      const pairs = collection.elements.map((element, at) => {
        const value = withSensitivity(element, sensitive);
        return [isSet ? value : numberValue(at), value] as const;
      });
      return { kind: 'iterated', pairs, sensitive };
    }
    case 'map':
    case 'object': {
      const pairs = [...collection.entries].map(
        ([name, value]) => [withSensitivity(stringValue(name), sensitive), withSensitivity(value, sensitive)] as const,
      );
      return { kind: 'iterated', pairs, sensitive };
    }
    case 'unknown':
      return { kind: 'not-iterable', why: undefined, sensitive };
    case 'null':
      return { kind: 'not-iterable', why: 'This is null; a for goes through a list, set, map or object.', sensitive };
    default:
      return {
        kind: 'not-iterable',
        why: `This is ${articled(shortType(typeOf(collection)))}; a for goes through a list, set, map or object.`,
        sensitive,
      };
  }
}
