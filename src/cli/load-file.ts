import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import { nearest } from '../lib/nearest.ts';
import { directoryReader } from '../lib/system/directory-reader.ts';
import { fileError } from '../lib/system/file-error.ts';
import { makeBundle } from '../pipeline/bundle.ts';
import { loadPipeline } from '../pipeline/load.ts';
import type { LoadResult } from '../pipeline/load-request.ts';
import type { SourceBundle } from '../pipeline/model.ts';
import type { Builtins, SourceLoader } from '../pipeline/source.ts';

export interface LoadFileRequest {
  /** Relative to `cwd`. */
  readonly file: string;
  readonly cwd: string;
  readonly variables: Readonly<Record<string, Json>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sources: SourceLoader;
  readonly builtins: Builtins;
  /** An http or https address; absent: no registry. */
  readonly registryUrl?: string | undefined;
}

export interface LoadedFile {
  readonly bundle: SourceBundle;
  readonly result: LoadResult;
}

/** Reads a pipeline's file and what it names beside it. Throws `usage.unreadable_file`; what is wrong in it is in the result's diagnostics. */
export async function loadPipelineFile(request: LoadFileRequest): Promise<LoadedFile> {
  const bundle = await bundleFile(request.file, request.cwd);
  const { variables, env, sources, builtins, registryUrl } = request;
  return { bundle, result: await loadPipeline({ bundle, variables, env, sources, builtins, registryUrl }) };
}

/** The pipeline's file, and the files of its directory that it reads. Throws `usage.unreadable_file` and `usage.not_a_pipeline`. */
export async function bundleFile(file: string, cwd: string): Promise<SourceBundle> {
  if (file === '')
    throw new CodedError('usage.bad_value', "the name of the pipeline's file is empty", {
      hint: 'is a variable of your shell not set?',
    });
  const path = resolve(cwd, file);
  const text = await readMain(path, file);
  const reader = directoryReader(dirname(path));
  const main = basename(path);
  return makeBundle(main, { ...reader, read: async (name) => (name === main ? text : reader.read(name)) });
}

async function readMain(path: string, file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readAtMost(path, LARGEST_PIPELINE + 1);
  } catch (error) {
    const hint = await betterFile(path, file);
    throw new CodedError('usage.unreadable_file', fileError(error, 'read', file).message, {
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }
  return textOf(bytes, file);
}

/** What else may have been meant: the pipeline in a directory, or one with a name much like it. */
async function betterFile(path: string, file: string): Promise<string | undefined> {
  const pipelinesIn = async (directory: string): Promise<string[]> => {
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    return names.filter((name) => name.endsWith('.hcl') && !name.endsWith('.lock.hcl')).sort();
  };
  const inside = await pipelinesIn(path);
  if (inside.length > 0) return `it holds ${inside.map((name) => join(file, name)).join(', ')}`;
  const others = await pipelinesIn(dirname(path));
  const near = nearest(basename(path), others);
  if (near !== undefined) return `did you mean ${join(dirname(file), near)}?`;
  return file === 'pipeline.hcl' ? 'name the pipeline with --pipeline-config FILE' : undefined;
}

/** A pipeline of that size would have a hundred thousand lines. */
const LARGEST_PIPELINE = 4 * 1024 * 1024;

/** Never more than the limit, so that a device or a pipe without an end ends too. */
async function readAtMost(path: string, limit: number): Promise<Uint8Array> {
  await using handle = await open(path, 'r');
  const buffer = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const { bytesRead } = await handle.read(buffer, length, limit - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Throws `usage.not_a_pipeline` for what cannot be the text of one. */
function textOf(bytes: Uint8Array, file: string): string {
  const refuse = (what: string, hint: string): CodedError =>
    new CodedError('usage.not_a_pipeline', `${file} ${what}`, { hint });
  if (bytes.length > LARGEST_PIPELINE) {
    throw refuse('has more than 4 MB, too much for a pipeline', 'is it the right file? A pipeline is a text in HCL');
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw refuse('is in UTF-16', 'save it as UTF-8');
  }
  if (bytes.includes(0)) throw refuse('is no text: there are zero bytes in it', 'is it the right file?');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refuse(`is not in UTF-8: line ${lineOfBadByte(bytes)} has a byte that is no character`, 'save it as UTF-8');
  }
}

function lineOfBadByte(bytes: Uint8Array): number {
  const lenient = new TextDecoder('utf-8').decode(bytes);
  return lenient.slice(0, Math.max(0, lenient.indexOf('\ufffd'))).split('\n').length;
}

/** The name a pipeline gets when nobody gives it one: its file's, without the ending. */
export function pipelineNameOf(file: string): string {
  return (
    basename(file)
      .replace(/\.hcl$/i, '')
      .replace(/^\./, '') || 'pipeline'
  );
}
