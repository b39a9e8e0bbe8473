import { expect, test } from 'bun:test';
import { createMasks } from '../secrets/masks.ts';
import { createStepLog } from './step-log.ts';

test('a line is sent while the step says nothing more, though it ends as an encoded secret may begin', async () => {
  const masks = createMasks();
  masks.add('correct-horse-battery-staple');
  let sent = '';
  const { promise: isThere, resolve } = Promise.withResolvers<void>();
  const log = createStepLog(masks, async (bytes) => {
    sent += Buffer.from(bytes).toString();
    if (sent.includes('Y\n')) resolve();
  });
  await log.write(Buffer.from('ready: Y\n'));
  await isThere;
  await log.write(Buffer.from('after\n'));
  await log.flush();
  expect(sent).toBe('ready: Y\nafter\n');
});
