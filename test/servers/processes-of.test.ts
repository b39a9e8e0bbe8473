import { expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processesOf } from './processes-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('a process that works in a directory is found, and no longer when it has ended', async () => {
  await using directory = temporaryDirectory('found');
  const child = spawn('sh', ['-c', 'echo up; read x'], { cwd: directory.path, stdio: ['pipe', 'pipe', 'ignore'] });
  // Once it speaks it has its command line: 'spawn' alone may come in the middle of the exec.
  await once(child.stdout, 'data');
  expect(processesOf(directory.path)).toEqual([{ pid: child.pid!, command: 'sh -c echo up; read x' }]);
  child.kill();
  await once(child, 'exit');
  expect(processesOf(directory.path)).toEqual([]);
});
