/**
 * Limits for a process and everything it starts: a cgroup in each hierarchy that has a controller which is needed, with the limits written down
 * before the process is in it. What cannot be enforced is an error, `limit.not_possible`, and nothing is started.
 *
 * No runtime can start a process in another cgroup than its own. So the program is held back: a shell waits in its place for a line on the
 * descriptor `gate`, is moved, and then becomes the program. If we die meanwhile it gets no line, and starts nothing.
 */
import { closeSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '../coded-error.ts';
import { cgroupWithin, discardCgroup, pruneCgroups, removeCgroup } from './cgroup.ts';
import { type ControllerPlace, handOnControllers, LimitRefused, placeOfController } from './cgroup-controllers.ts';
import { errnoCode } from './errno.ts';
import { createPipe } from './libc.ts';
import { type ControllerLimit, limitFiles, type ResourceLimits } from './limit-files.ts';
import { readProcFile } from './process-table.ts';

export interface LimitedGroup {
  /** What the held process reads from. */
  readonly gate: number;
  /** Moves the held process in and lets it become its program. */
  admit(pid: number): Promise<void>;
  /** The limits that were met until now: of memory, when the kernel killed for it. */
  met(): readonly (keyof ResourceLimits)[];
  /** When nothing is left in it. */
  remove(): Promise<void>;
}

interface Placed extends ControllerPlace {
  readonly dir: string;
  readonly limits: ControllerLimit[];
}

/** `placeOf` finds the controllers. */
export function createLimitedGroup(
  cookie: string,
  limits: ResourceLimits,
  placeOf: (controller: string) => ControllerPlace = ownPlaceOf,
): LimitedGroup {
  const placed = refusable(() => place(cookie, limitFiles(limits), placeOf));
  let ends: ReturnType<typeof createPipe>;
  try {
    refusable(() => placed.forEach(prepare));
    ends = createPipe();
  } catch (error) {
    for (const { dir } of placed) removeCgroup(dir);
    throw error;
  }
  const { readEnd, writeEnd } = ends;
  let gate: number | undefined = writeEnd;
  const closeGate = (): void => {
    if (gate === undefined) return;
    closeSync(readEnd);
    closeSync(gate);
    gate = undefined;
  };
  return {
    gate: readEnd,
    async admit(pid) {
      try {
        // Each costs the kernel up to 20 ms.
        await Promise.all(placed.map(({ dir }) => writeFile(join(dir, 'cgroup.procs'), String(pid))));
        writeSync(writeEnd, '\n');
      } catch (error) {
        // Killed before it began: how it ended is told by whoever waits for it.
        if (errnoCode(error) !== 'ESRCH') throw asRefusal(error);
      } finally {
        closeGate();
      }
    },
    met: () =>
      placed.flatMap(({ dir, version, limits }) =>
        limits.filter((limit) => countOf(dir, version, limit) > 0).map(({ limit }) => limit),
      ),
    async remove() {
      closeGate();
      for (const { dir } of placed) await discardCgroup(dir);
    },
  };
}

/** Removes what a dead pikoci left in the hierarchies of version 1; `pruneCgroups` knows that of version 2. */
export function pruneLimitedGroups(): void {
  for (const base of separateBases()) pruneCgroups(base);
}

/** Removes what was made there for a process of a dead pikoci, which has just been killed. */
export async function discardLimitedGroups(cookie: string): Promise<void> {
  for (const base of separateBases()) {
    const parent = join(base, 'pikoci');
    const names = existsSync(parent) ? readdirSync(parent) : [];
    for (const name of names.filter((name) => name.endsWith(`.${cookie}`))) await discardCgroup(join(parent, name));
  }
}

function separateBases(): string[] {
  return limitFiles({ memory: 0, cpus: 0, pids: 0 }).flatMap(({ controller }) => {
    try {
      const { version, base } = ownPlaceOf(controller);
      return version === 1 ? [base] : [];
    } catch (error) {
      if (error instanceof LimitRefused) return [];
      throw error;
    }
  });
}

const ownPlaceOf = (controller: string): ControllerPlace =>
  placeOfController(
    controller,
    readProcFile('self/mounts')?.toString() ?? '',
    readProcFile('self/cgroup')?.toString() ?? '',
  );

function place(
  cookie: string,
  limits: readonly ControllerLimit[],
  placeOf: (controller: string) => ControllerPlace,
): Placed[] {
  const placed = new Map<string, Placed>();
  for (const limit of limits) {
    const at = placeOf(limit.controller);
    const dir = cgroupWithin(at.base, cookie);
    if (dir === undefined) throw new LimitRefused('this system has no /proc');
    const known = placed.get(dir);
    if (known === undefined) placed.set(dir, { ...at, dir, limits: [limit] });
    else known.limits.push(limit);
  }
  return [...placed.values()];
}

function prepare({ version, base, dir, limits }: Placed): void {
  mkdirSync(dir, { recursive: true });
  if (version === 2) {
    const controllers = limits.map(({ controller }) => controller);
    handOnControllers(base, dirname(dir), controllers);
  }
  for (const { files } of limits) {
    for (const { name, text, optional } of files[version]) {
      const path = join(dir, name);
      if (optional !== true || existsSync(path)) writeFileSync(path, text, { flag: 'r+' });
    }
  }
}

function countOf(dir: string, version: ControllerPlace['version'], { count }: ControllerLimit): number {
  const path = count && join(dir, count.file[version]);
  if (path === undefined || !existsSync(path)) return 0;
  const line = readFileSync(path, 'latin1')
    .split('\n')
    .find((text) => text.startsWith(`${count?.word} `));
  return Number(line?.split(' ')[1] ?? 0);
}

function refusable<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asRefusal(error);
  }
}

const HINT =
  'run it in a container (run "docker" has the same limits), or run pikoci where it may make cgroups: as a service of systemd with Delegate=yes (see docs/limits.md)';

/** What the system refuses is told, as is why; a bug of ours stays one. */
function asRefusal(error: unknown): unknown {
  const isSystems = error instanceof Error && 'syscall' in error;
  if (!(error instanceof LimitRefused) && !isSystems) return error;
  return new CodedError('limit.not_possible', `the limits of this command cannot be enforced here: ${error.message}`, {
    hint: HINT,
    cause: error,
  });
}
