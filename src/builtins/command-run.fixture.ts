/** Runs a command of `pikoci builtin` inside a test. */
import { CodedError } from '../lib/coded-error.ts';
import type { BuiltinCommand } from './builtin-command.ts';
import { collectIo } from './collect-io.ts';

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** How long it would have waited before each new try. */
  readonly pauses: readonly number[];
}

export async function runCommand(
  command: BuiltinCommand['run'],
  env: Readonly<Record<string, string | undefined>>,
): Promise<CommandRun> {
  const { io, stdout, stderr } = collectIo();
  const pauses: number[] = [];
  const code = await command(
    { PATH: process.env.PATH, ...env },
    {
      ...io,
      pause: async (ms) => {
        pauses.push(ms);
      },
    },
  );
  return { code, stdout: stdout(), stderr: stderr(), pauses };
}

/** The error that it ends with. */
export async function commandFailure(
  command: BuiltinCommand['run'],
  env: Readonly<Record<string, string | undefined>>,
): Promise<CodedError> {
  try {
    await runCommand(command, env);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
