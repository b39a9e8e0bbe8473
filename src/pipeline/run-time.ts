/** Evaluates on the worker what the plan left open: secrets, `build`, `get`, `task`, `input`. */
import { isConversionError, shortType } from '../hcl/convert.ts';
import { type Diagnostic, errorDiagnostic, hasErrors } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/evaluate.ts';
import { parseExpression } from '../hcl/parse.ts';
import type { Range } from '../hcl/position.ts';
import type { Scope } from '../hcl/scope.ts';
import { createSensitiveTexts, type SensitiveTexts, settleWithin } from '../hcl/sensitive-texts.ts';
import type { Expression } from '../hcl/syntax.ts';
import { isSensitiveWithin, isWhollyKnown, objectValue, UNKNOWN, type Value, withSensitivity } from '../hcl/value.ts';
import { fromJson, toJson } from '../hcl/value-json.ts';
import type { Json } from '../lib/json.ts';
import { elementSensitivity } from './element-sensitivity.ts';
import type { Parameter, Parameters } from './expand-command.ts';
import { type HashFiles, hashFilesFunction } from './hash-files.ts';
import type { InputValues } from './job-input.ts';
import { describeNeed } from './module-path.ts';
import { needName } from './needed-variables.ts';
import { runTimeFunctions } from './pipeline-functions.ts';
import type { PlanScope, VariableBinding } from './plan.ts';
import type { PlanValue } from './plan-value.ts';
import { typedValue, typeFromText } from './typed-value.ts';

/** What is known by now of a build or a check that runs. */
export interface RunFacts {
  /** `build.*`: `id`, `number`, `job`, `pipeline`, `team`, `url`, `attempt`; absent in a check. */
  readonly build?: Readonly<Record<string, Json>>;
  /** `get.<step>`: the fields of the version fetched, for each `get` (and `put`) that ended well. */
  readonly get: Readonly<Record<string, Json>>;
  /** `task.<step>`: what a task wrote to `PIKOCI_OUTPUT`. */
  readonly task: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether a text that a task wrote holds a secret, and so is one. */
  readonly isSecret?: (text: string) => boolean;
  /** What `hashfiles` gives, where there are files: in the key of a cache. */
  readonly hashFiles?: HashFiles | undefined;
  /** `input.<name>`: what the build was given; `sensitiveInputs` names those that must not be shown. Absent in a check. */
  readonly input?: InputValues | undefined;
  readonly sensitiveInputs?: ReadonlySet<string> | undefined;
  /** Values of the secret and sealed variables resolved so far, by name (needed-variables.ts says which). */
  readonly variables: Readonly<Record<string, Json>>;
}

export type Evaluated =
  /** Of a list, `elements` says which of its elements are sensitive, where not all of it is. */
  | ({ readonly kind: 'value' } & Parameter)
  /** Something it needs is not there, or the expression is wrong for what it got. No message holds a sensitive value. */
  | { readonly kind: 'failed'; readonly diagnostics: readonly Diagnostic[] };

export type EvaluatedAll =
  | { readonly kind: 'values'; readonly values: Parameters }
  | { readonly kind: 'failed'; readonly diagnostics: readonly Diagnostic[] };

/** Made anew when facts change: it is cheap. */
export interface RunTime {
  evaluate(value: PlanValue): Evaluated;
  /** All of them, or everything that is wrong with them. */
  evaluateAll(values: Readonly<Record<string, PlanValue>>): EvaluatedAll;
}

type Deferred = Extract<PlanValue, { kind: 'deferred' }>;
type SecretBinding = Extract<VariableBinding, { kind: 'secret' }>;

/** `tell` hears of every text that is made of a sensitive value, the value itself included. */
export function createRunTime(scope: PlanScope, facts: RunFacts, tell?: (text: string) => void): RunTime {
  const sensitiveTexts = createSensitiveTexts((text) => tell?.(text));
  const locals = new Map<string, Value>();
  const failed: Diagnostic[] = [];
  const { variables: resolved, wrong } = typedVariables(scope, facts);
  const base = new Map<string, Value>([
    ['var', resolved],
    ['build', facts.build === undefined ? UNKNOWN : fromJson(facts.build)],
    ['get', fromJson(facts.get)],
    ['input', inputValue(facts)],
    ...(scope.each === undefined ? [] : [['each', fromJson({ ...scope.each })] as const]),
  ]);

  const { hashFiles } = facts;
  const functions =
    hashFiles === undefined
      ? runTimeFunctions()
      : new Map(runTimeFunctions()).set('hashfiles', hashFilesFunction(hashFiles));

  const resolve = (value: PlanValue): Value => {
    if (value.kind === 'known') return fromJson(value.value);
    for (const need of value.needs) {
      const name = needName(need, 'local');
      const local = name === undefined ? undefined : scope.locals[name];
      if (name === undefined || local === undefined || locals.has(name)) continue;
      locals.set(name, resolve(local));
    }
    const missing = value.needs
      .map((need) => wrong.get(needName(need, 'var') ?? '') ?? missingFact(need, value, facts))
      .filter((found) => found !== undefined);
    if (missing.length > 0) {
      failed.push(...missing);
      return UNKNOWN;
    }
    // Only where it is asked for: there may be many texts, and many secrets to look for in them.
    if (!base.has('task') && value.needs.some((need) => /^task(\.|$)/.test(need)))
      base.set('task', tasksValue(facts, sensitiveTexts));
    const variables = new Map(base).set('local', objectValue(locals));
    const result = evaluate(parsed(value), {
      variables,
      functions,
      sensitiveTexts,
    } satisfies Scope);
    failed.push(...result.diagnostics.filter((diagnostic) => diagnostic.severity === 'error'));
    return result.value;
  };

  const run = (value: PlanValue): Evaluated => {
    failed.length = 0;
    const result = resolve(value);
    if (failed.length > 0) return { kind: 'failed', diagnostics: [...failed] };
    if (!isWhollyKnown(result)) return { kind: 'failed', diagnostics: [unresolved(value)] };
    const elements = elementSensitivity(result);
    const sensitive = isSensitiveWithin(result);
    if (sensitive) settleWithin(result, sensitiveTexts);
    return {
      kind: 'value',
      value: toJson(result),
      sensitive,
      ...(sensitive && elements !== undefined && { elements }),
    };
  };

  return {
    evaluate: run,
    evaluateAll: (values) => {
      const done: Record<string, Parameter> = {};
      const diagnostics: Diagnostic[] = [];
      for (const [name, value] of Object.entries(values)) {
        const result = run(value);
        if (result.kind === 'failed') diagnostics.push(...result.diagnostics);
        else done[name] = { value: result.value, sensitive: result.sensitive, elements: result.elements };
      }
      return diagnostics.length > 0 ? { kind: 'failed', diagnostics } : { kind: 'values', values: done };
    },
  };
}

