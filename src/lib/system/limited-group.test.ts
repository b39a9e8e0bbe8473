import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '../coded-error.ts';
import { cgroupBase, cgroupWithin, discardCgroup, listCgroup } from './cgroup.ts';
import { LimitRefused, placeOfController } from './cgroup-controllers.ts';
import { createLimitedGroup } from './limited-group.ts';
import { cleanUp, collector, scratch, start } from './process.fixture.ts';
import { newCookie } from './process-cookie.ts';
import { readProcFile } from './process-table.ts';

afterEach(cleanUp);

function tree(files: Readonly<Record<string, string>>): string {
  const root = scratch();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('where a controller is', () => {
  test('in the tree of version 2, if it was handed on to where we are', () => {
    const root = tree({ 'a.service/cgroup.controllers': 'cpu memory pids\n' });
    const mounts = `cgroup2 ${root} cgroup2 rw 0 0\n`;
    expect(placeOfController('memory', mounts, '0::/a.service\n')).toEqual({
      version: 2,
      base: join(root, 'a.service'),
    });
    const moved = placeOfController('cpu', mounts, '0::/a.service/pikoci-itself\n');
    expect(moved).toEqual({ version: 2, base: join(root, 'a.service') });
    expect(() => placeOfController('io', mounts, '0::/a.service\n')).toThrow(
      /only cpu, memory, pids of the controllers/,
    );
  });

  test('in a tree of its own, in version 1', () => {
    const root = tree({ 'unified/cgroup.controllers': 'hugetlb\n', 'pids/x/pids.max': 'max', 'cpu/y/cpu.shares': '1' });
    const mounts = `cgroup2 ${root}/unified cgroup2 rw 0 0\ncgroup ${root}/pids cgroup rw,pids 0 0\ncgroup ${root}/cpu cgroup rw,relatime,cpu,cpuacct 0 0\n`;
    const own = '8:pids:/x\n3:cpu,cpuacct:/y\n0::/\n';
    expect(placeOfController('pids', mounts, own)).toEqual({ version: 1, base: join(root, 'pids/x') });
    expect(placeOfController('cpu', mounts, own)).toEqual({ version: 1, base: join(root, 'cpu/y') });
    expect(() => placeOfController('memory', mounts, own)).toThrow(
      /was given only hugetlb of the controllers, not memory/,
    );
    expect(() => placeOfController('pids', mounts, '8:pids:/of/another/container\n0::/\n')).toThrow(LimitRefused);
  });

  test('nowhere', () => {
    expect(() => placeOfController('pids', '', '')).toThrow('this system shows pikoci no cgroups');
  });
});

describe('version 2, in a directory that stands for the tree of the kernel', () => {
  const cookie = newCookie();
  const group = 'pikoci';
  const limits = { memory: 512 * 2 ** 20, cpus: 0.5, pids: 100 };

  function standIn(files: Readonly<Record<string, string>> = {}) {
    const base = tree({ 'cgroup.controllers': 'cpu io memory pids\n', 'cgroup.subtree_control': '' });
    const dir = cgroupWithin(base, cookie)!;
    const all = { 'memory.max': '', 'memory.swap.max': '', 'cpu.max': '', 'pids.max': '', ...files };
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(base, group, 'cgroup.subtree_control'), 'cpu');
    for (const [name, text] of Object.entries(all)) writeFileSync(join(dir, name), text);
    const read = (path: string): string => readFileSync(join(base, path), 'latin1');
    return { base, read, own: (name: string) => readFileSync(join(dir, name), 'latin1'), dir };
  }

  test('controllers are handed on, limits are written, the process is put in, and what was met is counted', async () => {
    const { base, read, own } = standIn({
      'memory.events': 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n',
      'pids.events': 'max 0\n',
    });
    const made = createLimitedGroup(cookie, limits, () => ({ version: 2, base }));
    expect(read('cgroup.subtree_control')).toBe('+memory +cpu +pids');
    expect(read('pikoci/cgroup.subtree_control')).toBe('+memory +pids');
    expect(own('memory.max')).toBe('536870912');
    expect(own('memory.swap.max')).toBe('0');
    expect(own('cpu.max')).toBe('50000 100000');
    expect(own('pids.max')).toBe('100');
    const out = collector();
    const child = start({ argv: ['echo', 'let', 'go'], gate: made.gate, onOutput: out.onOutput });
    await made.admit(child.pid);
    expect(await child.waitMain()).toEqual({ code: 0, signal: null });
    expect(out.text()).toBe('let go\n');
    expect(own('cgroup.procs')).toBe(String(child.pid));
    expect(made.met()).toEqual(['memory']);
    await made.remove();
  });

  test('a file that is not there is an error with a way out', () => {
    const { base } = standIn();
    const other = newCookie();
    const make = () => createLimitedGroup(other, { memory: limits.memory }, () => ({ version: 2, base }));
    expect(make).toThrow(CodedError);
    expect(make).toThrow(/^the limits of this command cannot be enforced here: ENOENT.*memory\.max/);
  });

  test('a process that is not admitted does not become its program', async () => {
    const { base, dir } = standIn();
    const made = createLimitedGroup(cookie, limits, () => ({ version: 2, base }));
    mkdirSync(join(dir, 'cgroup.procs'));
    const out = collector();
    const child = start({ argv: ['echo', 'loose'], gate: made.gate, onOutput: out.onOutput });
    const error: unknown = await made.admit(child.pid).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CodedError);
    expect(String(error)).toContain('EISDIR');
    expect((await child.waitMain()).code).not.toBe(0);
    expect(out.text()).toBe('');
    await made.remove();
  });
});

