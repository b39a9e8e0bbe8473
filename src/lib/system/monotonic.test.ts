import { expect, test } from 'bun:test';
import { monotonicMs } from './monotonic.ts';

test('goes forward, in milliseconds, since the boot with sleep included', async () => {
  const before = monotonicMs();
  const uptimeMs = Number((await Bun.file('/proc/uptime').text()).split(' ')[0]) * 1000;
  const after = monotonicMs();
  expect(after).toBeGreaterThan(before);
  expect(uptimeMs).toBeGreaterThanOrEqual(before - 11); // /proc/uptime counts hundredths.
  expect(uptimeMs).toBeLessThanOrEqual(after);
});
