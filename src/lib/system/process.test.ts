import { afterEach, describe, expect, test } from 'bun:test';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../coded-error.ts';
import { keptObjects } from './kept-objects.fixture.ts';
import { carriers, cleanUp, descriptors, env, run, runSh, scratch, sh, start } from './process.fixture.ts';
import type { ProcessSpec } from './process.ts';

afterEach(cleanUp);

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
    const chunks = keptObjects();
    const child = sh('head -c 500000000 /dev/zero', {
      onOutput: async (chunk) => {
        chunks.show(chunk);
        bytes += chunk.length;
        if (bytes % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      },
    });
    expect(await child.waitMain()).toEqual({ code: 0, signal: null });
    expect(bytes).toBe(500_000_000);
    expect(await chunks.share()).toBeLessThan(0.1);
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
