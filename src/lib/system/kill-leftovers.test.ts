import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killLeftovers } from './kill-leftovers.ts';
import type { ResourceLimits } from './limit-files.ts';
import { createLimitedGroup } from './limited-group.ts';
import { carriesCookie, newCookie } from './process-cookie.ts';
import { listProcesses, readProcess } from './process-table.ts';
import type { ProcessTraces } from './process-tree.ts';

const dir = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A pikoci that starts a step and is killed with kill -9 in the middle of it. */
async function killedWhileRunning(script: string, limits?: ResourceLimits): Promise<ProcessTraces> {
  const program = `
    const { startProcess } = await import(${JSON.stringify(join(import.meta.dir, 'process.ts'))});
    const { createLimitedGroup } = await import(${JSON.stringify(join(import.meta.dir, 'limited-group.ts'))});
    const { newCookie } = await import(${JSON.stringify(join(import.meta.dir, 'process-cookie.ts'))});
    const [cookie, limits] = [newCookie(), ${JSON.stringify(limits)}];
    const group = limits && createLimitedGroup(cookie, limits);
    const child = startProcess({
      cookie, gate: group?.gate,
      argv: ['sh', '-c', ${JSON.stringify(script)}], env: { PATH: process.env.PATH }, cwd: '/',
      onOutput: () => console.log(JSON.stringify(child.traces)),
    });
    await group?.admit(child.pid);
    await child.waitMain();
    await new Promise(() => setInterval(() => {}, 1000));`;
  const worker = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stdin: 'ignore' });
  let text = '';
  for await (const chunk of worker.stdout) {
    text += Buffer.from(chunk).toString();
    if (text.includes('\n')) break;
  }
  worker.kill('SIGKILL');
  await worker.exited;
  return JSON.parse(text);
}

const carriers = (cookie: string) =>
  listProcesses().filter((entry) => !entry.zombie && carriesCookie(entry.pid, cookie));

const trees = [
  { what: 'a plain process', script: 'echo up; sleep 1000' },
  { what: 'one whose main process is over', script: 'sleep 1000 & (env -i setsid sleep 1000 &) ; echo up' },
  {
    what: 'one in a cgroup',
    script: 'until grep -q pikoci /proc/self/cgroup || [ $((i=i+1)) -gt 20 ]; do sleep 0.01; done; echo up; sleep 1000',
  },
  {
    what: 'one deaf to TERM',
    script: 'trap "" TERM; (setsid sh -c "while :; do sleep 1; done" &) ; echo up; while :; do sleep 1; done',
  },
];
test.each(trees)('ends what a killed pikoci left: $what', async ({ script }) => {
  const traces = await killedWhileRunning(script);
  expect(carriers(traces.cookie).length).toBeGreaterThan(0);
  const result = await killLeftovers(traces, { graceMs: 100 });
  expect(result.found).toBeGreaterThan(0);
  expect(result.survivors).toEqual([]);
  expect(carriers(traces.cookie)).toEqual([]);
  expect(existsSync(traces.cgroup ?? '/nothing')).toBe(false);
  expect(await killLeftovers(traces, { graceMs: 100 })).toEqual({ found: 0, survivors: [] });
});

const limits = { memory: 64 * 2 ** 20, pids: 20 };
const permitted = await (async () => {
  try {
    await createLimitedGroup(newCookie(), limits).remove();
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!permitted)('nothing is left of the groups that limited it', async () => {
  const traces = await killedWhileRunning('echo up; sleep 1000 & sleep 1000', limits);
  const groups = (): string[] =>
    readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(traces.cookie));
  expect(groups().length).toBeGreaterThan(0);
  expect((await killLeftovers(traces, { graceMs: 0 })).survivors).toEqual([]);
  expect(groups()).toEqual([]);
});

test('the cookie alone is enough: killed before the start could be written down', async () => {
  const { cookie, bootId } = await killedWhileRunning('echo up; sleep 1000');
  expect((await killLeftovers({ cookie, bootId }, { graceMs: 0 })).found).toBeGreaterThan(0);
  expect(carriers(cookie)).toEqual([]);
});

test('numbers that are somebody else by now are left alone', async () => {
  const innocent = Bun.spawn(['sleep', '1000'], { detached: true });
  const now = readProcess(innocent.pid);
  const bootId = (await Bun.file('/proc/sys/kernel/random/boot_id').text()).trim();
  const cookie = '0123456789abcdef';
  const startTicks = now?.startTicks ?? 0;
  const cases: ProcessTraces[] = [
    { cookie, bootId, main: { pid: innocent.pid, startTicks: startTicks - 1 } },
    { cookie, bootId: 'another boot', main: { pid: innocent.pid, startTicks } },
  ];
  for (const traces of cases) expect(await killLeftovers(traces, { graceMs: 0 })).toEqual({ found: 0, survivors: [] });
  expect(readProcess(innocent.pid)?.zombie).toBe(false);
  expect((await killLeftovers({ cookie, bootId, main: { pid: innocent.pid, startTicks } }, { graceMs: 0 })).found).toBe(
    1,
  );
  expect(await innocent.exited).toBe(137);
});
