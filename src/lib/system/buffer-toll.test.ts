import { expect, test } from 'bun:test';
import { createBufferToll } from './buffer-toll.ts';

test('collects when much has passed, and not before', () => {
  let collected = 0;
  const toll = createBufferToll(() => {
    collected += 1;
  });
  const mib = 1024 * 1024;
  for (let n = 0; n < 23; n++) toll(mib);
  expect(collected).toBe(0);
  toll(mib);
  expect(collected).toBe(1);
  for (let n = 0; n < 48; n++) toll(mib);
  expect(collected).toBe(3);
});
