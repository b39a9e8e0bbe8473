/**
 * Which files, directories and links `paths` means, below a directory. A path without a pattern that names a directory means all of it. Links are
 * taken as links and never followed. Memory grows with the count of what is found, not with its size.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { globMatcher } from '../../lib/glob.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { ARCHIVE_LIMITS, type ArchiveEntry, type ArchiveLimits, isInside, tooMuch } from './archive-entry.ts';

export interface Selection {
  /** In the order of their paths' bytes: a directory before what is in it. */
  readonly entries: readonly ArchiveEntry[];
  /** Those of the patterns that nothing matches. */
  readonly unmatched: readonly string[];
  /** What cannot be in an archive, and why. */
  readonly leftOut: readonly string[];
}

const hasPattern = (text: string): boolean => /[*?[{]/.test(text);

/**
 * The directory that the archive is made of, unless it is said: what all paths have in common before their first pattern. `dist/**` is all of
 * `dist`, so what is in `dist` lies at the top of the archive; `dist/app` and `docs/**` have nothing in common.
 */
export function commonDirectory(patterns: readonly string[]): string {
  const fixed = patterns
    .filter((pattern) => !pattern.startsWith('!'))
    .map((pattern) => {
      const parts = tidy(pattern).split('/');
      const first = parts.findIndex(hasPattern);
      // The last part is the file itself, or the directory whose name is to stay.
      return parts.slice(0, first < 0 ? parts.length - 1 : first);
    });
  const [shortest = [], ...others] = fixed;
  let length = 0;
  while (length < shortest.length && others.every((parts) => parts[length] === shortest[length])) length += 1;
  return shortest.slice(0, length).join('/');
}

/** Without `./` and a slash at the end. */
export const tidy = (pattern: string): string => posix.normalize(pattern).replace(/\/+$/, '');

/**
 * `patterns` are relative to `root`; one that begins with `!` takes away. Throws `archive.link_outside`, `archive.unreadable`,
 * `archive.too_much`.
 */
export async function selectPaths(
  root: string,
  patterns: readonly string[],
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): Promise<Selection> {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map((pattern) => readPattern(pattern));
  const unwanted = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => readPattern(pattern.slice(1)));
  const matched = new Set<string>();
  const entries = new Map<string, ArchiveEntry>();
  const leftOut: string[] = [];

  /** True when it, or something in it, is taken. */
  async function visit(directory: string, all: boolean): Promise<boolean> {
    let took = false;
    for (const found of await names(join(root, directory))) {
      const path = directory === '' ? found.name : `${directory}/${found.name}`;
      if (unwanted.some((pattern) => pattern.matches(path))) continue;
      const by = wanted.filter((pattern) => pattern.matches(path));
      for (const pattern of by) matched.add(pattern.text);
      const taken = all || by.length > 0;
      if (found.isDirectory()) {
        // A name without a pattern stands for all that is in it.
        const whole = all || by.some((pattern) => !pattern.isGlob);
        const inside =
          whole || wanted.some((pattern) => pattern.mayMatchBelow(path)) ? await visit(path, whole) : false;
        if (taken || inside) await add(path, found);
        took ||= taken || inside;
      } else if (taken) {
        await add(path, found);
        took = true;
      }
    }
    return took;
  }

  async function add(path: string, found: Dirent): Promise<void> {
    const stat = await lstat(join(root, path)).catch((error: unknown) => goneOrNamed(path, error));
    // Somebody took it away since it was listed.
    if (stat === undefined) return;
    const common = { path, mode: stat.mode & 0o777, mtime: Math.floor(stat.mtimeMs / 1_000) };
    if (found.isDirectory()) entries.set(path, { kind: 'directory', ...common });
    else if (stat.isFile()) entries.set(path, { kind: 'file', ...common, size: stat.size });
    else if (stat.isSymbolicLink()) {
      const target = await readlink(join(root, path));
      if (!isInside(path, target)) throw linkOutside(path, target);
      // Links have no modes of their own.
      entries.set(path, { kind: 'link', ...common, mode: 0o777, target });
    } else leftOut.push(`${path} is neither a file, a directory nor a link`);
    if (entries.size > limits.entries) {
      throw tooMuch(`there are more than ${limits.entries} files and directories in ${patterns.join(', ')}`);
    }
  }

  await visit('', false);
  const sorted = [...entries.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return { entries: sorted, unmatched: wanted.map(({ text }) => text).filter((text) => !matched.has(text)), leftOut };
}

function readPattern(text: string) {
  const clean = tidy(text);
  const isGlob = hasPattern(clean);
  const parts = clean.split('/');
  return {
    text,
    isGlob,
    matches: isGlob ? globMatcher(clean) : (path: string) => path === clean || clean === '.',
    /** Whether something below this directory could match: else it is not looked into. */
    mayMatchBelow(directory: string): boolean {
      if (!isGlob) return clean.startsWith(`${directory}/`);
      const above = directory.split('/');
      const doubled = parts.findIndex((part) => part.includes('**') || part.includes('{'));
      const fixed = doubled < 0 ? parts.length : doubled;
      if (doubled < 0 && above.length >= parts.length) return false;
      const length = Math.min(above.length, fixed);
      return globMatcher(parts.slice(0, length).join('/'))(above.slice(0, length).join('/')) || length === 0;
    },
  };
}

async function names(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    const errno = errnoCode(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return [];
    throw unreadable(directory, error);
  }
}

/** The directory itself, through links, when it lies in the build's; a link that leads out of it is not followed. */
export async function insideOf(workDir: string, directory: string): Promise<string> {
  const path = await realpath(join(workDir, directory)).catch((error: unknown) => {
    if (errnoCode(error) === 'ENOENT') return join(workDir, directory);
    throw unreadable(directory, error);
  });
  const root = await realpath(workDir);
  if (path === root || path.startsWith(`${root}/`)) return path;
  throw new CodedError('archive.link_outside', `${directory} is a link that leads out of the build's directory`, {
    hint: 'name the directory it leads to, or copy what is in it',
  });
}

/** What was listed and cannot be found has a name that no text can say, or is gone. */
function goneOrNamed(path: string, error: unknown): undefined {
  if (errnoCode(error) !== 'ENOENT') throw unreadable(path, error);
  if (!path.includes('\ufffd')) return undefined;
  throw new CodedError('archive.bad_name', `${path} has a name that is no UTF-8`, {
    hint: 'rename it, or take it out with a pattern such as "!dir/*.tmp"',
    cause: error,
  });
}

function linkOutside(path: string, target: string): CodedError {
  return new CodedError(
    'archive.link_outside',
    `${path} is a link to ${target}, which lies outside of what is packed`,
    { hint: `copy what it leads to, take it out with "!${path}", or give a dir higher up` },
  );
}

export function unreadable(path: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CodedError('archive.unreadable', `${path} cannot be read: ${why}`, {
    cause,
    hint: 'does it belong to another user, because a container wrote it? chown it in the task',
  });
}
