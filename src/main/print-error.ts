import { CodedError, errorText } from '../lib/coded-error.ts';

/** One or two lines: what happened and why; what to do. A bug of ours shows its stack. Gives the exit code. */
export function printError(error: unknown): number {
  if (error instanceof CodedError) {
    process.stderr.write(`pikoci: ${error.message}\n${error.hint === undefined ? '' : `        ${error.hint}\n`}`);
    return error.code.startsWith('usage.') ? 2 : 1;
  }
  process.stderr.write(
    `pikoci: a mistake of ours: ${error instanceof Error ? (error.stack ?? error.message) : errorText(error)}\n`,
  );
  return 1;
}
