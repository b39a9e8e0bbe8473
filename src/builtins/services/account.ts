import { chownSync } from 'node:fs';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv } from '../builtin-command.ts';
import { runProgram } from '../run-program.ts';

/** The account that a server runs as, when that is not our own. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** For root, the first of these accounts that is there: no test needs a server with all rights, and some refuse to have them. */
export async function chooseAccount(names: readonly string[], env: CommandEnv): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  for (const name of names) {
    const uid = await idOf(name, '-u', env);
    const gid = await idOf(name, '-g', env);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  throw new CodedError(
    'service_failed',
    `The service is not run as root, and there is no account ${names.join(' or ')}.`,
  );
}

async function idOf(name: string, flag: '-u' | '-g', env: CommandEnv): Promise<number | undefined> {
  const result = await runProgram('id', [flag, name], { env });
  const id = Number(result.stdout.trim());
  return result.exitCode === 0 && Number.isInteger(id) ? id : undefined;
}

export function giveTo(path: string, { uid, gid }: Account): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
