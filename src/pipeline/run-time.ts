import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Json } from '../lib/json.ts';
import type { PlanValue } from './plan.ts';

/** What is known by now of a build or a check that runs. */
export interface RunFacts {
  /** `build.*`: `id`, `number`, `job`, `pipeline`, `team`, `url`, `attempt`; absent in a check. */
  readonly build?: Readonly<Record<string, Json>>;
  /** `get.<step>`: the fields of the version fetched, for each `get` (and `put`) that ended well. */
  readonly get: Readonly<Record<string, Json>>;
  /** `task.<step>`: what a task wrote to `PIKOCI_OUTPUT`. */
  readonly task: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Values of the secret and sealed variables resolved so far, by name (needed-variables.ts says which). */
  readonly variables: Readonly<Record<string, Json>>;
}

export type Evaluated =
  | { readonly kind: 'value'; readonly value: Json; readonly sensitive: boolean }
  /** Something it needs is not there, or the expression is wrong for what it got. */
  | { readonly kind: 'failed'; readonly diagnostics: readonly Diagnostic[] };

/** Evaluates on the worker what the plan left open. Made by `createRunTime(scope, facts)`; new facts, new one: it is cheap. */
export interface RunTime {
  evaluate(value: PlanValue): Evaluated;
  /** All of them, or everything that is wrong with them. */
  evaluateAll(values: Readonly<Record<string, PlanValue>>): EvaluatedAll;
}

export type EvaluatedAll =
  | { readonly kind: 'values'; readonly values: Readonly<Record<string, { value: Json; sensitive: boolean }>> }
  | { readonly kind: 'failed'; readonly diagnostics: readonly Diagnostic[] };
