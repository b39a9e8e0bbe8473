/** Where the kernel's controllers are for a process, and how a cgroup of version 2 gets to hand them on to those below it. */
import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cgroupBase, listCgroup, OWN_LEAF } from './cgroup.ts';
import { errnoCode } from './errno.ts';
import type { CgroupVersion } from './limit-files.ts';
import { readProcess, readProcFile } from './process-table.ts';

export interface ControllerPlace {
  readonly version: CgroupVersion;
  /** The cgroup this process is in, below which groups with limits can be made. */
  readonly base: string;
}

/** Why a limit cannot be set, as the end of a sentence. */
export class LimitRefused extends Error {}

/**
 * Finds where a controller is, from the texts of `/proc/self/mounts` and `/proc/self/cgroup`. A controller is in one hierarchy only, that of
 * version 2 or one of its own. Throws LimitRefused where it is not to be had.
 */
export function placeOfController(controller: string, mounts: string, ownCgroups: string): ControllerPlace {
  const base = cgroupBase(mounts, ownCgroups);
  const given = base === null ? [] : controllersOf(base);
  if (base !== null && given.includes(controller)) return { version: 2, base };
  const separate = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes(controller) === true)?.[1];
  const own = ownCgroups
    .split('\n')
    .find((line) => line.split(':')[1]?.split(',').includes(controller) === true)
    ?.replace(/^\d+:[^:]*:/, '');
  const dir = separate === undefined || own === undefined ? undefined : resolve(separate, `.${own}`);
  // In a container the path may be one that only the machine around it knows.
  if (dir !== undefined && existsSync(dir)) return { version: 1, base: dir };
  if (base === null) throw new LimitRefused('this system shows pikoci no cgroups');
  const what = given.length === 0 ? 'no controllers, so not' : `only ${given.join(', ')} of the controllers, not`;
  throw new LimitRefused(`the cgroup that pikoci runs in, ${base}, was given ${what} ${controller}`);
}

const controllersOf = (dir: string, file = 'cgroup.controllers'): string[] => {
  const path = join(dir, file);
  return existsSync(path) ? readFileSync(path, 'latin1').split(/\s+/).filter(Boolean) : [];
};

/** Everything in the base is moved at most so often: what is there forks meanwhile. */
const ROUNDS = 10;

/**
 * Hands controllers on from the base to `below`, a group in it, and from there to its own. A cgroup with processes in it may not do that (the one at
 * the root may): we and what we started then move into a group beside `below`. Others are not ours to move.
 */
export function handOnControllers(base: string, below: string, controllers: readonly string[]): void {
  for (let round = 1; !enable(base, controllers); round += 1) {
    if (round > ROUNDS) throw new LimitRefused(`processes keep appearing in the cgroup ${base}`);
    moveOwnOutOf(base);
  }
  if (!enable(below, controllers)) throw new LimitRefused(`there are processes in the cgroup ${below}`);
}

/** False when there are processes in the way. */
function enable(dir: string, controllers: readonly string[]): boolean {
  const enabled = controllersOf(dir, 'cgroup.subtree_control');
  const lacking = controllers.filter((controller) => !enabled.includes(controller));
  if (lacking.length === 0) return true;
  try {
    writeFileSync(join(dir, 'cgroup.subtree_control'), lacking.map((controller) => `+${controller}`).join(' '));
    return true;
  } catch (error) {
    if (errnoCode(error) === 'EBUSY') return false;
    throw error;
  }
}

function moveOwnOutOf(base: string): void {
  const inside = listCgroup(base);
  const first = firstOfUs(inside);
  const foreign = inside.find((pid) => !descendsFrom(first, pid));
  if (foreign !== undefined) {
    const name = readProcFile(`${foreign}/comm`)?.toString().trim() ?? 'of another container';
    throw new LimitRefused(`pikoci shares the cgroup ${base} with other processes: ${foreign} (${name})`);
  }
  mkdirSync(join(base, OWN_LEAF), { recursive: true });
  for (const pid of inside) {
    try {
      writeFileSync(join(base, OWN_LEAF, 'cgroup.procs'), String(pid));
    } catch (error) {
      if (errnoCode(error) !== 'ESRCH') throw error;
    }
  }
}

/** This process, or the pikoci that started it: a server and its worker are in one cgroup. */
function firstOfUs(inside: readonly number[]): number {
  let first = process.pid;
  for (;;) {
    const parent = readProcess(first)?.ppid ?? 0;
    if (!inside.includes(parent) || programOf(parent) !== programOf(process.pid)) return first;
    first = parent;
  }
}

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // Gone, or of another user.
  }
}

/** Also of one that is gone meanwhile. */
function descendsFrom(first: number, pid: number): boolean {
  let at = pid;
  while (at > 0 && at !== first) {
    const entry = readProcess(at);
    if (entry === undefined) return true;
    at = entry.ppid;
  }
  return at === first;
}
