import { type Clock, type Instant, systemClock } from '../../lib/clock.ts';
import type { HclFunction } from '../function.ts';
import { COLLECTION_FUNCTIONS } from './collections.ts';
import { TYPE_FUNCTIONS } from './conversions.ts';
import { ENCODING_FUNCTIONS } from './encodings.ts';
import { type FileReader, fileFunctions } from './files.ts';
import { FORMAT_FUNCTIONS } from './formats.ts';
import { HASH_FUNCTIONS } from './hashes.ts';
import { LIST_FUNCTIONS } from './lists.ts';
import { NETWORK_FUNCTIONS } from './network.ts';
import { NUMBER_FUNCTIONS } from './numbers.ts';
import { REGEX_FUNCTIONS } from './regex.ts';
import { SET_FUNCTIONS } from './sets.ts';
import { STRING_FUNCTIONS } from './strings.ts';
import { templateStringFunction } from './templates.ts';
import { clockFunctions, TIME_FUNCTIONS } from './times.ts';

const PURE: readonly HclFunction[] = [
  ...STRING_FUNCTIONS,
  ...FORMAT_FUNCTIONS,
  ...REGEX_FUNCTIONS,
  ...COLLECTION_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...SET_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...ENCODING_FUNCTIONS,
  ...HASH_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...TYPE_FUNCTIONS,
  ...NETWORK_FUNCTIONS,
];

/** What some functions need from outside. */
export interface FunctionSurroundings {
  readonly clock?: Clock;
  /** What `plantimestamp` gives; by default the moment the functions are made. */
  readonly plannedAt?: Instant;
  /** Without it there are no functions that read files. */
  readonly files?: FileReader;
}

/** The functions of the language by name. */
export function standardFunctions(surroundings: FunctionSurroundings = {}): ReadonlyMap<string, HclFunction> {
  const { clock = systemClock, plannedAt, files } = surroundings;
  const inTemplates = byName([...PURE, ...clockFunctions(() => clock.now(), plannedAt)]);
  const all = [...inTemplates.values(), templateStringFunction(() => inTemplates)];
  return byName(files === undefined ? all : [...all, ...fileFunctions(files, inTemplates)]);
}

const byName = (functions: readonly HclFunction[]): ReadonlyMap<string, HclFunction> =>
  new Map(functions.map((entry) => [entry.name, entry]));
