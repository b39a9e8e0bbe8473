/** `pikoci import`: a pipeline of another system, as far as it can be said in HCL, and what cannot marked where it stood. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { nearest } from '../../lib/nearest.ts';
import { fileError } from '../../lib/system/file-error.ts';
import type { CommandContext } from '../context.ts';
import { findRemote, withoutCredentials } from '../init/git-remote.ts';
import { refuseExisting, writeNewFile } from '../new-file.ts';
import { convert, type ImportResult } from './convert.ts';
import { filesBeside } from './files-beside.ts';
import { bad } from './read-source.ts';
import { KINDS, type Kind } from './recognize.ts';
import type { FindMistakes } from './settle.ts';
import { importJson, summaryText } from './summary.ts';

export interface ImportOptions {
  readonly output?: string;
  readonly repository?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const STANDARD_OUTPUT = '-';
/** Before it is read at all. */
const MOST_BYTES = 1024 * 1024;

/** Gives the exit code. Throws `usage.*`, `file.*`, `import.*`. */
export async function importPipeline(
  kind: string,
  file: string,
  options: ImportOptions,
  context: CommandContext,
  findMistakes: FindMistakes,
): Promise<number> {
  const known = kindOf(kind);
  const path = resolve(context.cwd, file);
  const output = options.output ?? 'pipeline.hcl';
  const target = resolve(context.cwd, output);
  if (output !== STANDARD_OUTPUT && options.force !== true) refuseExisting(target, output);
  if (output !== STANDARD_OUTPUT && target === path) {
    throw new CodedError('usage.bad_value', `${output} is what is converted`, { hint: 'write to another file' });
  }
  const text = readText(path, file);
  const repository = options.repository ?? (await findRemote(dirname(path)))?.url;
  const surroundings = {
    read: filesBeside(path),
    repository: repository === undefined ? undefined : withoutCredentials(repository),
  };
  const result = await convert(known, text, file, surroundings, findMistakes);
  if (output !== STANDARD_OUTPUT) await writeNewFile(target, output, result.text, options.force === true);
  tell(result, file, output, options, context);
  return 0;
}

function tell(
  result: ImportResult,
  file: string,
  output: string,
  options: ImportOptions,
  { stdout, stderr }: CommandContext,
): void {
  const toOutput = output === STANDARD_OUTPUT;
  if (options.json === true) {
    stdout.write(`${JSON.stringify(importJson(result, file, toOutput ? undefined : output), null, 2)}\n`);
    return;
  }
  if (toOutput) stdout.write(result.text);
  stderr.write(summaryText(result, file, toOutput ? undefined : output));
}

function kindOf(given: string): Kind {
  const kind = KINDS.find((each) => each === given);
  if (kind !== undefined) return kind;
  const near = nearest(given, KINDS);
  throw new CodedError('usage.bad_value', `"${given}" is not a system that pikoci imports from`, {
    hint: near === undefined ? `it imports from ${KINDS.join(', ')}` : `did you mean ${near}?`,
  });
}

function readText(path: string, file: string): string {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(path);
    if (size > MOST_BYTES) {
      throw bad(`${file} has ${(size / 1024 / 1024).toFixed(1)} MiB, and at most 1 MiB is read`, 'is it a pipeline?');
    }
    bytes = readFileSync(path);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CodedError('import.bad_source', `${file} is not text in UTF-8`, { cause: error });
  }
}
