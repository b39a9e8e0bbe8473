/** The files of the workspace that call a file as a module: what is renamed in the one is renamed in the others. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { TextEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { PipelineDocument } from '../../language/document.ts';
import { usesOfModule } from '../../language/modules.ts';
import { directoryReader } from '../../lib/system/directory-reader.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { joinInside } from '../../pipeline/bundle-path.ts';
import type { Builtins } from '../../pipeline/source.ts';
import { rangeIn } from './ranges.ts';
import { pathOf, type Workspace } from './workspace.ts';

/** More files than this are no repository of pipelines. */
const MOST_FILES = 5_000;

export interface Renamed {
  readonly kind: 'variable' | 'output';
  readonly name: string;
  readonly wanted: string;
}

/**
 * The edits in each file that calls `uri` as a module and names what is renamed, by the file's address. Undefined: the workspace has more files than are
 * looked through.
 */
export async function editsOfCallers(
  uri: string,
  { kind, name, wanted }: Renamed,
  workspace: Workspace,
  builtins: Builtins,
): Promise<Readonly<Record<string, TextEdit[]>> | undefined> {
  const path = pathOf(uri);
  if (path === undefined) return {};
  const files = await filesBeside(path, workspace);
  if (files.length > MOST_FILES) return undefined;
  const changes: Record<string, TextEdit[]> = {};
  for (const file of files) {
    if (file === path) continue;
    const text = workspace.openText(file) ?? (await textOf(file));
    // Parsing what does not even name the file would be in vain.
    if (text === undefined || !text.includes(basename(path))) continue;
    const caller = new PipelineDocument({ file: basename(file), text, builtins });
    const isThat = (source: string): boolean => {
      const inside = joinInside(basename(file), source);
      return inside !== undefined && join(dirname(file), inside) === path;
    };
    const spans = usesOfModule(caller, kind, name, isThat);
    if (spans.length === 0) continue;
    const at = workspace.uriOf(file);
    const document = TextDocument.create(at, 'pikoci', 0, text);
    changes[at] = spans.map((span) => ({ range: rangeIn(document, span), newText: wanted }));
  }
  return changes;
}

/** Sources lead into the directory of the file that names them, so callers lie beside the module or above it, in its own folder of the workspace. */
async function filesBeside(path: string, workspace: Workspace): Promise<readonly string[]> {
  const folder = workspace.folders().find((root) => !relative(root, path).startsWith(`..${sep}`)) ?? dirname(path);
  const found = await directoryReader(folder).list('');
  return found.filter((file) => file.endsWith('.hcl')).map((file) => join(folder, file));
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EISDIR'].includes(errnoCode(error))) return undefined;
    throw error;
  }
}
