import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';

/** A variable of the worker's environment: `key` (or `path`) is its name. */
export async function envGet(env: CommandEnv, io: CommandIo): Promise<number> {
  const name = param(env, 'key') ?? param(env, 'path');
  if (name === undefined)
    throw new CodedError('parameter_missing', 'The secret needs "key": the name of the variable.');
  const value = env[name];
  if (value === undefined) {
    throw new CodedError('secret_not_found', `${name} is not in the worker's environment.`, {
      hint: `Set it where the worker is started, and hand it on: --pass-env ${name}.`,
    });
  }
  io.stdout(`${JSON.stringify({ [param(env, 'key') ?? 'value']: value })}\n`);
  return 0;
}
