import { expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processesOf } from './processes-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('a process that works in a directory is found, and no longer when it has ended', async () => {
  await using directory = temporaryDirectory('found');
  const child = spawn('sleep', ['1000'], { cwd: directory.path, stdio: 'ignore' });
  await once(child, 'spawn');
  expect(processesOf(directory.path)).toEqual([{ pid: child.pid!, command: 'sleep 1000' }]);
  child.kill();
  await once(child, 'exit');
  expect(processesOf(directory.path)).toEqual([]);
});
