import { afterEach, describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { carriers, cleanUp, collector, descriptors, runSh, scratch, sh, start } from './process.fixture.ts';
import { listProcesses, readProcess } from './process-table.ts';

afterEach(cleanUp);

describe('what it leaves behind', () => {
  const escapes = [
    { how: 'in the background', script: 'sleep 1000 & echo up' },
    { how: 'with nohup', script: 'nohup sleep 1000 >/dev/null 2>&1 & echo up' },
    { how: 'in its own group', script: 'set -m 2>/dev/null; sleep 1000 & echo up' },
    { how: 'in its own session', script: 'setsid sleep 1000 & echo up' },
    { how: 'double-forked', script: '(setsid sh -c "sleep 1000 & sleep 1000" &) ; echo up' },
    { how: 'with a clean environment', script: 'env -i /bin/sleep 1000 & echo up' },
    {
      how: 'clean, double-forked, in its own session',
      script: '(env -i setsid sh -c "sleep 1000 & sleep 1000" & ) ; echo up',
    },
    { how: 'deaf to TERM', script: '(trap "" TERM; setsid sh -c "sleep 1000; sleep 1000" &); echo up' },
  ];
  const after = [
    { when: 'at once', graceMs: 0 },
    { when: 'by TERM', graceMs: 300 },
  ];
  const cases = escapes.flatMap((way) => after.map((end) => ({ ...way, ...end })));
  test.each(cases)('lives after waitMain and is ended with the step: $how, $when', async ({ script, graceMs }) => {
    const output = collector();
    const child = sh(script, { onOutput: output.onOutput });
    expect(await child.waitMain()).toEqual({ code: 0, signal: null });
    expect(output.text()).toBe('up\n');
    expect(carriers(child).length).toBeGreaterThan(0);
    expect(await child.terminate({ graceMs })).toEqual({ survivors: [] });
    expect(carriers(child)).toEqual([]);
  });

  test('what it still writes after the main process is delivered until the end', async () => {
    const output = collector();
    const child = sh('(while :; do echo tick; sleep 0.01; done) & echo up', { onOutput: output.onOutput });
    await child.waitMain();
    const before = output.text().length;
    await output.until('tick\ntick\ntick\n');
    await child.terminate({ graceMs: 0 });
    expect(output.text().length).toBeGreaterThan(before);
  });

  test('a child that floods the pipe does not keep waitMain from ending', async () => {
    const child = sh('yes & echo up');
    expect(await child.waitMain()).toEqual({ code: 0, signal: null });
    await child.terminate({ graceMs: 0 });
    expect(carriers(child)).toEqual([]);
  });

  test('a tree that keeps forking while it is killed', async () => {
    const output = collector();
    const dir = scratch();
    // Chains, which end by themselves after a while: what doubled would take the machine where the killing falls behind.
    const link = (how: string): string =>
      `#!/bin/sh\n[ "$1" -gt 0 ] || exit\nsleep 0.01\n(${how} "$0" $(($1 - 1)) &)\n`;
    writeFileSync(join(dir, 'fork'), link('setsid'), { mode: 0o755 });
    writeFileSync(join(dir, 'fork-bare'), link('env -i setsid'), { mode: 0o755 });
    const chains = ['fork', 'fork', 'fork', 'fork-bare', 'fork-bare'].map(
      (name) => `(./${name} 300 >/dev/null 2>&1 &)`,
    );
    const child = start({ argv: ['sh', '-c', `${chains.join('; ')}; echo up`], cwd: dir, onOutput: output.onOutput });
    await child.waitMain();
    expect(await child.terminate({ graceMs: 0 })).toEqual({ survivors: [] });
    expect(carriers(child)).toEqual([]);
  });

  test('zombies it leaves are buried, those of the runtime are left to it', async () => {
    // Other tests of this process leave some that carry no cookie, and are nobody's to bury.
    const zombiesOfOurs = () => listProcesses().filter((entry) => entry.zombie && entry.ppid === process.pid);
    const before = new Set(zombiesOfOurs().map(({ pid }) => pid));
    const own = Bun.spawn(['sleep', '0.05']);
    await Promise.all(Array.from({ length: 5 }, () => runSh('(sleep 0.01 &) ; (true &) ; sleep 0.03')));
    expect(await own.exited).toBe(0);
    expect(zombiesOfOurs().filter(({ pid }) => !before.has(pid))).toEqual([]);
  });

  test('no descriptor, cgroup or process stays', async () => {
    await runSh('true');
    const before = descriptors();
    const children = await Promise.all(Array.from({ length: 8 }, () => runSh('sleep 1000 & sleep 0.08; echo x >&2')));
    expect(children.every((child) => child.exit.code === 0)).toBe(true);
    // The runtime closes its own copies in another thread, a moment later. Should one stay, the test runs out of time.
    while (descriptors() > before) await new Promise((resolve) => setTimeout(resolve, 1));
  });
});

describe('terminate', () => {
  test('TERM reaches the whole tree, and its last words are delivered', async () => {
    const output = collector();
    const script = `trap 'echo parent; exit 7' TERM; sh -c 'trap "echo child; exit" TERM; echo ready; while :; do sleep 0.02; done' 2>/dev/null & wait`;
    const child = sh(script, { onOutput: output.onOutput });
    await output.until('ready');
    expect(await child.terminate({ graceMs: 5000 })).toEqual({ survivors: [] });
    expect(output.text().trim().split('\n').sort()).toEqual(['child', 'parent', 'ready']);
    expect(await child.waitMain()).toEqual({ code: 7, signal: null });
  });

  test('KILL after the grace, not before', async () => {
    const output = collector();
    const child = sh('trap "echo no" TERM; echo ready; while :; do sleep 0.02; done', { onOutput: output.onOutput });
    await output.until('ready');
    const from = performance.now();
    await child.terminate({ graceMs: 200 });
    expect(performance.now() - from).toBeGreaterThanOrEqual(199);
    expect(output.text()).toContain('no');
    expect(await child.waitMain()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('a second call with a shorter grace hastens the first', async () => {
    const output = collector();
    const child = sh('trap "echo no" TERM; echo ready; while :; do sleep 0.02; done', { onOutput: output.onOutput });
    await output.until('ready');
    const first = child.terminate({ graceMs: 600_000 });
    await output.until('no');
    const second = child.terminate({ graceMs: 0 });
    expect(await first).toEqual({ survivors: [] });
    expect(await second).toEqual({ survivors: [] });
  });

  test('what a TERM handler starts in order to clean up is not hit by another TERM', async () => {
    const output = collector();
    const child = sh(`trap 'sh -c "sleep 0.1; echo cleaned"; exit 0' TERM; echo ready; while :; do sleep 0.02; done`, {
      onOutput: output.onOutput,
    });
    await output.until('ready');
    await child.terminate({ graceMs: 5000 });
    expect(output.text()).toContain('cleaned');
  });

  test('what was just being forked when TERM came is told as well, so the grace need not run out', async () => {
    const output = collector();
    const child = sh('(env -i setsid sh -c "sleep 1000 & sleep 1000" & ) ; (setsid sleep 1000 &) ; echo up', {
      onOutput: output.onOutput,
    });
    await output.until('up');
    const from = performance.now();
    await child.terminate({ graceMs: 60_000 });
    expect(performance.now() - from).toBeLessThan(30_000);
  });

  test('what a TERM handler leaves behind is told once its parent is gone', async () => {
    const output = collector();
    const child = sh(`trap 'sleep 1000 & sleep 0.1; exit 0' TERM; echo ready; while :; do sleep 0.02; done`, {
      onOutput: output.onOutput,
    });
    await output.until('ready');
    const from = performance.now();
    await child.terminate({ graceMs: 60_000 });
    expect(performance.now() - from).toBeLessThan(30_000);
  });

  test('after the end it resolves again and does nothing', async () => {
    const child = sh('exit 4');
    expect(await child.waitMain()).toEqual({ code: 4, signal: null });
    await child.terminate({ graceMs: 0 });
    await child.terminate({ graceMs: 100 });
    expect(await child.waitMain()).toEqual({ code: 4, signal: null });
  });

  test('a stopped process is ended too', async () => {
    const output = collector();
    const child = sh('echo ready; kill -STOP $$; echo never', { onOutput: output.onOutput });
    await output.until('ready');
    expect(await child.terminate({ graceMs: 20 })).toEqual({ survivors: [] });
    expect(readProcess(child.pid)).toBeUndefined();
  });
});
