/** Runner commands, `check "exec" { path = "…" }`: read, and checked against what the runner takes. */
import type { Range } from '../hcl/position.ts';
import type { Attribute, Block } from '../hcl/syntax.ts';
import { isSensitiveWithin, isWhollyKnown, type Value } from '../hcl/value.ts';
import { toJson } from '../hcl/value-json.ts';
import { nearest } from '../lib/nearest.ts';
import type { BlockReader } from './block-reader.ts';
import { checkLimits } from './check-limits.ts';
import { expandCommand, type Parameters, parametersOfRunner } from './expand-command.ts';
import { needsOf, placeOf, type ReadValue } from './expressions.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Names } from './names.ts';
import type { RunnerCommand, RunnerType } from './plan-types.ts';
import { decideScript } from './private-script.ts';

/** Finds a runner type by name; reports at `at` that there is none. */
export type FindRunner = (name: string, at: Range) => KnownRunner | undefined;

export interface KnownRunner {
  readonly type: RunnerType;
  /** Parameters that must be given; `cmd|file` means one of them. */
  readonly required: readonly string[];
}

export interface CommandPlace {
  readonly names: Names;
  readonly findRunner: FindRunner;
  /** The `runner` block of the type the command belongs to. */
  readonly through?: RunnerCommand | undefined;
  /** How a secret value gets into this command's environment, for the message that refuses it on the command line. */
  readonly instead: (name: string) => string;
}

export function loadCommand(block: Block, place: CommandPlace, loading: Loading): RunnerCommand | undefined {
  const labels = loading.labels(block, 'runner');
  if (labels === undefined) return undefined;
  const reader = loading.reader(block.body, `${block.type} "${labels[0]}"`);
  const command = commandFrom(block, reader, place, loading);
  reader.finish();
  return command;
}

/** For a block some of whose attributes are not the runner's: the caller has asked `reader` for those already, and finishes it. */
export function commandFrom(
  block: Block,
  reader: BlockReader,
  place: CommandPlace,
  loading: Loading,
): RunnerCommand | undefined {
  const runnerName = block.labels[0]?.value;
  const attributes = reader.otherAttributes();
  const values = new Map<string, ReadValue>();
  for (const attribute of attributes) {
    values.set(attribute.name, loading.expressions.planValue(attribute.expression, place.names));
  }
  if (runnerName === undefined) return undefined;
  const runner = place.findRunner(runnerName, labelRange(block, 0));
  if (runner === undefined) return undefined;
  checkParameters(block, runner, attributes, loading);
  checkLimits(runner.type, attributes, values, loading);
  checkExposure(block, runner.type, attributes, values, place, loading);
  return {
    runner: runner.type.name,
    params: Object.fromEntries([...values].map(([name, read]) => [name, read.plan])),
    at: placeOf(block.headerRange),
    ...(place.through !== undefined && { through: { runner: place.through.runner, params: place.through.params } }),
  };
}

function checkParameters(
  block: Block,
  { type, required }: KnownRunner,
  attributes: readonly Attribute[],
  loading: Loading,
): void {
  const taken = parametersOfRunner(type);
  const names = [...taken].filter((name) => !MADE_HERE.has(name));
  const unused = attributes.filter((attribute) => !taken.has(attribute.name));
  // A misspelt name is one mistake: it is not missing too.
  const meant = new Map(unused.map((attribute) => [attribute, nearest(attribute.name, names)]));
  const given = new Set([...attributes.map((attribute) => attribute.name), ...meant.values()]);
  // What a command goes through gets its `cmd` from the command.
  if (block.type === 'runner') given.add('cmd');
  const missing = loading.isUnread(block.range)
    ? []
    : required.map((choice) => choice.split('|')).filter((choice) => !choice.some((name) => given.has(name)));
  for (const attribute of unused) {
    const suggestion = meant.get(attribute);
    // What is called by an unknown name is probably what is missing.
    const [needed] = suggestion === undefined && !OF_THE_TASK.has(attribute.name) ? missing.splice(0, 1) : [];
    const subject = attribute.nameRange;
    if (needed !== undefined) {
      const detail = `The runner "${type.name}" needs ${listed(needed)}, and does not know "${attribute.name}".`;
      loading.error('missing-parameter', 'Parameter missing', detail, { subject, suggestion: needed[0] });
      continue;
    }
    const rest = suggestion === undefined ? adviceOn(attribute.name, block, names) : '';
    const detail = `The runner "${type.name}" does not use "${attribute.name}", so it has no effect.${rest}`;
    loading.warning('unused-parameter', 'Parameter without effect', detail, { subject, suggestion });
  }
  for (const choice of missing) {
    const detail = `The runner "${type.name}" needs ${listed(choice)}.`;
    loading.error('missing-parameter', 'Parameter missing', detail, { subject: block.headerRange });
  }
}

