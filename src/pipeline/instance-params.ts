/** Parameters of an instance of a type: read from `params { }` and, where the block allows it, from its bare attributes. */
import type { Range } from '../hcl/position.ts';
import { nearest } from '../lib/nearest.ts';
import { checkValues } from './allowed-values.ts';
import type { BlockReader } from './block-reader.ts';
import type { ReadValue } from './expressions.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type { PlanValue } from './plan-value.ts';
import type { LoadedType } from './type-reader.ts';

export interface GivenParam extends ReadValue {
  readonly at: Range;
}
export type GivenParams = ReadonlyMap<string, GivenParam>;

/** What `params { }` (or `params = { }`) says. One set there and bare too is taken from `params`. */
export function readParams(reader: BlockReader, names: Names, loading: Loading): Map<string, GivenParam> {
  const given = new Map<string, GivenParam>();
  const block = reader.block('params');
  if (block !== undefined && loading.labels(block) !== undefined) {
    const inner = loading.reader(block.body, `params of ${reader.owner}`);
    for (const attribute of inner.otherAttributes()) {
      const read = loading.expressions.planValue(attribute.expression, names);
      given.set(attribute.name, { ...read, at: attribute.nameRange });
    }
    inner.finish();
    return given;
  }
  const attribute = block === undefined ? reader.attribute('params') : undefined;
  const entries = attribute && loading.expressions.planEntries(attribute, names);
  for (const [name, { keyAt, ...read }] of entries ?? []) given.set(name, { ...read, at: keyAt });
  return given;
}

/** The attributes nobody asked for yet, as parameters. Call it after everything that has a meaning of its own was asked for. */
export function readBareParams(reader: BlockReader, names: Names, loading: Loading): Map<string, GivenParam> {
  const given = new Map<string, GivenParam>();
  for (const attribute of reader.otherAttributes()) {
    const read = loading.expressions.planValue(attribute.expression, names);
    given.set(attribute.name, { ...read, at: attribute.nameRange });
  }
  return given;
}

/** Parameters of the type that stand beside `params { }` instead of in it: reported, and taken all the same. */
export function readMisplacedParams(
  reader: BlockReader,
  type: LoadedType<unknown> | undefined,
  names: Names,
  loading: Loading,
): Map<string, GivenParam> {
  const given = new Map<string, GivenParam>();
  for (const attribute of reader.otherAttributes(type?.accepts ?? [])) {
    const { name, nameRange, expression } = attribute;
    const detail = `"${name}" is a parameter of the type, and parameters stand in a block of their own: params { ${name} = … }.`;
    loading.error('misplaced-parameter', 'Parameter outside of params', detail, { subject: nameRange });
    given.set(name, { ...loading.expressions.planValue(expression, names), at: nameRange });
  }
  return given;
}

export const plansOf = (given: GivenParams): Record<string, PlanValue> =>
  Object.fromEntries([...given].map(([name, { plan }]) => [name, plan]));

/** What takes the parameters. `isUnread`: some of its text could not be read, so nothing is missing for sure. */
export interface Parametrised {
  readonly noun: string;
  readonly name: string;
  readonly at: Range;
  readonly isUnread: boolean;
}

/** Reports parameters that the type does not take, and those it needs and did not get. `always` are taken by every type of the kind. */
export function checkParams(
  what: Parametrised,
  type: LoadedType<unknown>,
  given: GivenParams,
  always: readonly string[],
  loading: Loading,
): void {
  const accepts = [...new Set([...(type.accepts ?? []), ...always])];
  const unknown = [...given].filter(([name]) => !accepts.includes(name));
  // A misspelt name is one mistake: it is not missing too.
  const meant = new Map(unknown.map(([name]) => [name, nearest(name, accepts)]));
  const missing = what.isUnread ? [] : missingParams(type, given, new Set(meant.values()));
  const needs = missing.length > 0 ? ` It needs ${missing.map(({ wanted }) => wanted).join(', ')}.` : '';
  for (const [name, { at }] of unknown) {
    const suggestion = meant.get(name);
    const rest = suggestion === undefined ? `${takes(type, name, accepts)}${needs}` : '';
    const detail = `The ${what.noun} "${what.name}" has no parameter "${name}".${rest}`;
    loading.error('unknown-parameter', 'Unknown parameter', detail, { subject: at, suggestion });
  }
  checkValues(what, type.values, given, loading);
  // What is called by an unknown name is probably what is missing: that was said there.
  if (unknown.some(([name]) => meant.get(name) === undefined)) return;
  for (const { wanted, at, isNull } of missing) {
    const nulls = isNull ? ' It is given, but null, which counts as not given.' : '';
    const detail = `The ${what.noun} "${what.name}" needs the parameter ${wanted}.${nulls}`;
    loading.error('missing-parameter', 'Parameter missing', detail, { subject: at ?? what.at });
  }
}

/** What steps themselves have: a misspelt one is no parameter. */
const WORDS_OF_STEPS = ['message', 'no_get', 'if', 'timeout', 'attempts', 'allow_failure', 'tags', 'params'];

/** Reports what a `put` or `notify` says and the type does not take from a step, where the type says what it takes. */
export function checkStepParams(
  step: string,
  type: LoadedType<unknown> | undefined,
  given: GivenParams,
  loading: Loading,
): void {
  const accepts = type?.stepAccepts;
  if (accepts === undefined) return;
  for (const [name, { at }] of given) {
    if (accepts.includes(name)) continue;
    const suggestion = nearest(name, [...accepts, ...WORDS_OF_STEPS]);
    const all = accepts.length === 0 ? ' It takes none.' : ` It takes: ${accepts.join(', ')}.`;
    const detail = `${step} takes no "${name}".${suggestion === undefined ? all : ''}`;
    loading.error('unknown-parameter', 'Unknown parameter', detail, { subject: at, suggestion });
  }
}

function takes(type: LoadedType<unknown>, name: string, accepts: readonly string[]): string {
  if (type.accepts === undefined) return ` It declares no parameters; in its block, params = ["${name}"] would.`;
  return accepts.length === 0 ? ' It takes none.' : ` It takes: ${accepts.join(', ')}.`;
}

interface MissingParam {
  readonly wanted: string;
  /** Where it is given as null. */
  readonly at: Range | undefined;
  readonly isNull: boolean;
}

function missingParams(
  type: LoadedType<unknown>,
  given: GivenParams,
  meant: ReadonlySet<string | undefined>,
): MissingParam[] {
  return type.required.flatMap((choice) => {
    const names = choice.split('|');
    const has = (name: string): boolean => given.has(name) && !isNull(given.get(name));
    if (names.some((name) => has(name) || meant.has(name) || Object.hasOwn(type.defaults, name))) return [];
    const at = names.map((name) => given.get(name)?.at).find((place) => place !== undefined);
    return [{ wanted: names.map((name) => `"${name}"`).join(' or '), at, isNull: at !== undefined }];
  });
}

const isNull = (param: GivenParam | undefined): boolean =>
  param?.broken !== true && param?.plan.kind === 'known' && param.plan.value === null;
