import { expect, test } from 'bun:test';
import { type Logger, silentLogger } from '../lib/logger.ts';
import { startChildWorker } from './child-worker.ts';

/** What it said, and a promise of the next line that matches. */
function listeningLogger() {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const take = (line: string): void => {
    lines.push(line);
    for (const look of [...waiting]) look();
  };
  const logger: Logger = { ...silentLogger, info: take, warn: take, error: take };
  const said = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const line = lines.find((one) => pattern.test(one));
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
    });
  return { logger, lines, said };
}

/** Stands for a worker: there, and never a word. */
const command = ['/bin/sh', '-c', 'exec sleep 300'] as const;

function startSilent(heardAt: () => number | undefined, logger: Logger) {
  return startChildWorker({ args: [], environment: {}, logger, silence: { limitMs: 200, heardAt }, command });
}

test('a worker that is not heard of is killed, and another takes its place', async () => {
  const { logger, said } = listeningLogger();
  const worker = startSilent(() => undefined, logger);
  try {
    const first = worker.pid();
    expect(await said(/not heard of/)).toContain(`(process ${first})`);
    await said(/the worker ended \(SIGKILL\); starting it again/);
    await said(new RegExp(`process (?!${first}\\)).*not heard of`));
  } finally {
    await worker.stop(1_000);
  }
  expect(worker.pid()).toBeUndefined();
});

test('one that is heard of is left alone', async () => {
  const { logger, lines } = listeningLogger();
  let looks = 0;
  const { promise: lookedAtOften, resolve } = Promise.withResolvers<void>();
  const worker = startSilent(() => {
    looks += 1;
    if (looks === 8) resolve();
    return performance.now();
  }, logger);
  await lookedAtOften;
  await worker.stop(1_000);
  expect(lines).toEqual([]);
});
