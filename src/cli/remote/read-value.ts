/** Reads what must not be on a command line: from a file, a pipe, or the person at the terminal. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { CommandContext } from '../context.ts';

interface AskedValue {
  /** `the secret token`. */
  readonly what: string;
  readonly question: string;
  readonly file: string | undefined;
  /** What to do instead of giving an empty one. */
  readonly whenEmpty: string;
  readonly context: CommandContext;
}

/** One line loses its line feed, which the editor or `echo` put there; a key of several lines keeps all of them. */
export async function readValue(asked: AskedValue): Promise<string> {
  const text = await readGiven(asked);
  const alone = /^([^\r\n]*)\r?\n$/.exec(text);
  const value = alone?.[1] ?? text;
  if (value !== '') return value;
  throw new CodedError('usage.bad_value', `${asked.what} would be empty, so it was not set`, {
    hint: asked.whenEmpty,
  });
}

async function readGiven({ what, question, file, context }: AskedValue): Promise<string> {
  if (file !== undefined && file !== '-') {
    const path = resolve(context.cwd, file);
    try {
      return decode(await readFile(path), path);
    } catch (cause) {
      if (cause instanceof CodedError) throw cause;
      throw new CodedError('usage.bad_value', `--from-file ${file} cannot be read: ${errorText(cause)}`, { cause });
    }
  }
  if (file === undefined && context.askHidden !== undefined) return await context.askHidden(question);
  if (context.readInput !== undefined) return decode(await context.readInput(), 'standard input');
  throw new CodedError('usage.missing', `what is ${what}?`, {
    hint: 'give it with --from-file FILE, or by a pipe',
  });
}

function decode(bytes: Uint8Array, from: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CodedError('usage.bad_value', `${from} is not UTF-8 text`, {
      hint: 'encode it, for example with base64, and decode it in the step',
      cause,
    });
  }
}
