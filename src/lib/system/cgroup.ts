/**
 * A control group for a step, where the system lets us make one: what is in it can be killed in one go, whatever it forks
 * and whoever it has become. Where it does not (no cgroup v2, no permission, a container) everything works without.
 *
 * Moving a process costs the kernel up to 20 ms, so only what lives a while is moved (see process.ts), and asynchronously.
 * What a directory is called: `<base>/pikoci/<pid>.<start ticks>.<cookie>`, the numbers being those of the pikoci that made it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errnoCode } from './errno.ts';
import { readProcess, readProcFile } from './process-table.ts';

/** What the system answers when it does not want us to have, change or see a cgroup. */
const REFUSALS = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EROFS',
  'EBUSY',
  'ENODEV',
  'EOPNOTSUPP',
  'EINVAL',
  'EAGAIN',
  'ENOSPC',
]);
/** The group that we move into ourselves where our own must be empty, see cgroup-controllers.ts. */
export const OWN_LEAF = 'pikoci-itself';
const IN_OWN_LEAF = new RegExp(`/${OWN_LEAF}$`);
const OWNED_NAME = /^(\d+)\.(\d+)\.[0-9a-f]{16}$/;

let base: string | null | undefined;
let ownStartTicks: number | undefined;

/**
 * The directory of the cgroup this process is in, from the texts of `/proc/self/mounts` and `/proc/self/cgroup`: the place
 * where, if anywhere, we may make groups of our own. Null without cgroup v2.
 */
export function cgroupBase(mounts: string, ownCgroups: string): string | null {
  const mount = mounts.split('\n').flatMap((line) => (line.split(' ')[2] === 'cgroup2' ? [line.split(' ')[1]] : []))[0];
  const own = ownCgroups
    .split('\n')
    .find((line) => line.startsWith('0::'))
    ?.slice(3)
    .replace(IN_OWN_LEAF, '');
  // Outside of a cgroup namespace's root the path starts with `/..`: we are not in the mounted tree.
  return mount === undefined || own === undefined || own.startsWith('/..') ? null : resolve(mount, `.${own}`);
}

/** Where the cgroup of the process with this cookie would be, or undefined where there can be none. Nothing is made yet. */
export function cgroupFor(cookie: string): string | undefined {
  base ??= cgroupBase(readProcFile('self/mounts')?.toString() ?? '', readProcFile('self/cgroup')?.toString() ?? '');
  return base === null ? undefined : cgroupWithin(base, cookie);
}

/** The same below the cgroup that this process has in another hierarchy. */
export function cgroupWithin(within: string, cookie: string): string | undefined {
  ownStartTicks ??= readProcess(process.pid)?.startTicks;
  return ownStartTicks === undefined ? undefined : join(within, 'pikoci', `${process.pid}.${ownStartTicks}.${cookie}`);
}

/** Makes the cgroup. False if the system refuses: do without. */
export function createCgroup(dir: string): boolean {
  const make = (): boolean => allowed(() => mkdirSync(dir, { recursive: true }));
  // Another pikoci may just have removed the parent directory, as the last to use it.
  return make() || make();
}

/** Moves a living process in. False if the system refuses; true also if the process was gone already. */
export async function moveIntoCgroup(dir: string, pid: number): Promise<boolean> {
  try {
    await writeFile(join(dir, 'cgroup.procs'), String(pid));
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ESRCH') return true;
    if (REFUSALS.has(errnoCode(error))) return false;
    throw error;
  }
}

/** The processes in it; none if it does not exist. */
export function listCgroup(dir: string): number[] {
  let pids: number[] = [];
  allowed(() => {
    pids = readFileSync(join(dir, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number);
  });
  return pids;
}

/** Kills all that is in it and in the groups below it, at once (Linux 5.14). Without that call the caller's own search has to do. */
export function killCgroup(dir: string): void {
  allowed(() => {
    if (existsSync(join(dir, 'cgroup.kill'))) writeFileSync(join(dir, 'cgroup.kill'), '1');
  });
}

/** Removes an empty cgroup, the groups below it first, and our parent directory with the last of them. False if it is still in use. */
export function removeCgroup(dir: string): boolean {
  if (!existsSync(dir)) return true;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(dir, entry.name));
  }
  const removed = allowed(() => rmdirSync(dir));
  if (removed && OWNED_NAME.test(dir.slice(dirname(dir).length + 1))) allowed(() => rmdirSync(dirname(dir)));
  return removed;
}

/** Removes a cgroup whose processes have just been killed: the kernel may take a moment to let go of them. */
export async function discardCgroup(dir: string): Promise<void> {
  for (let pauseMs = 1; pauseMs <= 64 && !removeCgroup(dir); pauseMs *= 2) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/**
 * Removes the empty cgroups whose pikoci is dead, below our own or below another that is given. Those with processes in them belong to a journal
 * that will settle them.
 */
export function pruneCgroups(within?: string): void {
  const example = within === undefined ? cgroupFor('') : cgroupWithin(within, '');
  if (example === undefined || !existsSync(dirname(example))) return;
  for (const name of readdirSync(dirname(example))) {
    const [, pid, startTicks] = OWNED_NAME.exec(name) ?? [];
    if (pid !== undefined && readProcess(Number(pid))?.startTicks !== Number(startTicks)) {
      removeCgroup(join(dirname(example), name));
    }
  }
}

function allowed(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (REFUSALS.has(errnoCode(error)) || errnoCode(error) === 'ENOTEMPTY') return false;
    throw error;
  }
}
