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
  expect(cpuTicks([process.pid])).toBeGreaterThan(0);
  child.kill();
  await once(child, 'exit');
});
