import { expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpuTicks, familyOf, proportionalMb, residentMb } from './proc.ts';

test('a process has a family, memory and processor time', async () => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(child, 'spawn');
  expect(familyOf(process.pid)).toContain(child.pid!);
  expect(residentMb([process.pid])).toBeGreaterThan(10);
  expect(proportionalMb([process.pid])).toBeLessThanOrEqual(residentMb([process.pid]) + 1);
  // It counts hundredths of a second, and a run of this test alone may take less.
  for (const end = performance.now() + 5_000; cpuTicks([process.pid]) === 0 && performance.now() < end; );
  expect(cpuTicks([process.pid])).toBeGreaterThan(0);
  child.kill();
  await once(child, 'exit');
});
