import type { HclFunction } from '../function.ts';
import { COLLECTION_FUNCTIONS } from './collections.ts';
import { TYPE_FUNCTIONS } from './conversions.ts';
import { LIST_FUNCTIONS } from './lists.ts';
import { NUMBER_FUNCTIONS } from './numbers.ts';
import { REGEX_FUNCTIONS } from './regex.ts';
import { SET_FUNCTIONS } from './sets.ts';
import { STRING_FUNCTIONS } from './strings.ts';

const PURE: readonly HclFunction[] = [
  ...STRING_FUNCTIONS,
  ...REGEX_FUNCTIONS,
  ...COLLECTION_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...SET_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...TYPE_FUNCTIONS,
];

/** All functions that need nothing from outside, by name. */
export function standardFunctions(): ReadonlyMap<string, HclFunction> {
  return new Map(PURE.map((entry) => [entry.name, entry]));
}
