/** One granted attempt, from its directories to the last acknowledged event. */
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { SealKey } from '../lib/system/seal.ts';
import { createRunTime } from '../pipeline/run-time.ts';
import type { BuildGrant } from '../protocol/messages.ts';
import type { AttemptRoots } from './attempt-root.ts';
import type { CacheRoom } from './cache-room.ts';
import { isContainerEngine, sweepContainers } from './containers/sweep-containers.ts';
import type { Environment } from './engine/environment.ts';
import { Interrupt } from './engine/interrupt.ts';
import { runBuild } from './engine/run-build.ts';
import { endOfError } from './engine/step-end.ts';
import type { Fence } from './fence.ts';
import type { ArchiveShelf } from './files/archive-shelf.ts';
import type { BuildFiles } from './files/build-files.ts';
import type { Journal } from './journal.ts';
import type { LeaseHolder, Leases } from './leases.ts';
import type { Outbox } from './outbox.ts';
import type { PipelineSetter } from './pipelines/pipeline-setter.ts';
import type { Ledger } from './runners/ledger.ts';
import { createMasks } from './secrets/masks.ts';
import { readSealed } from './secrets/read-sealed.ts';
import type { StoredSecrets } from './secrets/stored-secrets.ts';
import type { PortRoom } from './services/port-room.ts';

/** What a worker gives everything it runs. */
export interface WorkerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly name: string;
  readonly workRoot: string;
  readonly roots: AttemptRoots;
  readonly environment: Environment;
  /** The same without what it is told to pass on: for what strangers wrote. */
  readonly bareEnvironment: Environment;
  readonly workerEnvironment: Readonly<Record<string, string | undefined>>;
  readonly executable: string;
  readonly sealKey: SealKey;
  readonly secrets: StoredSecrets;
  readonly caches: CacheRoom;
  /** For large things, outside of the queue; absent when there is no way but the queue. */
  readonly files?: ((grant: Pick<BuildGrant, 'attempt' | 'fencing'>) => BuildFiles) | undefined;
  readonly shelf?: ArchiveShelf | undefined;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly leases: Leases;
  readonly fence: Fence;
  readonly ports: PortRoom;
  readonly graceMs: number;
  readonly cleanupMs: number | undefined;
  readonly setPipeline: PipelineSetter;
}

export interface RunningAttempt {
  /** Ends its steps; hooks and service stops still run. */
  cancel(): void;
  /** Ends those, too. */
  kill(): void;
  /** The run is over and its slot is free. Its events may still be on their way. */
  readonly ended: Promise<void>;
  /** Everything is acknowledged, or the outbox was closed. */
  readonly settled: Promise<void>;
}

export function startAttempt(grant: BuildGrant, parts: WorkerParts): RunningAttempt {
  const { journal, outbox, logger, leases } = parts;
  const [cancel, kill] = [new AbortController(), new AbortController()];
  const interrupt = (kind: 'cancelled' | 'lost' | 'disk_full'): void => cancel.abort(new Interrupt(kind));
  const holder: LeaseHolder = {
    kind: 'attempt',
    id: grant.attempt,
    fencing: grant.fencing,
    lost: () => interrupt('lost'),
    cancel: () => interrupt('cancelled'),
  };

  async function run(): Promise<void> {
    outbox.open(grant.attempt, grant.fencing, () => interrupt('disk_full'));
    const dirs = parts.roots.create(grant.attempt);
    journal.open(grant, dirs.root);
    const masks = createMasks();
    const engines = new Set<string>();
    try {
      const sealed = readSealed(grant.sealed, parts.sealKey);
      const sealedInputs = readSealed(grant.sealedInputs, parts.sealKey);
      for (const value of [...Object.values(sealed), ...Object.values(sealedInputs)]) masks.add(value);
      const opened = { ...grant, inputValues: { ...grant.inputValues, ...sealedInputs } };
      await runBuild(opened, {
        emit: (event) => outbox.append(grant.attempt, event),
        clock: parts.clock,
        worker: parts.name,
        workDir: dirs.workDir,
        privateDir: dirs.privateDir,
        environment: grant.build.event?.fork === true ? parts.bareEnvironment : parts.environment,
        workerEnvironment: parts.workerEnvironment,
        executable: parts.executable,
        masks,
        createRunTime,
        caches: parts.caches,
        files: parts.files?.(grant),
        shelf: parts.shelf,
        sealed,
        ports: parts.ports,
        idToken: parts.secrets.idTokensOf({ build: grant.build.id, attempt: grant.attempt, fencing: grant.fencing }),
        cloneToken: parts.secrets.cloneTokenOf({
          build: grant.build.id,
          attempt: grant.attempt,
          fencing: grant.fencing,
        }),
        storedSecret: parts.secrets.of({ kind: 'build', attempt: grant.attempt, fencing: grant.fencing }),
        ledger: withFence(journal.ledger(grant.attempt), parts.fence),
        cancel: cancel.signal,
        kill: kill.signal,
        graceMs: parts.graceMs,
        cleanupMs: parts.cleanupMs,
        overrides: new Map(),
        allowPut: true,
        setPipeline: parts.setPipeline,
        onBug: (error) => logBug(logger, error, grant.attempt),
        onProgram: (program) => {
          if (isContainerEngine(program)) engines.add(program);
        },
      });
    } finally {
      await sweepContainers(engines, dirs.workDir, parts.environment, logger);
      journal.end(grant.attempt);
      await parts.roots.remove(dirs.root, logger);
    }
  }

  /** It could not even begin: its values were sealed for another process, its directory cannot be made. */
  async function refuse(error: unknown): Promise<void> {
    const { outcome, problem } = endOfError(error, (bug) => logBug(logger, bug, grant.attempt));
    const at = parts.clock.now();
    await outbox.append(grant.attempt, {
      kind: 'attempt_ended',
      at,
      outcome,
      ...(problem !== undefined && { problem }),
    });
  }

  const lease = leases.hold(holder);
  const ended = run().catch(refuse);
  const settled = ended.then(async () => {
    const all = await outbox.sent(grant.attempt);
    lease[Symbol.dispose]();
    if (all) journal.forget(grant.attempt);
  });

  return {
    cancel: () => interrupt('cancelled'),
    kill() {
      interrupt('cancelled');
      kill.abort(new Interrupt('killed'));
    },
    ended,
    settled,
  };
}

/** What the ledger learns of processes the fence must know, too. */
export function withFence(ledger: Ledger, fence: Fence): Ledger {
  return {
    ...ledger,
    processStarted(traces) {
      ledger.processStarted(traces);
      fence.track(traces);
    },
    processGone(cookie) {
      ledger.processGone(cookie);
      fence.untrack(cookie);
    },
  };
}

export function logBug(logger: Logger, error: unknown, what: string): void {
  logger.error('a bug in pikoci', {
    what,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
}
