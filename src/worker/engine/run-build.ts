/** One attempt at a build, from its first event to its last. The same for a worker and for `pikoci run`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { assertNever } from '../../lib/assert-never.ts';
import { linkSignals } from '../../lib/linked-signal.ts';
import type { PlanService } from '../../pipeline/plan.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import type { BuildGrant } from '../../protocol/messages.ts';
import { type Outcome, worstOutcome } from '../../protocol/status.ts';
import { type StartedService, startService, stopService } from '../services/run-service.ts';
import { type Build, createBuild, EFFECTS, type EngineHost } from './build.ts';
import { Interrupt, interruptOf, withDeadline } from './interrupt.ts';
import { runHooks, runSequence } from './run-step.ts';
import { sendNotices } from './send-notices.ts';
import { endOfInterrupt } from './step-end.ts';

const CLEANUP_MS = 5 * 60_000;

/** The job's own name in the ledger: while it is open its `ensure` is owed. */
export const JOB = 'job';

export interface BuildEnd {
  readonly outcome: Outcome;
  readonly problem: ProblemDetail | undefined;
}

/**
 * In steps:
 *
 * 1. services are started, in order; each must be ready before the next is begun;
 * 2. the job's steps, one after the other, all within the job's timeout;
 * 3. the job's hooks;
 * 4. services are stopped, in reverse, whatever happened: only `host.kill` hurries them, and the end of what time they have (`cleanupMs`);
 * 5. notifications that follow the job by themselves are sent.
 *
 * What the author's pipeline or the world does wrong is in the events and the result; it throws only if `host.emit` does.
 */
export async function runBuild(grant: BuildGrant, host: EngineHost): Promise<BuildEnd> {
  mkdirSync(join(host.privateDir, 'tmp'), { recursive: true, mode: 0o700 });
  using cleanup = limitCleanup(host, grant.plan.timeoutMs);
  const build = createBuild(grant, { ...host, kill: cleanup.signal });
  await host.emit({ kind: 'attempt_started', at: host.clock.now(), worker: host.worker, workdir: host.workDir });
  const end = await runPlan(build);
  const { outcome, problem } = end;
  await host.emit({ kind: 'attempt_ended', at: host.clock.now(), outcome, ...(problem !== undefined && { problem }) });
  return end;
}

/** A hook that hangs would hold the worker's slot, and that of its job, for ever. */
function limitCleanup(
  { cancel, kill, cleanupMs = CLEANUP_MS }: EngineHost,
  timeoutMs: number | undefined,
): { readonly signal: AbortSignal } & Disposable {
  const over = new AbortController();
  const timers: ReturnType<typeof setTimeout>[] = [];
  const overIn = (ms: number): unknown => timers.push(setTimeout(() => over.abort(new Interrupt('killed')), ms));
  const onCancel = (): unknown => overIn(cleanupMs);
  if (timeoutMs !== undefined) overIn(timeoutMs + cleanupMs);
  if (cancel.aborted) onCancel();
  else cancel.addEventListener('abort', onCancel, { once: true });
  const linked = linkSignals(kill, over.signal);
  return {
    signal: linked.signal,
    [Symbol.dispose]() {
      for (const timer of timers) clearTimeout(timer);
      cancel.removeEventListener('abort', onCancel);
      linked[Symbol.dispose]();
    },
  };
}

async function runPlan(build: Build): Promise<BuildEnd> {
  const { plan } = build.grant;
  const { timeoutMs } = plan;
  using limited = withDeadline(
    build.host.cancel,
    timeoutMs,
    () => new Interrupt('timed_out', { of: 'job', ms: timeoutMs ?? 0 }),
  );
  const place = { signal: limited.signal, environment: {} };
  const started: StartedService[] = [];
  let outcome: Outcome;
  let interrupt: Interrupt | undefined;
  let stops: Outcome = 'succeeded';
  try {
    build.host.ledger.stepOpened(JOB, 1);
    build.host.ledger.stepTold(JOB);
    outcome = await startServices(build, plan.services, limited.signal, started);
    if (outcome === 'succeeded') outcome = await runSequence(build, plan.steps, place);
    interrupt = outcome === 'succeeded' || outcome === 'warning' ? undefined : interruptOf(limited.signal);
    if (interrupt === undefined) outcome = judgeByDeaths({ outcome, problem: undefined }, build.deaths[0]).outcome;
    outcome = await runHooks(build, plan.hooks, outcome, place);
    build.host.ledger.stepClosed(JOB);
  } finally {
    stops = await stopServices(build, started);
    build.ports?.[Symbol.dispose]();
    await closeNetwork(build);
  }
  if (stops !== 'succeeded' && outcome === 'succeeded') outcome = 'warning';
  const problem = interrupt === undefined ? undefined : endOfInterrupt(interrupt).problem;
  const end = judgeByDeaths({ outcome, problem }, build.deaths[0]);
  await sendNotices(build, end.outcome);
  build.host.ledger.stepClosed(EFFECTS);
  return end;
}

/**
 * A service that died under the build: its steps went on, for not every step needs it. If one failed, the service is the likely reason, so
 * the build erred and may be tried again; if all ended well, that is a warning.
 */
function judgeByDeaths(end: BuildEnd, death: ProblemDetail | undefined): BuildEnd {
  if (death === undefined || end.problem !== undefined) return end;
  switch (end.outcome) {
    case 'succeeded':
    case 'warning':
      return { outcome: 'warning', problem: death };
    case 'failed':
    case 'errored':
      return { outcome: 'errored', problem: death };
    case 'cancelled':
    case 'skipped':
      return end;
    default:
      return assertNever(end.outcome);
  }
}

async function closeNetwork(build: Build): Promise<void> {
  // One that could not be made was told of by the service that wanted it.
  const network = await build.network?.catch(() => undefined);
  await network?.[Symbol.asyncDispose]();
}

async function startServices(
  build: Build,
  services: readonly PlanService[],
  signal: AbortSignal,
  started: StartedService[],
): Promise<Outcome> {
  for (const service of services) {
    const interrupt = interruptOf(signal);
    if (interrupt !== undefined) return endOfInterrupt(interrupt).outcome;
    const start = await startService(build, service, signal);
    if (start.started !== undefined) started.push(start.started);
    if (start.outcome !== 'succeeded') return start.outcome;
  }
  return 'succeeded';
}

/** One that cannot be stopped does not keep the others from being stopped. */
async function stopServices(build: Build, started: readonly StartedService[]): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const service of started.toReversed()) outcomes.push(await stopService(build, service));
  return worstOutcome(outcomes);
}
