import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv } from '../builtin-command.ts';
import { runProgram } from '../run-program.ts';

/** Undefined when docker works here, else why it does not. */
export async function whyNoDocker(env: CommandEnv): Promise<string | undefined> {
  try {
    const { exitCode, stdout, stderr } = await runProgram('docker', ['version', '--format', '{{.Server.Version}}'], {
      env,
    });
    if (exitCode === 0 && stdout.trim() !== '') return undefined;
    const said = stderr.trim().split('\n').at(-1) ?? '';
    return said === '' ? 'docker does not answer' : said;
  } catch (error) {
    if (error instanceof CodedError)
      return error.code === 'program_missing' ? 'docker is not installed' : error.message;
    throw error;
  }
}
