import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTempDir, sweepStaleTempDirs } from './temp-dir.ts';

const parent = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rmSync(parent, { recursive: true }));

const HOUR_MS = 3_600_000;
const module = JSON.stringify(join(import.meta.dir, 'temp-dir.ts'));

async function inAnotherProcess(after: string): Promise<string> {
  const script = `
    const { createTempDir } = await import(${module});
    const dir = createTempDir(${JSON.stringify(parent)});
    await Bun.write(dir.path + '/secret', 'x');
    console.log(dir.path);
    ${after}`;
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stdin: 'ignore' });
  const path = (await new Response(child.stdout).text()).trim();
  await child.exited;
  return path;
}

test('is private, and gone after remove', () => {
  const dir = createTempDir(parent);
  expect(statSync(dir.path).mode & 0o777).toBe(0o700);
  writeFileSync(join(dir.path, 'x'), '');
  dir.remove();
  dir.remove();
  expect(existsSync(dir.path)).toBe(false);
});

test.each(['', 'process.exit(3)', 'throw new Error("x")'])('is gone after the end of its process: %s', async (end) => {
  const path = await inAnotherProcess(end);
  expect(path).toStartWith(parent);
  expect(existsSync(path)).toBe(false);
});

test('one whose process was killed is swept; those in use, young, empty of our marks or of others stay', async () => {
  const killed = await inAnotherProcess('process.kill(process.pid, "SIGKILL"); await Bun.sleep(1e6)');
  const own = createTempDir(parent);
  const foreign = join(parent, 'pikoci-run-something');
  const unfinished = join(parent, 'pikoci-run-empty');
  const other = join(parent, 'pikoci-project');
  for (const dir of [foreign, unfinished, other]) mkdirSync(dir);
  writeFileSync(join(foreign, 'data'), 'mine');
  expect(existsSync(killed)).toBe(true);

  sweepStaleTempDirs(parent);
  expect(existsSync(killed)).toBe(true); // Too young: its maker could be about to lock it.

  sweepStaleTempDirs(parent, Date.now() + HOUR_MS);
  expect(
    readdirSync(parent)
      .map((name) => join(parent, name))
      .sort(),
  ).toEqual([own.path, foreign, other].sort());
  own.remove();
});

test('a parent that is not there is named', () => {
  expect(() => createTempDir(join(parent, 'none'))).toThrow(expect.objectContaining({ code: 'file.not_found' }));
});
