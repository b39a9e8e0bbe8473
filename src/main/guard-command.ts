/** `pikoci guard`, which nobody calls by hand: guard-process.ts does, for one of us that was killed. */
import { z } from 'zod';
import { endDeadRun, guardedRun } from './run-guard.ts';
import { endStepsOfDeadWorker, guardedWorker } from './worker-guard.ts';

const guarded = z.discriminatedUnion('kind', [guardedRun, guardedWorker]);

export async function runGuard(): Promise<number> {
  // Nothing that is meant for the one who died is meant for us.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const text = await Bun.stdin.text();
  if (text === '') return 0;
  const settings = guarded.parse(JSON.parse(text));
  if (settings.kind === 'run') await endDeadRun(settings);
  else await endStepsOfDeadWorker(settings.dataDir);
  return 0;
}
