/**
 * The layers of an image, one on the other, as a directory of files.
 *
 * 1. What a layer takes away comes first: `.wh.NAME` removes a name, `.wh..wh..opq` empties its directory of what lower layers put there.
 * 2. Then its files, directories and links; devices and pipes are left out, owners are not kept.
 * 3. A path through a symbolic link is followed inside the directory, as it would be with the directory as root: never out of it.
 */
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { extract, list, type ReadEntry } from 'tar';
import { CodedError } from '../../lib/coded-error.ts';

const OPAQUE = '.wh..wh..opq';
const WHITEOUT = '.wh.';
const KEPT = ['File', 'OldFile', 'ContiguousFile', 'Directory', 'SymbolicLink', 'Link'];
const MOST_ENTRIES = 1_000_000;

export async function addLayer(root: string, file: string): Promise<void> {
  mkdirSync(root, { recursive: true });
  let count = 0;
  await list({
    file,
    onReadEntry(entry) {
      count += 1;
      const name = basename(entry.path);
      if (count > MOST_ENTRIES) throw new CodedError('layer_too_large', `A layer has more than ${MOST_ENTRIES} files.`);
      if (name.startsWith(WHITEOUT)) takeAway(root, entry.path, name);
    },
  });
  // In order and one at a time: where an entry goes depends on the links before it.
  extract({
    file,
    sync: true,
    cwd: root,
    preserveOwner: false,
    // `place` sees to where everything goes; else absolute links would be made relative.
    preservePaths: true,
    unlink: true,
    filter(path, entry) {
      if (!('type' in entry) || !KEPT.includes(entry.type) || basename(path).startsWith(WHITEOUT)) return false;
      place(root, entry as ReadEntry);
      return true;
    },
  });
}

function takeAway(root: string, path: string, name: string): void {
  const dir = insideRoot(root, dirname(path));
  if (name !== OPAQUE) {
    const hidden = name.slice(WHITEOUT.length);
    if (hidden !== '' && hidden !== '.' && hidden !== '..') rmSync(join(dir, hidden), { recursive: true, force: true });
    return;
  }
  if (lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const child of readdirSync(dir)) rmSync(join(dir, child), { recursive: true, force: true });
}

function place(root: string, entry: ReadEntry): void {
  const path = entry.path.replace(/\/+$/, '');
  const parent = insideRoot(root, dirname(path));
  makeDirectory(root, parent);
  const target = join(parent, basename(path));
  // A directory over a link to a directory means the one it leads to.
  const over = entry.type === 'Directory' ? insideRoot(root, path) : target;
  entry.path = relative(root, over) || '.';
  if (entry.type === 'Link' && entry.linkpath !== undefined) {
    const linked = join(insideRoot(root, dirname(entry.linkpath)), basename(entry.linkpath));
    entry.linkpath = relative(root, linked);
  }
}

/** What is a file in a lower layer may be a directory in this one. */
function makeDirectory(root: string, dir: string): void {
  if (lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dir !== root) makeDirectory(root, dirname(dir));
  rmSync(dir, { force: true });
  mkdirSync(dir);
}

/** Where a path of the image is, its links followed with `root` as root. */
function insideRoot(root: string, path: string): string {
  const waiting = path.split('/');
  let at: string[] = [];
  let links = 0;
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      at.pop();
      continue;
    }
    const full = join(root, ...at, part);
    if (lstatSync(full, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      at.push(part);
      continue;
    }
    links += 1;
    if (links > 40) throw new CodedError('layer_broken', `A layer has links in a circle at ${path}.`);
    const target = readlinkSync(full);
    if (target.startsWith('/')) at = [];
    waiting.unshift(...target.split('/'));
  }
  return join(root, ...at);
}
