/** Puts together what a pipeline is made of: its file, and the files beside it that it reads. */
import { toBase64 } from '../hcl/functions/bytes.ts';
import { parseConfig } from '../hcl/parse.ts';
import type { Body, Expression } from '../hcl/syntax.ts';
import { CodedError } from '../lib/coded-error.ts';
import { globMatcher } from '../lib/glob.ts';
import { directoryInside, joinInside } from './bundle-path.ts';
import { findCalls } from './find-calls.ts';
import { lockFileOf } from './lock-file.ts';
import type { SourceBundle } from './model.ts';
import { SOURCE_KINDS } from './source.ts';

/** The directory the pipeline's file is in, wherever that is: on a disk, in a repository. Paths are relative to it, with forward slashes. */
export interface BundleReader {
  /**
   * The text, or the bytes of what is no UTF-8; undefined when there is no such file, or it is not one of the directory (a link that leads out of
   * it), or too large.
   */
  read(path: string): Promise<string | Uint8Array | undefined>;
  /** Paths of the files in a directory and below it, relative to the reader's own; none when there is no such directory. */
  list(directory: string): Promise<readonly string[]>;
}

const MOST_FILES = 1_000;
const MOST_BYTES = 8 * 1024 * 1024;
/** A text without any of these words names no file; reading it all to find that out would double the work. */
const MAY_NAME_FILES = /\bsource\b|\bfile|\btemplatefile\b/;
const READS_FILES: ReadonlySet<string> = new Set(['file', 'fileexists', 'filebase64', 'templatefile', 'fileset']);

/**
 * The bundle of a pipeline. A file that is named but not there is left out: the loader says where it is missing. Throws `bundle_too_large`, and
 * `bundle_no_main` when the main file is not there.
 */
export async function makeBundle(main: string, reader: BundleReader): Promise<SourceBundle> {
  const text = await reader.read(main);
  if (typeof text !== 'string') throw new CodedError('bundle_no_main', `There is no file ${main}.`);
  const files: Record<string, string> = { [main]: text };
  const binaries: Record<string, string> = {};
  let bytes = text.length;
  /** Texts to look through, each with the file from which it names others. */
  const waiting = [{ path: main, from: main }];
  const seen = new Set([main]);
  const add = async (path: string): Promise<void> => {
    if (Object.hasOwn(files, path) || Object.hasOwn(binaries, path)) return;
    const found = await reader.read(path);
    if (found === undefined) return;
    if (typeof found === 'string') files[path] = found;
    else binaries[path] = toBase64(found);
    bytes += found.length;
    if (Object.keys(files).length + Object.keys(binaries).length > MOST_FILES || bytes > MOST_BYTES) {
      throw new CodedError(
        'bundle_too_large',
        `${main} reads more than ${MOST_FILES} files or ${MOST_BYTES / 1024 / 1024} MiB of them.`,
      );
    }
  };
  const addNamed = async (name: string, from: string): Promise<string | undefined> => {
    const inside = joinInside(from, name);
    if (inside !== undefined) await add(inside);
    return inside;
  };
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, from } = next;
    const current = files[path] ?? '';
    if (!MAY_NAME_FILES.test(current)) continue;
    const named = namedFiles(parseConfig(current, path).body);
    for (const { source, isModule } of named.sources) {
      const inside = await addNamed(source, from);
      if (inside === undefined || seen.has(inside)) continue;
      seen.add(inside);
      waiting.push({ path: inside, from: isModule ? inside : from });
    }
    for (const file of named.files) await addNamed(file, from);
    for (const { directory, pattern } of named.filesets) {
      const inside = directoryInside(from, directory);
      if (inside === undefined) continue;
      const matches = globMatcher(pattern.replace(/^\.\//, ''));
      const start = inside === '' ? 0 : inside.length + 1;
      for (const file of await reader.list(inside)) if (matches(file.slice(start))) await add(file);
    }
  }
  // What its sources must hold goes with it.
  await add(lockFileOf(main));
  return { main, files, ...(Object.keys(binaries).length > 0 && { binaries }) };
}

interface NamedFiles {
  /** Relative `source` of types and modules; what a module names is relative to the module. */
  readonly sources: readonly { readonly source: string; readonly isModule: boolean }[];
  /** What `file` and its kin read. */
  readonly files: readonly string[];
  /** What `fileset` looks for, and where. */
  readonly filesets: readonly { readonly directory: string; readonly pattern: string }[];
}

/** The files that a body names by plain texts; a path that is computed cannot be known before the pipeline is evaluated. */
function namedFiles(body: Body): NamedFiles {
  const sources: { source: string; isModule: boolean }[] = [];
  const files: string[] = [];
  const filesets: { directory: string; pattern: string }[] = [];
  const kinds: ReadonlySet<string> = new Set([...SOURCE_KINDS, 'module']);
  for (const item of body.items) {
    if (item.kind !== 'block' || !kinds.has(item.type)) continue;
    for (const inner of item.body.items) {
      const text = inner.kind === 'attribute' && inner.name === 'source' ? literalText(inner.expression) : undefined;
      if (text !== undefined && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
        sources.push({ source: text, isModule: item.type === 'module' });
      }
    }
  }
  for (const call of findCalls(body, READS_FILES)) {
    const text = literalText(call.args[0]);
    if (text === undefined) continue;
    if (call.name === 'fileset') filesets.push({ directory: text, pattern: literalText(call.args[1]) ?? '**' });
    else files.push(text);
  }
  return { sources, files, filesets };
}

function literalText(expression: Expression | undefined): string | undefined {
  return expression?.kind === 'literal' && expression.value.kind === 'string' ? expression.value.value : undefined;
}