/** A real group of version 2 with whichever controller there is: the rules of handing on are the same for all. */
const root = cgroupBase(readProcFile('self/mounts')?.toString() ?? '', readProcFile('self/cgroup')?.toString() ?? '');
const wordsOf = (path: string): string[] =>
  readFileSync(join(root ?? '', path), 'latin1')
    .split(/\s+/)
    .filter(Boolean);
const base = join(root ?? '', `pikoci-test-${process.pid}`);
const controller = root === null ? undefined : wordsOf('cgroup.controllers')[0];
const wasOn = controller !== undefined && wordsOf('cgroup.subtree_control').includes(controller);
const switchTo = (sign: '+' | '-'): void =>
  writeFileSync(join(root ?? '', 'cgroup.subtree_control'), `${sign}${controller}`);
const permitted = ((): boolean => {
  if (controller === undefined) return false;
  try {
    if (!wasOn) switchTo('+');
    return true;
  } catch {
    return false;
  }
})();
afterAll(() => {
  if (permitted && !wasOn) switchTo('-');
});

describe.skipIf(!permitted)('handing a controller on, on a system with one to hand on', () => {
  /** Not by startProcess, which would move what lives a while. */
  async function handOn(...more: string[]): Promise<string> {
    const fixture = join(import.meta.dir, 'hand-on.fixture.ts');
    const enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
    const argv = ['sh', '-c', enter, base, process.execPath, fixture, base, controller!, ...more];
    const child = Bun.spawn(argv, { stdin: 'ignore', stdout: 'pipe' });
    return await new Response(child.stdout).text();
  }

  async function inGroup(action: () => Promise<void>): Promise<void> {
    mkdirSync(base);
    try {
      await action();
    } finally {
      await discardCgroup(base);
    }
  }

  test('we move out of the way', () =>
    inGroup(async () => {
      const told = await handOn();
      expect(told).toContain(`0::/${basename(base)}/pikoci-itself\n`);
      expect(told).toContain(`below: ${controller}\n`);
    }));

  test('a server whose worker we are moves as well', () =>
    inGroup(async () => {
      const told = await handOn('supervise');
      expect(told.split(`0::/${basename(base)}/pikoci-itself\n`)).toHaveLength(3);
      expect(told).toContain(`below: ${controller}\n`);
    }));

  test('others are not moved', () =>
    inGroup(async () => {
      const other = Bun.spawn(['sleep', '100']);
      try {
        writeFileSync(join(base, 'cgroup.procs'), String(other.pid));
        const told = await handOn();
        expect(told).toContain(`pikoci shares the cgroup ${base} with other processes: ${other.pid} (sleep)\n`);
        expect(told).toContain(`0::/${basename(base)}\n`);
        expect(listCgroup(base)).toEqual([other.pid]);
      } finally {
        other.kill();
        await other.exited;
      }
    }));
});
