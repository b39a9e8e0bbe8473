import { expect, test } from 'bun:test';
import { tellProgress } from './progress.ts';

test('tells every few seconds, and nothing at the end', async () => {
  let now = 0;
  const said: string[] = [];
  const log = { say: async (line: string) => void said.push(line) };
  const progress = tellProgress(log as never, 'sent', () => now);
  for (let n = 0; n <= 10; n += 1) {
    now = n * 2_000;
    progress(n * 1_000_000, 10_000_000);
  }
  expect(said).toEqual([
    'sent 3.0 MB of 10.0 MB, 30 %',
    'sent 6.0 MB of 10.0 MB, 60 %',
    'sent 9.0 MB of 10.0 MB, 90 %',
  ]);
});
