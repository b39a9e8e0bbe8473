/** From a runner command and its values to what is started: arguments without a secret in them. */
import { CodedError } from '../../lib/coded-error.ts';
import { nearest } from '../../lib/nearest.ts';
import type { ResourceLimits } from '../../lib/system/limit-files.ts';
import {
  type ExpandedCommand,
  type ExpansionPlace,
  expandCommand,
  expandThrough,
  type MissingParameter,
  type Parameters,
} from '../../pipeline/expand-command.ts';
import { BadLimit, LIMIT_NAMES, readLimit } from '../../pipeline/limits.ts';
import type { CommandTemplate, PlanTypes, RunnerCommand, RunnerType } from '../../pipeline/plan-types.ts';
import { decideScript } from '../../pipeline/private-script.ts';
import type { EvaluatedValues, ValueReader } from '../secrets/value-reader.ts';

export interface CommandLine {
  readonly argv: readonly [string, ...string[]];
  /** Where the runner type says it starts; relative to the build's directory. */
  readonly dir: string | undefined;
  readonly limits: ResourceLimits | undefined;
  /** What the runner's program is told beside the step's own environment; it may be secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of parameters that nothing uses. */
  readonly unused: readonly string[];
}

/** The runners of a command: `type` runs it, and starts through `through` if the command's type asks for that. */
export interface CommandRunners {
  readonly type: RunnerType;
  readonly through: RunnerType | undefined;
  /** The one that is started on the worker itself. */
  readonly outer: RunnerType;
}

export interface CommandValues {
  readonly params: EvaluatedValues;
  readonly through: EvaluatedValues;
}

export function findRunners(types: PlanTypes, command: RunnerCommand): CommandRunners {
  const type = findRunner(types, command.runner);
  const through = command.through === undefined ? undefined : findRunner(types, command.through.runner);
  return { type, through, outer: through ?? type };
}

function findRunner(types: PlanTypes, name: string): RunnerType {
  const type = Object.hasOwn(types.runners, name) ? types.runners[name] : undefined;
  if (type !== undefined) return type;
  const near = nearest(name, Object.keys(types.runners));
  throw new CodedError('runner.not_found', `there is no runner ${JSON.stringify(name)} in the plan`, {
    hint: near === undefined ? 'declare a runner_type of that name' : `did you mean ${JSON.stringify(near)}?`,
  });
}

/**
 * In steps:
 *
 * 1. the runner's template is expanded with the values;
 * 2. an argument that holds a secret may only be the script of a shell in a built-in runner: it is written to a file, which the
 *    shell reads; any other is an error, because everyone on the machine can read a command line.
 */
export function buildCommandLine(
  command: RunnerCommand,
  runners: CommandRunners,
  values: CommandValues,
  place: ExpansionPlace,
  writeScript: (script: string) => string,
): CommandLine {
  const expanded = mustBeCommand(expand(runners, values, place), command);
  const limits = readLimits(expanded.limits, command);
  const line = (args: readonly string[]): CommandLine => ({
    argv: [expanded.path, ...args],
    dir: expanded.dir,
    limits,
    env: expanded.env,
    unused: expanded.unused,
  });
  if (expanded.sensitive.length === 0) return line(expanded.args);
  const decision = decideScript(expanded);
  if (decision.kind === 'script' && runners.outer.builtin && runners.type.builtin) {
    return line(decision.withFile(writeScript(decision.script)));
  }
  const where = `${command.at.file}:${command.at.line}`;
  const secretNames = Object.entries({ ...values.through, ...values.params }).filter(([, { sensitive }]) => sensitive);
  const names = secretNames.map(([name]) => name).join(', ');
  throw new CodedError(
    'secret.on_command_line',
    `${where}: ${names} of ${command.runner} holds a secret value that would stand on a command line, where everyone on the machine can read it`,
    {
      hint: 'hand it over in the environment instead: env = { PASSWORD = var.password }, and write $PASSWORD in the script',
    },
  );
}

function readLimits(written: ExpandedCommand['limits'], command: RunnerCommand): ResourceLimits | undefined {
  const limits = LIMIT_NAMES.flatMap((name) => {
    const text = written[name];
    if (text === undefined) return [];
    const limit = readLimit(name, text);
    if (!(limit instanceof BadLimit)) return [[name, limit] as const];
    const where = `${command.at.file}:${command.at.line}`;
    throw new CodedError('limit.not_a_limit', `${where}: ${name} of ${command.runner}: ${limit.problem}`, {
      hint: limit.advice,
    });
  });
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}

function expand(
  runners: CommandRunners,
  values: CommandValues,
  place: ExpansionPlace,
): ExpandedCommand | MissingParameter {
  const inner = { type: runners.type, params: values.params };
  if (runners.through === undefined) return expandCommand(inner.type, inner.params, place);
  return expandThrough(inner, { type: runners.through, params: values.through }, place);
}

function mustBeCommand(expanded: ExpandedCommand | MissingParameter, command: RunnerCommand): ExpandedCommand {
  if (expanded.kind === 'command') return expanded;
  throw new CodedError(
    'runner.missing_parameter',
    `${command.at.file}:${command.at.line}: the runner ${command.runner} needs ${expanded.parameter}`,
    { hint: `write ${expanded.parameter} = "…" in the block` },
  );
}

export type HelperLine = Pick<CommandLine, 'argv' | 'env'>;

/** `prepare`, `cancel` and `cleanup` of a runner type: never with a secret in them. */
export function buildHelperLine(
  runner: RunnerType,
  params: Parameters,
  place: ExpansionPlace,
  template: CommandTemplate,
): HelperLine | undefined {
  const plain = Object.fromEntries(Object.entries(params).filter(([, { sensitive }]) => !sensitive));
  const expanded = expandCommand(runner, plain, place, template);
  return expanded.kind === 'command' ? { argv: [expanded.path, ...expanded.args], env: expanded.env } : undefined;
}

export async function readCommandValues(command: RunnerCommand, reader: ValueReader): Promise<CommandValues> {
  return {
    params: await reader.readAll(command.params),
    through: await reader.readAll(command.through?.params ?? {}),
  };
}
