/** What `pikoci builtin NAME` runs: the code behind the built-in types, for what a shell would need other programs for. */

/** The environment is all they know: `param_…`, `version_…`, `WORKDIR` (LANGUAGE.md §3). */
export type CommandEnv = Readonly<Record<string, string | undefined>>;

export interface CommandIo {
  /** The result: what the engine reads. */
  readonly stdout: (text: string) => void;
  /** What people read. */
  readonly stderr: (text: string) => void;
  /** How it waits before it tries again, unless by the clock. */
  readonly pause?: (ms: number) => Promise<void>;
}

export interface BuiltinCommand {
  /** Gives the exit code. Throws CodedErrors for what a person can mend; no message holds a secret value. */
  readonly run: (env: CommandEnv, io: CommandIo) => Promise<number>;
}

/** A parameter, `undefined` when it is not given or empty. */
export function param(env: CommandEnv, name: string): string | undefined {
  return env[`param_${name}`] || undefined;
}

/** `true` and `1` are true; not given and anything else is not. */
export function flagParam(env: CommandEnv, name: string): boolean {
  return ['true', '1'].includes(param(env, name) ?? '');
}

/** The exit code for what would only come again: the worker does not try it again. */
export const LASTING_EXIT = 3;
export const LASTING_CODES: ReadonlySet<string> = new Set(['secret_key_missing', 'parameter_missing']);
