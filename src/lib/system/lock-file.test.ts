import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from './lock-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A process that locks the directory, says so, and waits to be killed. */
async function holder(path: string) {
  const script = `
    const { lockDirectory } = await import(${JSON.stringify(join(import.meta.dir, 'lock-file.ts'))});
    lockDirectory(${JSON.stringify(path)}, 'pikoci server');
    Bun.spawn(['sleep', '1000'], { stdio: ['ignore', 'ignore', 'ignore'] });
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stdin: 'ignore' });
  for await (const _ of child.stdout) break;
  return child;
}

/** What a process held is let go of by the kernel a moment after the process was seen to end, on a machine that is busy. */
async function soon<T>(attempt: () => T): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return attempt();
    } catch {
      await Bun.sleep(20);
    }
  }
  return attempt();
}

test('a second process is refused and told by whom; kill -9 of the first frees it, though it left a child', async () => {
  const path = join(dir, 'data');
  const child = await holder(path);
  const grandchild = (await Bun.file(`/proc/${child.pid}/task/${child.pid}/children`).text()).trim();
  expect(() => lockDirectory(path, 'me')).toThrow(
    expect.objectContaining({
      code: 'data_dir.locked',
      message: expect.stringMatching(
        new RegExp(`^the directory ${path} is in use by pikoci server \\(pid ${child.pid}, since 2`),
      ),
    }),
  );
  child.kill('SIGKILL');
  await child.exited;
  (await soon(() => lockDirectory(path, 'me'))).release();
  process.kill(Number(grandchild), 'SIGKILL');
});

test('one process cannot lock it twice, but again after a release', () => {
  const path = join(dir, 'twice');
  const first = lockDirectory(path, 'first');
  expect(() => lockDirectory(path, 'second')).toThrow('in use by first (pid');
  first.release();
  first.release();
  lockDirectory(path, 'second').release();
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('what is not a directory is said to be none', () => {
  writeFileSync(join(dir, 'file'), '');
  expect(() => lockDirectory(join(dir, 'file/x'), 'me')).toThrow(expect.objectContaining({ code: 'file.wrong_kind' }));
});
