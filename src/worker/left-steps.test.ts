import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../lib/logger.ts';
import { lockDirectory } from '../lib/system/lock-file.ts';
import { startProcess } from '../lib/system/process.ts';
import { openJournal } from './journal.ts';
import { endLeftSteps, readLeftSteps } from './left-steps.ts';
import { GUARD_OF_WORKER, takeDirectory } from './take-directory.ts';

async function inDirectory(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'left-steps-'));
  try {
    await use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const sleeper = () =>
  startProcess({
    argv: ['/bin/sh', '-c', 'setsid sleep 300 & exec sleep 300'],
    env: { PATH: '/bin:/usr/bin' },
    cwd: '/',
    onOutput: () => undefined,
  });

test('processes of steps are ended with all they started; those of services live until their stop', () =>
  inDirectory(async (dir) => {
    const [step, service] = [sleeper(), sleeper()];
    {
      using journal = openJournal(dir, () => undefined);
      const ledger = journal.ledger('a1');
      for (const [running, id] of [
        [step, 'task:work'],
        [service, 'service:db:start'],
      ] as const) {
        ledger.processStarting(running.traces.cookie, id);
        ledger.processStarted(running.traces);
      }
    }
    const left = readLeftSteps(dir, silentLogger);
    expect(left.processes).toEqual([step.traces]);
    await endLeftSteps(left, silentLogger);
    expect((await step.waitMain()).signal).toBe('SIGTERM');
    expect(await step.terminate({ graceMs: 0 })).toEqual({ survivors: [] });
    // The worker that comes back finds it all the same.
    expect(readLeftSteps(dir, silentLogger)).toEqual(left);
    await endLeftSteps(left, silentLogger);
    process.kill(service.pid, 0);
    await service.terminate({ graceMs: 0 });
  }));

test('a worker waits for the guard of its predecessor, and for nobody else', () =>
  inDirectory(async (dir) => {
    const guard = lockDirectory(dir, GUARD_OF_WORKER);
    const taking = takeDirectory(dir, new AbortController().signal);
    expect(await Promise.race([taking, Bun.sleep(120).then(() => 'waits')])).toBe('waits');
    guard.release();
    const lock = await taking;
    await expect(takeDirectory(dir, new AbortController().signal)).rejects.toMatchObject({ code: 'data_dir.locked' });
    lock.release();
  }));
