/**
 * Looks after what `pikoci run` started, for when that is killed and cannot: a process of our own that waits at the end of a pipe. The
 * kernel closes the other end with the death of `run`, however it comes; then what a worker does after its own death is done here: processes
 * are ended, `ensure` hooks run, services are stopped, containers removed.
 */
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { cleanEnvironment } from '../lib/system/clean-environment.ts';
import { defaultDataDir } from '../lib/system/paths.ts';
import type { BuildGrant } from '../protocol/messages.ts';
import { createCacheRoom } from '../worker/cache-room.ts';
import { isContainerEngine, sweepContainers } from '../worker/containers/sweep-containers.ts';
import type { EngineHost } from '../worker/engine/build.ts';
import { type BuildEnd, runBuild } from '../worker/engine/run-build.ts';
import { openJournal } from '../worker/journal.ts';
import type { Ledger } from '../worker/runners/ledger.ts';
import { noStoredSecrets } from '../worker/secrets/stored-secrets.ts';
import { settle } from '../worker/settle.ts';
import { startGuardProcess } from './guard-process.ts';
import { selfExecutable } from './self-executable.ts';

const GRACE_MS = 10_000;

/** What the guard of a run must know. */
export const guardedRun = z.object({
  kind: z.literal('run'),
  /** The temporary directory of the run: the journal lies in it, and it is removed. */
  directory: z.string(),
  passEnv: z.array(z.string()).readonly(),
  keep: z.boolean(),
});
type Guarded = Omit<z.infer<typeof guardedRun>, 'kind'>;

/** `runBuild`, and whatever becomes of us, nothing of it stays. `root` holds the build's directories. */
export async function runGuarded(
  grant: BuildGrant,
  host: Omit<EngineHost, 'ledger'>,
  { root, ...settings }: Guarded & { readonly root: string },
): Promise<BuildEnd> {
  await using guard = guardRun(grant, root, settings);
  const engines = new Set<string>();
  const onProgram = (program: string): void => {
    if (isContainerEngine(program)) engines.add(program);
  };
  const end = await runBuild(grant, { ...host, ledger: guard.ledger, onProgram });
  await sweepContainers(engines, host.workDir, host.environment, silentLogger);
  guard.over();
  return end;
}

interface RunGuard extends AsyncDisposable {
  readonly ledger: Ledger;
  /** Nothing is owed any more. */
  over(): void;
}

/** Disposed of before it is over, as when we throw, it does what it does when we are killed. */
function guardRun(grant: BuildGrant, root: string, settings: Guarded): RunGuard {
  const journal = openJournal(journalOf(settings.directory), () => undefined);
  journal.open(withoutSensitive(grant), root);
  const guard = startGuardProcess({ kind: 'run', ...settings });
  let done = false;
  return {
    ledger: journal.ledger(grant.attempt),
    over() {
      journal.end(grant.attempt);
      done = true;
    },
    async [Symbol.asyncDispose]() {
      journal[Symbol.dispose]();
      await guard.end(done);
    },
  };
}

/** What must not be shown is not written down either: a hook that needs it cannot have it then. */
function withoutSensitive(grant: BuildGrant): BuildGrant {
  const hidden = new Set((grant.plan.inputs ?? []).flatMap(({ name, sensitive }) => (sensitive ? [name] : [])));
  const shown = Object.entries(grant.inputValues ?? {}).filter(([name]) => !hidden.has(name));
  return { ...grant, inputValues: Object.fromEntries(shown) };
}

const journalOf = (directory: string): string => join(directory, 'journal');

/** What a worker does after its own death, for a run that was killed; then nothing of it is left. */
export async function endDeadRun(run: Guarded): Promise<void> {
  try {
    await settleRun(run);
  } finally {
    if (!run.keep) rmSync(run.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function settleRun({ directory, passEnv }: Guarded): Promise<void> {
  using journal = openJournal(journalOf(directory), () => undefined);
  await settle(
    {
      clock: systemClock,
      logger: silentLogger,
      name: hostname(),
      // That of the run is removed with everything else.
      workRoot: join(directory, 'other'),
      environment: cleanEnvironment(process.env, passEnv),
      bareEnvironment: cleanEnvironment(process.env, passEnv),
      workerEnvironment: process.env,
      executable: selfExecutable(directory),
      caches: createCacheRoom(join(defaultDataDir(process.env, '/'), 'run', 'cache')),
      journal,
      // Nobody is there to read what is told.
      outbox: {
        open: () => undefined,
        append: async () => undefined,
        sent: async () => true,
        [Symbol.dispose]: () => undefined,
      },
      // A run only looks at what setting a pipeline would change, and there is nobody left to look.
      setPipeline: { set: async () => ({ kind: 'left_out', lines: [] }) },
      secrets: noStoredSecrets,
      graceMs: GRACE_MS,
    },
    new AbortController().signal,
  );
}
