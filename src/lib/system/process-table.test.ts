import { expect, test } from 'bun:test';
import { listAdoptedChildren, listProcesses, parseStat, readProcess, visitProcesses } from './process-table.ts';

const tail = '1 42 41 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 8243 0 0';
const names = ['sh', 'a b', 'evil) R 7 7 7', 'line\nbreak', '((', ')'];
test.each(names)('a process named %j is read right', (name) => {
  const entry = { pid: 43, ppid: 1, pgid: 42, sid: 41, startTicks: 8243 };
  expect(parseStat(`43 (${name}) S ${tail}`)).toEqual({ ...entry, zombie: false });
  expect(parseStat(`43 (${name}) Z ${tail}`)).toEqual({ ...entry, zombie: true });
});

test.each(['', 'x', '43 (sh', '43 (sh) S 1 2', '43 (sh) S a b c'])('what is none is undefined: %j', (text) => {
  expect(parseStat(text)).toBeUndefined();
});

test('this process and its child are found', async () => {
  const child = Bun.spawn(['sleep', '1000']);
  expect(readProcess(child.pid)?.ppid).toBe(process.pid);
  expect(listProcesses().map((entry) => entry.pid)).toContain(process.pid);
  expect(listAdoptedChildren()).toContain(child.pid);
  child.kill();
  await child.exited;
  expect(readProcess(child.pid)).toBeUndefined();
});

test('a child is visited whose parent died between being listed and being looked at', () => {
  const alive = new Set([10]);
  const seenAlive: number[] = [];
  visitProcesses(
    (pid) => {
      // Each forks the next and dies just before it is looked at, until the last one stays.
      if (pid < 13) {
        alive.delete(pid);
        alive.add(pid + 1);
      }
      if (alive.has(pid)) seenAlive.push(pid);
    },
    () => [...alive],
  );
  expect(seenAlive).toEqual([13]);
});