const listed = (choice: readonly string[]): string => choice.map((name) => `"${name}"`).join(' or ');

/** Parameters that pikoci itself gives. */
const MADE_HERE: ReadonlySet<string> = new Set(['container', 'remove']);
const OF_THE_TASK: ReadonlySet<string> = new Set([
  ...['env', 'timeout', 'attempts', 'allow_failure', 'if', 'tags', 'inputs', 'outputs'],
]);

function adviceOn(name: string, block: Block, names: readonly string[]): string {
  if (block.type === 'run' && OF_THE_TASK.has(name))
    return ' It belongs to the task: write it beside "run", not in it.';
  return names.length > 0 ? ` It uses: ${names.join(', ')}.` : '';
}

/**
 * A secret value must not be on a command line, where everyone on the machine can read it. A trial expansion, with a mark in place of each value
 * that is not known, shows where it would end up.
 */
function checkExposure(
  block: Block,
  type: RunnerType,
  attributes: readonly Attribute[],
  values: ReadonlyMap<string, ReadValue>,
  place: CommandPlace,
  loading: Loading,
): void {
  const secret = ({ plan }: ReadValue): boolean => plan.kind === 'deferred' && plan.sensitive;
  if (![...values.values()].some(secret)) return;
  const params: Record<string, { value: ReturnType<typeof toJson>; sensitive: boolean; elements?: boolean[] }> = {};
  for (const [name, read] of values) {
    const { value } = read;
    const sensitive = secret(read);
    const elements = sensitive ? trialElements(value) : undefined;
    params[name] =
      elements === undefined
        ? { value: trialJson(value), sensitive }
        : { value: elements.map((element) => element.json), sensitive, elements: elements.map(({ secret }) => secret) };
  }
  const trial = expandCommand(type, params satisfies Parameters, { workdir: 'WORKDIR', envNames: [] });
  if (trial.kind === 'missing') return;
  const decision = decideScript(trial);
  if (decision.kind === 'plain' || (decision.kind === 'script' && type.builtin)) return;
  for (const attribute of attributes) {
    const read = values.get(attribute.name);
    if (read?.plan.kind !== 'deferred' || !read.plan.sensitive) continue;
    const needs = needsOf(attribute.expression, place.names);
    const secret = needs.find((need) => place.names.sensitive.has(need)) ?? needs[0] ?? 'the secret value';
    const detail =
      `${secret} would stand on a command line, where everyone on the worker's machine can read it. ` +
      place.instead(secret);
    loading.error('secret-on-command-line', 'Secret on a command line', detail, {
      subject: attribute.expression.range,
      context: block.headerRange,
    });
  }
}

const UNKNOWN_TEXT = 'unknown';

function trialJson(value: Value): ReturnType<typeof toJson> {
  return isWhollyKnown(value) ? toJson(value) : UNKNOWN_TEXT;
}

function trialElements(value: Value): { json: ReturnType<typeof toJson>; secret: boolean }[] | undefined {
  if (value.sensitive || (value.kind !== 'tuple' && value.kind !== 'list')) return undefined;
  return value.elements.map((element) => ({ json: trialJson(element), secret: isSensitiveWithin(element) }));
}
