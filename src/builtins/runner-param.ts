import type { CommandEnv } from './builtin-command.ts';

/** A parameter of the runner, `undefined` when it is not given or empty; `param_…` are those of the type whose command it may be running. */
export function runnerParam(env: CommandEnv, name: string): string | undefined {
  return env[`runner_${name}`] || undefined;
}
