/**
 * Unpacks an archive into a directory, all or nothing. In steps:
 *
 * 1. Everything is unpacked into a new directory of its own, which nobody else knows, so no path in it leads anywhere else: a name is refused
 *    when the name above it is not a directory of this archive.
 * 2. When all of it was read, what was unpacked is moved into place: whole directories where nothing is yet, else name by name. What is there under
 *    a name is replaced, a link that is there never followed.
 * 3. Modes and times of directories come last, because moving things changes them.
 */
import { constants, type Stats } from 'node:fs';
import { chmod, lstat, lutimes, mkdir, open, readdir, rename, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { removeTreeInTurns } from '../../lib/system/remove-tree.ts';
import { ARCHIVE_LIMITS, type ArchiveEntry, type ArchiveLimits, checkLimits, forbidden } from './archive-entry.ts';
import { readArchive } from './read-tar.ts';

export interface Unpacked {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * `scratch`: a path on the same disk as `into`, where nothing is; it is gone afterwards. `archiveBytes` is the size of the archive. Throws `archive.corrupt`,
 * `archive.forbidden`, `archive.too_much`, and what the disk says (ENOSPC).
 */
export async function unpackArchive(
  archive: AsyncIterable<Uint8Array>,
  into: string,
  options: {
    readonly scratch: string;
    readonly archiveBytes: number;
    readonly limits?: ArchiveLimits;
    readonly signal?: AbortSignal;
  },
): Promise<Unpacked> {
  const { scratch, archiveBytes, limits = ARCHIVE_LIMITS, signal } = options;
  const kinds = new Map<string, ArchiveEntry['kind']>();
  const directories: Extract<ArchiveEntry, { kind: 'directory' }>[] = [];
  let bytes = 0;
  await mkdir(scratch, { mode: 0o700 });
  try {
    for await (const { entry, bytes: content } of readArchive(archive)) {
      signal?.throwIfAborted();
      if (kinds.has(entry.path)) throw forbidden(`has ${JSON.stringify(entry.path)} twice`);
      await makeParents(scratch, entry.path, kinds);
      kinds.set(entry.path, entry.kind);
      const path = join(scratch, entry.path);
      switch (entry.kind) {
        case 'directory':
          await mkdir(path, { mode: 0o700 });
          directories.push(entry);
          break;
        case 'link':
          await symlink(entry.target, path);
          await lutimes(path, entry.mtime, entry.mtime);
          break;
        case 'file':
          checkLimits(limits, { entries: kinds.size, unpackedBytes: bytes + entry.size, archiveBytes });
          await writeFile(path, entry, content, signal);
          bytes += entry.size;
          break;
      }
      checkLimits(limits, { entries: kinds.size, unpackedBytes: bytes, archiveBytes });
    }
    await moveInto(scratch, into);
    for (const entry of directories.toReversed()) {
      const path = join(into, entry.path);
      await chmod(path, entry.mode);
      await utimes(path, entry.mtime, entry.mtime);
    }
    return { entries: kinds.size, bytes };
  } finally {
    await removeTreeInTurns(scratch);
  }
}

/** Directories that the archive does not name; what it names must be one. */
async function makeParents(root: string, path: string, kinds: Map<string, ArchiveEntry['kind']>): Promise<void> {
  const parent = dirname(path);
  if (parent === '.') return;
  const kind = kinds.get(parent);
  if (kind === 'directory') return;
  if (kind !== undefined)
    throw forbidden(`has ${JSON.stringify(path)} in ${JSON.stringify(parent)}, which is a ${kind}`);
  await makeParents(root, parent, kinds);
  kinds.set(parent, 'directory');
  await mkdir(join(root, parent), { mode: 0o755 });
}

async function writeFile(
  path: string,
  entry: Extract<ArchiveEntry, { kind: 'file' }>,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    for await (const part of content) {
      signal?.throwIfAborted();
      for (let at = 0; at < part.byteLength; ) at += (await file.write(part, at)).bytesWritten;
    }
    await file.chmod(entry.mode);
    await file.utimes(entry.mtime, entry.mtime);
  } finally {
    await file.close();
  }
}

async function moveInto(from: string, to: string): Promise<void> {
  const there = await lstatOrNothing(to);
  if (there === undefined || (there.isDirectory() && (await isEmpty(to)))) {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
    await chmod(to, there === undefined ? 0o755 : there.mode & 0o7777);
    return;
  }
  if (!there.isDirectory()) {
    throw new CodedError('archive.in_the_way', `${to} is there already, and is no directory`, {
      hint: 'remove it in the task before, or give the resource another name: params { name = "…" }',
    });
  }
  for (const found of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, found.name), join(to, found.name)];
    const old = await lstatOrNothing(target);
    if (found.isDirectory() && old?.isDirectory() === true) await moveInto(source, target);
    else {
      if (old !== undefined) await rm(target, { recursive: true, force: true });
      await rename(source, target);
    }
  }
}

async function lstatOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const isEmpty = async (path: string): Promise<boolean> => (await readdir(path)).length === 0;
