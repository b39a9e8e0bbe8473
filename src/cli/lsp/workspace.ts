/** The files that an editor has open, as they are on the screen, and those beside them, as they are on the disk. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { DirectoryEntry, ListDirectory } from '../../language/complete-text.ts';
import { directoryReader } from '../../lib/system/directory-reader.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { type BundleReader, makeBundle } from '../../pipeline/bundle.ts';
import type { SourceBundle } from '../../pipeline/model.ts';

/** Directories whose files nobody names in a pipeline. */
const NOT_OFFERED: ReadonlySet<string> = new Set(['.git', 'node_modules']);
const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

/** Where a document lies. One that was never saved lies nowhere, and sees no other file. */
export interface Location {
  /** What messages and the bundle call it. */
  readonly name: string;
  readonly directory: string | undefined;
}

export function locationOf(uri: string): Location {
  const path = pathOf(uri);
  if (path === undefined) return { name: 'pipeline.hcl', directory: undefined };
  return { name: basename(path), directory: dirname(path) };
}

export function pathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch (error) {
    // An address such as file://other-machine/x, or one with a slash in disguise.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Whether a document is one to say something about: a file of HCL, or a new one that the editor calls so. */
export function isWanted({ uri, languageId }: Pick<TextDocument, 'uri' | 'languageId'>): boolean {
  const path = pathOf(uri);
  return path === undefined
    ? ['hcl', 'pikoci'].includes(languageId) && !uri.startsWith('file:')
    : path.endsWith('.hcl');
}

export class Workspace {
  readonly #open: () => readonly TextDocument[];
  #folders: readonly string[] = [];

  /** `open` gives the documents that are open now. */
  constructor(open: () => readonly TextDocument[]) {
    this.#open = open;
  }

  /** The directories that the editor has open, by their addresses. */
  setFolders(uris: readonly string[]): void {
    this.#folders = uris.flatMap((uri) => pathOf(uri) ?? []);
  }

  folders(): readonly string[] {
    return this.#folders;
  }

  /** The pipeline in a document, with the files it names: unsaved ones as the editor has them. */
  async bundle(document: TextDocument): Promise<SourceBundle> {
    const { name, directory } = locationOf(document.uri);
    const text = document.getText();
    if (directory === undefined) return { main: name, files: { [name]: text } };
    const disk = directoryReader(directory);
    const reader: BundleReader = {
      read: async (path) => {
        if (path === name) return text;
        return this.openText(join(directory, path)) ?? disk.read(path);
      },
      list: (path) => disk.list(path),
    };
    return makeBundle(name, reader);
  }

  /** What lies in the directories beside a document. */
  lister(uri: string): ListDirectory {
    const { directory } = locationOf(uri);
    return async (inside) => {
      if (directory === undefined) return [];
      const wanted = resolve(directory, inside);
      // Nothing outside the directory can be read by a pipeline.
      return wanted === directory || wanted.startsWith(join(directory, '/')) ? entriesOf(wanted) : [];
    };
  }

  /** The address of a file as the editor says it, if it is open there. */
  uriOf(path: string): string {
    return this.#open().find(({ uri }) => pathOf(uri) === path)?.uri ?? pathToFileURL(path).href;
  }

  /** The text of a file that is open, as the editor has it. */
  openText(path: string): string | undefined {
    return this.#open()
      .find(({ uri }) => pathOf(uri) === path)
      ?.getText();
  }
}

async function entriesOf(directory: string): Promise<readonly DirectoryEntry[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter(({ name }) => !NOT_OFFERED.has(name))
      .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
      .sort((a, b) => Number(b.isDirectory) - Number(a.isDirectory) || (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (NOTHING_THERE.has(errnoCode(error))) return [];
    throw error;
  }
}
