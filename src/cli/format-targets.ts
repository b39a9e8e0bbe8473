import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';

/** A file to format. */
export interface FormatTarget {
  /** As it is called towards the user. */
  readonly name: string;
  /** Where it is, links followed: a link to a file stays one, and the file is what changes. */
  readonly path: string;
}

export interface FormatTargets {
  readonly targets: FormatTarget[];
  /** Paths that lead to nothing that could be formatted. */
  readonly problems: CodedError[];
  /** Directories without a file to format. */
  readonly empty: string[];
}

/** Nobody's pipelines are in there. */
const NOT_SEARCHED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/**
 * The files that some paths name: a file itself, whatever its name ends in; of a directory the `*.hcl` files, and with
 * `recursive` those of the directories in it. Links to directories are not followed, a file that is named twice is
 * given once. In the order of the paths, inside a directory by name.
 */
export async function findFormatTargets(
  paths: readonly string[],
  { cwd, recursive }: { readonly cwd: string; readonly recursive: boolean },
): Promise<FormatTargets> {
  const found: FormatTargets = { targets: [], problems: [], empty: [] };
  for (const name of paths) {
    await attempt(name, found, async () => {
      // It would mean this directory, and all that is in it would be formatted.
      if (name === '')
        throw new CodedError('usage.bad_value', 'a path is empty', { hint: 'is a variable of your shell not set?' });
      const path = await realpath(resolve(cwd, name));
      const about = await stat(path);
      if (about.isFile()) add(found, { name, path });
      else if (about.isDirectory()) {
        const any = await addDirectory(found, { name: name === '.' ? '' : name, path }, recursive);
        if (!any) found.empty.push(name);
      } else throw new CodedError('file.wrong_kind', `cannot format ${name}: it is neither a file nor a directory`);
    });
  }
  return found;
}

/** What fails for one path does not keep the others. */
async function attempt(name: string, found: FormatTargets, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    found.problems.push(fileError(error, 'read', name));
  }
}

function add(found: FormatTargets, target: FormatTarget): void {
  if (!found.targets.some(({ path }) => path === target.path)) found.targets.push(target);
}

/** False: there is nothing in it to format. */
async function addDirectory(found: FormatTargets, directory: FormatTarget, recursive: boolean): Promise<boolean> {
  const entries = await readdir(directory.path, { withFileTypes: true });
  const links: FormatTarget[] = [];
  let any = false;
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = { name: join(directory.name, entry.name), path: join(directory.path, entry.name) };
    const isHcl = entry.name.endsWith('.hcl') && !entry.isDirectory();
    any ||= isHcl;
    if (entry.isFile() && isHcl) add(found, inner);
    else if (entry.isSymbolicLink() && isHcl) links.push(inner);
    else if (entry.isDirectory() && recursive && !NOT_SEARCHED.has(entry.name)) {
      await attempt(inner.name, found, async () => {
        any = (await addDirectory(found, inner, recursive)) || any;
      });
    }
  }
  // A file is better called by its own name than by that of a link to it.
  for (const { name, path } of links) {
    await attempt(name, found, async () => {
      const target = await realpath(path);
      if ((await stat(target)).isFile()) add(found, { name, path: target });
    });
  }
  return any;
}
