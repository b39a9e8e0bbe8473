import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/servers/temporary-directory.ts';
import { type Logger, silentLogger } from '../lib/logger.ts';
import { startChildWorker } from './child-worker.ts';
import { selfCommand } from './self-command.ts';

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

test.each(['stop', 'drain'] as const)('%s waits for a worker that is still starting', async (how) => {
  const { logger } = listeningLogger();
  await using dir = temporaryDirectory('child-worker');
  const told = join(dir.path, 'told');
  const worker = startChildWorker({
    ...{ args: [], environment: {}, logger, silence: { limitMs: 60_000, heardAt: () => undefined } },
    command: ['/bin/sh', '-c', `read -r word; echo "$word" > ${told}`],
  });
  await (how === 'stop' ? worker.stop(60_000) : worker.drain());
  expect(readFileSync(told, 'utf8')).toBe(`${how}\n`);
});

test('a worker that is told to stop while it is starting leaves', async () => {
  await using dir = temporaryDirectory('child-worker');
  const [program, ...main] = selfCommand();
  const args = [
    'worker',
    '--supervised',
    '--pikoci-url',
    `unix:${join(dir.path, 'none.sock')}`,
    '--data-dir',
    dir.path,
  ];
  const worker = Bun.spawn([program, ...main, ...args], {
    env: { ...process.env, PIKOCI_WORKER_TOKEN: 'x' },
    stdin: 'pipe',
    stderr: 'ignore',
  });
  // At once: it is read when the worker comes to it.
  worker.stdin.write('stop\n');
  worker.stdin.flush();
  expect(await worker.exited).toBe(0);
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
