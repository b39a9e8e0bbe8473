/** Runs a plan with the engine alone and gives back what it told. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { createRunTime } from '../../pipeline/run-time.ts';
import type { AttemptEvent, ProblemDetail } from '../../protocol/events.ts';
import type { BuildGrant } from '../../protocol/messages.ts';
import { createCacheRoom } from '../cache-room.ts';
import type { EngineHost } from '../engine/build.ts';
import { Interrupt } from '../engine/interrupt.ts';
import { type BuildEnd, runBuild } from '../engine/run-build.ts';
import { NO_LEDGER } from '../runners/ledger.ts';
import { createMasks } from '../secrets/masks.ts';

export interface Run extends AsyncDisposable {
  readonly workDir: string;
  readonly events: AttemptEvent[];
  readonly done: Promise<BuildEnd>;
  cancel(): void;
  kill(): void;
  /** Resolves once the step's log holds the text. */
  logged(step: string, text: string): Promise<void>;
  /** Resolves once `story()` has the line. */
  told(line: string): Promise<void>;
  log(step: string): string;
  /** `1 started`, `1 succeeded`, … without logs. */
  story(): string[];
  problem(step: string): ProblemDetail | undefined;
}

/** `run` stands for what the engine is to do with the grant. */
export function start(grant: BuildGrant, more: Partial<EngineHost> = {}, run: typeof runBuild = runBuild): Run {
  const root = mkdtempSync(join(tmpdir(), 'pikoci-engine-'));
  const [workDir, privateDir] = [join(root, 'work'), join(root, 'private')];
  mkdirSync(workDir);
  mkdirSync(privateDir, { mode: 0o700 });
  const events: AttemptEvent[] = [];
  const waiters = new Set<() => void>();
  const [cancel, kill] = [new AbortController(), new AbortController()];
  const log = (step: string): string =>
    Buffer.concat(
      events.flatMap((event) => (event.kind === 'log' && event.step === step ? [event.bytes] : [])),
    ).toString();
  const done = run(grant, {
    async emit(event) {
      events.push(event);
      for (const waiter of waiters) waiter();
    },
    clock: systemClock,
    worker: 'worker-1',
    workDir,
    privateDir,
    environment: { PATH: process.env.PATH ?? '', HOME: root },
    executable: '/bin/false',
    masks: createMasks(),
    createRunTime,
    caches: createCacheRoom(join(root, 'cache')),
    sealed: {},
    ledger: NO_LEDGER,
    cancel: cancel.signal,
    kill: kill.signal,
    graceMs: 5_000,
    overrides: new Map(),
    allowPut: true,
    setPipeline: {
      set: async () => {
        throw new Error('nothing is set here');
      },
    },
    onBug: (error) => {
      throw error;
    },
    ...more,
  });
  function until(met: () => boolean): Promise<void> {
    const seen = Promise.withResolvers<void>();
    const look = (): void => {
      if (met()) seen.resolve();
    };
    waiters.add(look);
    look();
    return seen.promise.finally(() => waiters.delete(look));
  }
  const story = (): string[] =>
    events.flatMap((event) => {
      if (event.kind === 'step_started') return [`${event.step} started${event.try > 1 ? ` try ${event.try}` : ''}`];
      if (event.kind === 'step_ended') return [`${event.step} ${event.outcome}${event.again === true ? ' again' : ''}`];
      return [];
    });
  return {
    workDir,
    events,
    done,
    log,
    cancel: () => cancel.abort(new Interrupt('cancelled')),
    kill: () => kill.abort(new Interrupt('killed')),
    logged: (step, text) => until(() => log(step).includes(text)),
    told: (line) => until(() => story().includes(line)),
    story,
    problem: (step) =>
      events.flatMap((event) => (event.kind === 'step_ended' && event.step === step ? (event.problem ?? []) : []))[0],
    async [Symbol.asyncDispose]() {
      kill.abort(new Interrupt('killed'));
      await done.catch(() => undefined);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
