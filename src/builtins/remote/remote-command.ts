/** What the runners `ssh` and `kubernetes` have in common: what their templates tell them, and how they end. */
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { runnerParam } from '../runner-param.ts';
import type { RemoteCommand } from './remote-place.ts';

/** `error_exit_codes` of both: the step is an error of ours, not a failure of the command. */
const COULD_NOT_RUN = 255;

/** `workdir` of both. */
const STAND_IN = '/workdir';

export function readRemoteCommand(env: CommandEnv, signal: AbortSignal): RemoteCommand {
  const names = (runnerParam(env, 'env_names') ?? '').split(' ').filter((name) => name !== '');
  return {
    workDir: runnerParam(env, 'directory') ?? '.',
    script: runnerParam(env, 'cmd') ?? '',
    shell: runnerParam(env, 'shell') ?? '/bin/sh',
    dir: runnerParam(env, 'dir') ?? '.',
    environment: Object.fromEntries(names.map((name) => [name, env[name]])),
    standIn: STAND_IN,
    signal,
  };
}

/** The signal aborts at TERM: the command there is to be ended, and waited for. */
export async function runUntilTold(io: CommandIo, run: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.on('SIGTERM', stop);
  try {
    return await run(stopping.signal);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    io.stderr(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
    return COULD_NOT_RUN;
  } finally {
    process.off('SIGTERM', stop);
  }
}
