/** Parameters of an instance of a type: read from `params { }` and, where the block allows it, from its bare attributes. */
import type { Range } from '../hcl/position.ts';
import { nearest } from '../lib/nearest.ts';
import type { BlockReader } from './block-reader.ts';
import type { ReadValue } from './expressions.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type { PlanValue } from './plan.ts';
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
  for (const [name, read] of entries ?? []) given.set(name, { ...read, at: attribute?.nameRange ?? reader.body.range });
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

export const plansOf = (given: GivenParams): Record<string, PlanValue> =>
  Object.fromEntries([...given].map(([name, { plan }]) => [name, plan]));

/** Reports parameters that the type does not take, and those it needs and did not get. `always` are taken by every type of the kind. */
export function checkParams(
  what: { readonly noun: string; readonly name: string; readonly at: Range },
  type: LoadedType<unknown>,
  given: GivenParams,
  always: readonly string[],
  loading: Loading,
): void {
  const accepts = [...new Set([...(type.accepts ?? []), ...always])];
  // A misspelt name is one mistake: it is not missing too.
  const meant = new Set<string>();
  for (const [name, { at }] of given) {
    if (accepts.includes(name)) continue;
    const suggestion = nearest(name, accepts);
    if (suggestion !== undefined) meant.add(suggestion);
    const list =
      type.accepts === undefined
        ? ` It declares no parameters; in its block, params = ["${name}"] would.`
        : suggestion === undefined
          ? accepts.length === 0
            ? ' It takes none.'
            : ` It takes: ${accepts.join(', ')}.`
          : '';
    const detail = `The ${what.noun} "${what.name}" has no parameter "${name}".${list}`;
    loading.error('unknown-parameter', 'Unknown parameter', detail, { subject: at, suggestion });
  }
  for (const choice of type.required) {
    const names = choice.split('|');
    if (names.some((name) => given.has(name) || meant.has(name) || Object.hasOwn(type.defaults, name))) continue;
    const wanted = names.map((name) => `"${name}"`).join(' or ');
    const detail = `The ${what.noun} "${what.name}" needs the parameter ${wanted}.`;
    loading.error('missing-parameter', 'Parameter missing', detail, { subject: what.at });
  }
}