function tasksValue({ task, isSecret }: RunFacts, texts: SensitiveTexts): Value {
  const valueFor = (text: string): Value => {
    const sensitive = isSecret?.(text) === true;
    // The secret in it is known, and the words around it are open.
    if (sensitive) texts.composed(text);
    return withSensitivity(fromJson(text), sensitive);
  };
  return objectValue(
    Object.entries(task).map(([name, values]) => {
      const entries = Object.entries(values).map(([key, text]) => [key, valueFor(text)] as const);
      return [name, objectValue(entries)] as const;
    }),
  );
}

const EXPRESSIONS = new WeakMap<Deferred, Expression>();

function parsed(value: Deferred): Expression {
  const known = EXPRESSIONS.get(value);
  if (known !== undefined) return known;
  const { expression, diagnostics } = parseExpression(value.expression, value.at.file, positionOf(value));
  if (hasErrors(diagnostics)) throw new Error(`the plan holds an expression that cannot be read: ${value.expression}`);
  EXPRESSIONS.set(value, expression);
  return expression;
}

const positionOf = ({ at }: Deferred) => ({ line: at.line, column: at.column, byte: 0 });

function rangeOf(value: Deferred): Range {
  return { file: value.at.file, start: positionOf(value), end: positionOf(value) };
}

/** The variables, and those of which the secret store gave something that is not of the type they declare. */
function typedVariables(scope: PlanScope, facts: RunFacts): { variables: Value; wrong: Map<string, Diagnostic> } {
  const wrong = new Map<string, Diagnostic>();
  const entries = Object.entries(scope.variables).map(([name, binding]): readonly [string, Value] => {
    if (binding.kind === 'known') return [name, fromJson(binding.value)];
    const value = Object.hasOwn(facts.variables, name) ? facts.variables[name] : undefined;
    if (value === undefined) return [name, withSensitivity(UNKNOWN, true)];
    if (binding.kind === 'sealed' || binding.valueType === undefined) {
      return [name, withSensitivity(fromJson(value), true)];
    }
    const type = typeFromText(binding.valueType);
    const typed = typedValue(value, type, { secret: true });
    if (typed !== undefined && !isConversionError(typed)) return [name, withSensitivity(typed, true)];
    wrong.set(name, notOfType(name, binding, typed?.message ?? `it is a text that spells no ${shortType(type)}`));
    return [name, UNKNOWN];
  });
  return { variables: objectValue(entries), wrong };
}

function notOfType(name: string, { at, type, params, valueType }: SecretBinding, why: string): Diagnostic {
  const whole =
    params.key === undefined ? ' The secret has no key, so the variable is all that the store has there.' : '';
  const detail = `${describeNeed(`var.${name}`)} is declared with the type ${valueType}, and what the secret type "${type}" gave for it is not: ${why}.${whole}`;
  const position = { line: at.line, column: at.column, byte: 0 };
  return errorDiagnostic('wrong-type', 'Wrong type', detail, {
    subject: { file: at.file, start: position, end: position },
  });
}

function inputValue({ input = {}, sensitiveInputs }: RunFacts): Value {
  return objectValue(
    Object.entries(input).map(([name, value]) => [
      name,
      withSensitivity(fromJson(value), sensitiveInputs?.has(name) === true),
    ]),
  );
}

/** A step that was skipped or failed left nothing behind: said plainly, instead of as an attribute that an object lacks. */
function missingFact(need: string, value: Deferred, facts: RunFacts): Diagnostic | undefined {
  const [, root, name] = /^(get|task|input)(?:\.([\w-]+)|$)/.exec(need) ?? [];
  if (name === undefined || (root !== 'get' && root !== 'task' && root !== 'input')) return undefined;
  if (Object.hasOwn(facts[root] ?? {}, name)) return undefined;
  const detail =
    root === 'input'
      ? `${need} has no value: this job has no input "${name}".`
      : root === 'get'
        ? `${need} has no value: the step "${name}" has not fetched a version in this build.`
        : `${need} has no value: the task "${name}" has not ended well in this build.`;
  return errorDiagnostic('no-value-yet', 'No value', detail, { subject: rangeOf(value) });
}

function unresolved(value: PlanValue): Diagnostic {
  if (value.kind === 'known') throw new Error('a known value is known');
  const detail = `The value of ${value.needs.map(describeNeed).join(', ') || value.expression} is not known here.`;
  return errorDiagnostic('no-value-yet', 'No value', detail, { subject: rangeOf(value) });
}
