import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import { fileError } from '../lib/system/file-error.ts';
import { makeBundle } from '../pipeline/bundle.ts';
import { loadPipeline } from '../pipeline/load.ts';
import type { LoadResult } from '../pipeline/load-request.ts';
import type { SourceBundle } from '../pipeline/model.ts';
import type { Builtins, SourceLoader } from '../pipeline/source.ts';
import { directoryReader } from './directory-reader.ts';

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

/** The pipeline's file, and the files of its directory that it reads. Throws `usage.unreadable_file`. */
export async function bundleFile(file: string, cwd: string): Promise<SourceBundle> {
  const path = resolve(cwd, file);
  const text = await readMain(path, file);
  const reader = directoryReader(dirname(path));
  const main = basename(path);
  return makeBundle(main, { ...reader, read: async (name) => (name === main ? text : reader.read(name)) });
}

async function readMain(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CodedError('usage.unreadable_file', fileError(error, 'read', file).message, {
      cause: error,
      hint: 'name the pipeline with --pipeline-config FILE',
    });
  }
}

/** The name a pipeline gets when nobody gives it one: its file's, without the ending. */
export function pipelineNameOf(file: string): string {
  return (
    basename(file)
      .replace(/\.hcl$/i, '')
      .replace(/^\./, '') || 'pipeline'
  );
}
