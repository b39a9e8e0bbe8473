import { CodedError } from '../coded-error.ts';
import { errnoCode } from './errno.ts';
import { scriptInterpreter } from './executable.ts';

/** Says in words why the system did not start a program. `file` is what the command's first word was found to be. */
export function spawnError(error: unknown, file: string, argv: readonly string[]): CodedError {
  if (error instanceof CodedError) return error;
  const code = errnoCode(error);
  switch (code) {
    case 'E2BIG': {
      const bytes = argv.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
      return new CodedError(
        'exec.arguments_too_long',
        `cannot run ${file}: its arguments (${bytes} bytes) and environment are too long`,
        {
          hint: 'one argument may have 128 KiB; write what is long to a file, or give it on standard input',
          cause: error,
        },
      );
    }
    case 'ENOENT': {
      const interpreter = scriptInterpreter(file);
      return new CodedError(
        'exec.bad_interpreter',
        interpreter === undefined
          ? `cannot run ${file}: the loader it was built for is not on this machine`
          : `cannot run ${file}: its first line names ${JSON.stringify(interpreter)}, which is not there`,
        {
          hint: interpreter?.endsWith('\r')
            ? 'the line ends in CR LF: store the file with LF line ends'
            : 'install it on the worker, or build the program for this system',
          cause: error,
        },
      );
    }
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return new CodedError(
        'exec.no_resources',
        `cannot run ${file}: the worker has no more processes, memory or files (${code})`,
        {
          hint: 'run fewer steps at once (--concurrency), or raise the limits (ulimit -a)',
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
      return new CodedError('exec.not_executable', `cannot run ${file}: the system refuses it (${code})`, {
        hint: 'check the permissions of the file, of its directories and of the working directory, and whether the disk is mounted noexec',
        cause: error,
      });
    default:
      return new CodedError(
        'exec.failed',
        `cannot run ${file}: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
  }
}
