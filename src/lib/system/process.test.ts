import { afterEach, describe, expect, test } from 'bun:test';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../coded-error.ts';
import type { OutputStream } from './output-pump.ts';
import { type ProcessSpec, type RunningProcess, startProcess } from './process.ts';
import { carriesCookie } from './process-cookie.ts';
import { listProcesses, readProcess } from './process-table.ts';
import type { ProcessExit } from './spawn-child.ts';

const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
const open: RunningProcess[] = [];
const dirs: string[] = [];

afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((child) => child.terminate({ graceMs: 0 })));
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
  dirs.push(dir);
  return dir;
}

function start(spec: Partial<ProcessSpec> & { argv: ProcessSpec['argv'] }): RunningProcess {
  const child = startProcess({ env, cwd: '/', onOutput: () => undefined, ...spec });
  open.push(child);
  return child;
}

const sh = (script: string, spec: Partial<ProcessSpec> = {}): RunningProcess =>
  start({ ...spec, argv: ['sh', '-c', script] });

interface Outcome {
  readonly exit: ProcessExit;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(spec: Partial<ProcessSpec> & { argv: ProcessSpec['argv'] }): Promise<Outcome> {
  const text: Record<OutputStream, string> = { stdout: '', stderr: '' };
  const child = start({
    ...spec,
    onOutput: (chunk, stream) => {
      text[stream] += Buffer.from(chunk).toString();
    },
  });
  const exit = await child.waitMain();
  expect(await child.terminate({ graceMs: 0 })).toEqual({ survivors: [] });
  return { exit, ...text };
}

const runSh = (script: string, spec: Partial<ProcessSpec> = {}): Promise<Outcome> =>
  run({ ...spec, argv: ['sh', '-c', script] });

/** A consumer that can be waited on until the output so far contains a text. */
function collector() {
  let text = '';
  let changed = Promise.withResolvers<void>();
  return {
    onOutput: (chunk: Uint8Array): void => {
      text += Buffer.from(chunk).toString();
      changed.resolve();
      changed = Promise.withResolvers();
    },
    text: () => text,
    async until(part: string): Promise<string> {
      while (!text.includes(part)) await changed.promise;
      return text;
    },
  };
}

/** How many files this process has open. */
const descriptors = (): number => readdirSync('/proc/self/fd').length;

const carriers = (child: RunningProcess): number[] =>
  listProcesses()
    .filter((entry) => !entry.zombie && carriesCookie(entry.pid, child.traces.cookie))
    .map((entry) => entry.pid);

describe('output', () => {
  test('arrives whole, each stream as what it is, with the exit code', async () => {
    expect(await runSh('echo out; echo err >&2; exit 3')).toEqual({
      exit: { code: 3, signal: null },
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  const reopening = [
    { script: 'echo x > /dev/stderr', stdout: '', stderr: 'x\n' },
    { script: 'echo a; echo b > /dev/stdout; echo c', stdout: 'a\nb\nc\n', stderr: '' },
    { script: 'echo a >&2; echo b >> /dev/stderr; echo c > /proc/self/fd/2', stdout: '', stderr: 'a\nb\nc\n' },
    { script: 'echo x | tee /dev/stderr', stdout: 'x\n', stderr: 'x\n' },
  ];
  test.each(reopening)('a stream may be opened again: $script', async ({ script, stdout, stderr }) => {
    expect(await runSh(script)).toEqual({ exit: { code: 0, signal: null }, stdout, stderr });
  });

  test('both streams on one pipe keep their order', async () => {
    const script = 'for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done; echo end > /dev/stderr';
    const { stdout, stderr } = await runSh(script, { mergeStderr: true });
    expect(stdout.trim().split('\n')).toEqual(['o1', 'e1', 'o2', 'e2', 'o3', 'e3', 'o4', 'e4', 'o5', 'e5', 'end']);
    expect(stderr).toBe('');
  });

  test('the consumer is never called twice at once', async () => {
    let inside = 0;
    let most = 0;
    const child = sh('head -c 1000000 /dev/zero & head -c 1000000 /dev/zero >&2; wait', {
      onOutput: async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
      },
    });
    await child.waitMain();
    expect(most).toBe(1);
  });

  test('500 MB pass and are not kept', async () => {
    let bytes = 0;
    Bun.gc(true);
    const before = process.memoryUsage().rss;
    const child = sh('head -c 500000000 /dev/zero', {
      onOutput: async (chunk) => {
        bytes += chunk.length;
        if (bytes % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      },
    });
    expect(await child.waitMain()).toEqual({ code: 0, signal: null });
    expect(bytes).toBe(500_000_000);
    // The collector takes its time over buffers, and over what earlier tests of this process left: half is far from either.
    expect(process.memoryUsage().rss - before).toBeLessThan(250e6);
  });

  test('a consumer that does not return blocks the process, not our memory', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const dir = scratch();
    let bytes = 0;
    const child = sh('i=0; while [ $i -lt 100 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i > "$D/count"; done', {
      env: { ...env, D: dir },
      onOutput: async (chunk) => {
        bytes += chunk.length;
        entered.resolve();
        await promise;
      },
    });
    await entered.promise;
    expect(Number(await settled(join(dir, 'count')))).toBeLessThan(10);
    resolve();
    expect(await child.waitMain()).toEqual({ code: 0, signal: null });
    expect(bytes).toBe(100 * 65536);
  });

  test('a consumer that fails ends the process, and whoever waits is told', async () => {
    const child = sh('while :; do echo x; done', {
      onOutput: () => {
        throw new CodedError('journal.full', 'the disk is full');
      },
    });
    await expect(child.waitMain()).rejects.toThrow('the disk is full');
    await expect(child.terminate({ graceMs: 0 })).rejects.toThrow('the disk is full');
    expect(carriers(child)).toEqual([]);
  });
});

/** Waits until the file has not changed for ten looks; returns what is in it. A busy machine makes it look blocked earlier. */
async function settled(file: string): Promise<string> {
  let last = '';
  for (let calm = 0; calm < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const now = existsSync(file) ? await Bun.file(file).text() : '';
    calm = now === last && now !== '' ? calm + 1 : 0;
    last = now;
  }
  return last;
}

describe('what the process gets', () => {
  test('its environment is the one given and the cookie', async () => {
    const { stdout } = await run({ argv: ['/usr/bin/env'], env: { A: '1', B: 'two words' } });
    const lines = stdout.trim().split('\n').sort();
    expect(lines.filter((line) => !line.startsWith('PIKOCI_COOKIE='))).toEqual(['A=1', 'B=two words']);
    expect(lines).toHaveLength(3);
  });

  test('the limits of this process are as they were', async () => {
    const before = await Bun.file('/proc/self/limits').text();
    await runSh('true');
    expect(await Bun.file('/proc/self/limits').text()).toBe(before);
  });

  const inputs = [
    { name: 'nothing', stdin: undefined, script: 'cat; readlink /proc/self/fd/0', stdout: '/dev/null\n' },
    { name: 'bytes', stdin: Buffer.from('hello'), script: 'cat', stdout: 'hello' },
    { name: 'bytes, opened again', stdin: Buffer.from('hello'), script: 'cat /dev/stdin', stdout: 'hello' },
    { name: 'a script', stdin: Buffer.from('echo from stdin'), script: 'sh -s', stdout: 'from stdin\n' },
    { name: 'an empty input', stdin: new Uint8Array(), script: 'wc -c', stdout: '0\n' },
    { name: '3 MB', stdin: new Uint8Array(3_000_000), script: 'wc -c', stdout: '3000000\n' },
  ];
  test.each(inputs)('standard input: $name', async ({ stdin, script, stdout }) => {
    expect((await runSh(script, { stdin })).stdout).toBe(stdout);
  });

  test('its working directory, its own session, default signals and no descriptor of ours', async () => {
    const dir = scratch();
    const held = Bun.file(join(dir, 'held')).writer();
    const script = 'pwd; grep SigIgn /proc/self/status; cut -d" " -f1,5,6 /proc/$$/stat; ls /proc/$$/fd | wc -l';
    const { stdout } = await runSh(script, { cwd: dir });
    await held.end();
    const [cwd, ignored, ids, descriptors] = stdout.trim().split('\n');
    const [pid, pgid, sid] = (ids ?? '').split(' ');
    expect(cwd).toBe(dir);
    expect(ignored).toMatch(/SigIgn:\s+0+$/);
    expect([pgid, sid]).toEqual([pid, pid]);
    expect(Number(descriptors)).toBeLessThanOrEqual(4);
  });

  test('a script without #! is run by sh, one with its interpreter, a link keeps its name', async () => {
    const dir = scratch();
    writeFileSync(join(dir, 'plain'), 'echo "plain $1"\n');
    writeFileSync(join(dir, 'script'), '#!/bin/sh -e\necho "script $1"\n');
    for (const name of ['plain', 'script']) chmodSync(join(dir, name), 0o755);
    const own = { PATH: `/nowhere:${dir}:${env.PATH}` };
    expect((await run({ argv: ['plain', 'a b'], env: own })).stdout).toBe('plain a b\n');
    expect((await run({ argv: ['script', 'a'], env: own })).stdout).toBe('script a\n');
    expect((await run({ argv: ['./script', 'a'], cwd: dir })).stdout).toBe('script a\n');
  });
});

describe('how it ended', () => {
  const endings = [
    { script: 'exit 0', exit: { code: 0, signal: null } },
    { script: 'exit 255', exit: { code: 255, signal: null } },
    { script: 'kill -9 $$', exit: { code: null, signal: 'SIGKILL' } },
    { script: 'kill -TERM $$', exit: { code: null, signal: 'SIGTERM' } },
    { script: 'kill -34 $$', exit: { code: null, signal: 'SIGRTMIN' } },
    { script: 'kill -35 $$', exit: { code: null, signal: 'SIGRTMIN+1' } },
    { script: 'kill -64 $$', exit: { code: null, signal: 'SIGRTMIN+30' } },
  ] as const;
  test.each(endings)('$script', async ({ script, exit }) => {
    expect((await runSh(script)).exit).toEqual(exit);
  });
});

describe('what cannot be started', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
  const file = (name: string, text: string, mode: number): string => {
    writeFileSync(join(dir, name), text);
    chmodSync(join(dir, name), mode);
    return join(dir, name);
  };
  const flat = file('flat', 'echo', 0o644);
  const lost = file('lost', '#!/opt/no-such-interpreter -x\n', 0o755);
  const crlf = file('crlf', '#!/bin/sh\r\necho\r\n', 0o755);
  const cases: { what: string; spec: Partial<ProcessSpec>; argv: [string, ...string[]]; code: string; says: string }[] =
    [
      {
        what: 'unknown program',
        argv: ['no-such'],
        spec: { env: { PATH: '/bin:/x' } },
        code: 'exec.not_found',
        says: '"no-such": looked in PATH=/bin:/x',
      },
      { what: 'no PATH', argv: ['sh'], spec: { env: {} }, code: 'exec.not_found', says: 'PATH is not set' },
      { what: 'missing file', argv: ['./no-such'], spec: { cwd: dir }, code: 'exec.not_found', says: `${dir}/no-such` },
      { what: 'empty name', argv: [''], spec: {}, code: 'exec.not_found', says: '""' },
      { what: 'not executable', argv: [flat], spec: {}, code: 'exec.not_executable', says: 'not marked as executable' },
      {
        what: 'not executable in PATH',
        argv: ['flat'],
        spec: { env: { PATH: dir } },
        code: 'exec.not_executable',
        says: flat,
      },
      { what: 'directory', argv: ['/tmp'], spec: {}, code: 'exec.not_executable', says: 'is a directory' },
      {
        what: 'no interpreter',
        argv: [lost],
        spec: {},
        code: 'exec.bad_interpreter',
        says: '"/opt/no-such-interpreter"',
      },
      { what: 'CR LF', argv: [crlf], spec: {}, code: 'exec.bad_interpreter', says: '"/bin/sh\\r"' },
      {
        what: 'long argument',
        argv: ['sh', '-c', 'x'.repeat(3e6)],
        spec: {},
        code: 'exec.arguments_too_long',
        says: '(3000007 bytes)',
      },
      { what: 'no directory', argv: ['sh'], spec: { cwd: '/no/such' }, code: 'exec.bad_directory', says: '/no/such' },
      { what: 'file as directory', argv: ['sh'], spec: { cwd: flat }, code: 'exec.bad_directory', says: flat },
      { what: 'null byte', argv: ['sh', 'a\0b'], spec: {}, code: 'exec.bad_argument', says: 'argument 1 of sh' },
      {
        what: 'bad name',
        argv: ['sh'],
        spec: { env: { ...env, 'A=B': '' } },
        code: 'exec.bad_argument',
        says: '"A=B"',
      },
    ];
  test.each(cases)('$what', ({ argv, spec, code, says }) => {
    const before = descriptors();
    let thrown: unknown;
    try {
      start({ ...spec, argv });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CodedError);
    expect(thrown).toMatchObject({ code, message: expect.stringContaining(says) });
    // Those of earlier tests may close meanwhile; that this one leaves none is what counts.
    expect(descriptors()).toBeLessThanOrEqual(before);
  });
  test('(the files of these cases are removed)', () => {
    rmSync(dir, { recursive: true });
    expect(existsSync(dir)).toBe(false);
  });
});

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
    writeFileSync(join(dir, 'fork'), '#!/bin/sh\nsleep 0.01\n(setsid "$0" &)\n(env -i setsid "$0" &)\n');
    chmodSync(join(dir, 'fork'), 0o755);
    const child = start({
      argv: ['sh', '-c', '(./fork >/dev/null 2>&1 &); echo up'],
      cwd: dir,
      onOutput: output.onOutput,
    });
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
