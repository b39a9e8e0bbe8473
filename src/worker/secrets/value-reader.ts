/**
 * Values of a plan, as the step that is about to run needs them. One reader serves one step: a secret it needs is fetched
 * once, just before, and forgotten with the reader.
 */
import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import type { Parameter } from '../../pipeline/expand-command.ts';
import type { HashFiles } from '../../pipeline/hash-files.ts';
import { neededVariables } from '../../pipeline/needed-variables.ts';
import type { PlanScope, VariableBinding } from '../../pipeline/plan.ts';
import type { PlanTypes } from '../../pipeline/plan-types.ts';
import type { PlanValue, SourcePlace } from '../../pipeline/plan-value.ts';
import type { Evaluated, RunFacts, RunTime } from '../../pipeline/run-time.ts';
import type { Masks } from './masks.ts';

export type CreateRunTime = (scope: PlanScope, facts: RunFacts, tell: (text: string) => void) => RunTime;
export type SecretBinding = Extract<VariableBinding, { kind: 'secret' }>;
export type EvaluatedValues = Readonly<Record<string, Parameter>>;

export interface ValueReader {
  /** With `hashFiles`, the expression may ask for digests of files. */
  read(value: PlanValue, hashFiles?: HashFiles): Promise<Parameter>;
  readAll(values: Readonly<Record<string, PlanValue>>): Promise<EvaluatedValues>;
}

export interface ValueSource {
  readonly plan: { readonly scope: PlanScope; readonly types: PlanTypes };
  /** Asked anew at each read: facts grow while a build runs. */
  readonly facts: () => Omit<RunFacts, 'variables'>;
  readonly sealed: Readonly<Record<string, Json>>;
  readonly masks: Masks;
  readonly createRunTime: CreateRunTime;
  /** A line for the step's log. */
  readonly warn: (line: string) => Promise<void>;
  /** Runs the secret type's command. Throws a CodedError that names the secret, never its value. */
  readonly fetchSecret: (name: string, binding: SecretBinding, reader: ValueReader) => Promise<Json>;
}

export function createValueReader(source: ValueSource): ValueReader {
  const resolved: Record<string, Json> = {};

  async function resolve(values: readonly PlanValue[]): Promise<void> {
    for (const { name, binding } of neededVariables(source.plan, values)) {
      if (Object.hasOwn(resolved, name)) continue;
      const value = binding.kind === 'sealed' ? unsealed(name) : await source.fetchSecret(name, binding, reader);
      for (const warning of source.masks.add(value)) await source.warn(`warning: the variable ${name}: ${warning}`);
      resolved[name] = value;
    }
  }

  function unsealed(name: string): Json {
    const value = Object.hasOwn(source.sealed, name) ? source.sealed[name] : undefined;
    if (value !== undefined) return value;
    throw new CodedError(
      'secret.not_given',
      `the value of the sensitive variable ${name} did not come with the build`,
      {
        hint: 'set the pipeline again with a value for it',
      },
    );
  }

  const runTime = (variables: Readonly<Record<string, Json>>, hashFiles?: HashFiles): RunTime =>
    source.createRunTime(
      source.plan.scope,
      { ...source.facts(), variables, hashFiles },
      (text) => void source.masks.add(text),
    );

  const reader: ValueReader = {
    async read(value, hashFiles) {
      if (value.kind === 'known') return { value: value.value, sensitive: false };
      await resolve([value]);
      const evaluated = runTime(resolved, hashFiles).evaluate(value);
      if (evaluated.kind === 'failed') throw evaluationError(evaluated.diagnostics, value.at);
      return evaluated;
    },
    async readAll(values) {
      const plain = knownOnly(values);
      if (plain !== undefined) return plain;
      await resolve(Object.values(values));
      const evaluated = runTime(resolved).evaluateAll(values);
      if (evaluated.kind === 'values') return evaluated.values;
      const deferred = Object.values(values).find((value) => value.kind === 'deferred');
      throw evaluationError(evaluated.diagnostics, deferred?.at);
    },
  };
  return reader;
}

/** The values, if there is nothing to evaluate: the usual case. */
function knownOnly(values: Readonly<Record<string, PlanValue>>): EvaluatedValues | undefined {
  const plain: Record<string, Parameter> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value.kind !== 'known') return undefined;
    plain[name] = { value: value.value, sensitive: false };
  }
  return plain;
}

type Diagnostics = Extract<Evaluated, { kind: 'failed' }>['diagnostics'];

function evaluationError(diagnostics: Diagnostics, at: SourcePlace | undefined): CodedError {
  const [first] = diagnostics;
  const where = at === undefined ? '' : `${at.file}:${at.line}: `;
  if (first === undefined) return new CodedError('value.failed', `${where}a value cannot be computed`);
  const text = diagnostics.map((diagnostic) => `${diagnostic.summary}: ${diagnostic.detail}`).join('; ');
  return new CodedError(first.code, `${where}${text}`, {
    ...(first.suggestion !== undefined && { hint: `did you mean ${JSON.stringify(first.suggestion)}?` }),
  });
}
