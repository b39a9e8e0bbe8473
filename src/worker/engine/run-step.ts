/** One step with everything around it: condition, tries, timeout, leave to fail, hooks. And steps one after the other, or side by side. */
import { assertNever } from '../../lib/assert-never.ts';
import { linkSignals } from '../../lib/linked-signal.ts';
import type { Hooks, InParallelStep, RetryRule, Step } from '../../pipeline/plan-step.ts';
import { actsOutside } from '../../pipeline/plan-walk.ts';
import { isLasting } from '../../protocol/lasting.ts';
import { type Outcome, worstOutcome } from '../../protocol/status.ts';
import { runGet } from '../steps/run-get.ts';
import { runNotify } from '../steps/run-notify.ts';
import { runPut } from '../steps/run-put.ts';
import { runSetPipeline } from '../steps/run-set-pipeline.ts';
import { runTask } from '../steps/run-task.ts';
import { type Build, createStepRun, noteEffects, type StepRun } from './build.ts';
import { isDiskFull } from './disk-space.ts';
import type { Environment } from './environment.ts';
import { Interrupt, interruptOf, pause, withDeadline } from './interrupt.ts';
import { diskFull, endOfError, endOfInterrupt, errored, type StepEnd, SUCCEEDED } from './step-end.ts';

/** Where a step stands: what ends it early, and what it sees besides the build's own names. */
export interface StepPlace {
  readonly signal: AbortSignal;
  readonly environment: Environment;
}

/** In order, until one does not end well. */
export async function runSequence(build: Build, steps: readonly Step[], place: StepPlace): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    const outcome = await runStep(build, step, place);
    outcomes.push(outcome);
    if (outcome === 'failed' || outcome === 'errored' || outcome === 'cancelled') break;
  }
  return worstOutcome(outcomes);
}

/**
 * In steps:
 *
 * 1. what was interrupted before it began does not begin, and says nothing;
 * 2. `if` is evaluated: skipped unless true;
 * 3. it is tried, as often as `attempts` says, each try within `timeout`;
 * 4. its hooks run, once, by how the last try ended; a hook that fails makes a success a failure;
 * 5. with `allow_failure` a failure becomes a warning.
 */
export async function runStep(build: Build, step: Step, place: StepPlace): Promise<Outcome> {
  const before = interruptOf(place.signal);
  if (before !== undefined) return endOfInterrupt(before).outcome;
  const condition = await evaluateCondition(build, step, place);
  if (condition !== undefined) {
    await tellEnd(build, step, 1, condition, false);
    if (condition.outcome === 'skipped') return 'skipped';
  }
  build.host.ledger.stepOpened(step.id, 1);
  if (condition !== undefined) tellLedger(build, step);
  const end = condition ?? (await runTries(build, step, place));
  const outcome = await runHooks(build, step.hooks, end.outcome, place);
  if (step.hooks.ensure !== undefined) build.host.ledger.stepClosed(step.id);
  return isAllowed(step, outcome) ? 'warning' : outcome;
}

/** Its end has been told; after a crash only its `ensure` would still be owed. */
function tellLedger(build: Build, step: Step): void {
  if (step.hooks.ensure === undefined) build.host.ledger.stepClosed(step.id);
  else build.host.ledger.stepTold(step.id);
}

/** Undefined: go on. */
async function evaluateCondition(build: Build, step: Step, place: StepPlace): Promise<StepEnd | undefined> {
  if (step.if === undefined) return undefined;
  const run = createStepRun(build, step.id, place.signal, place.environment);
  try {
    const { value } = await run.reader.read(step.if);
    if (value === true || value === 'true') return undefined;
    if (value === false || value === 'false') return { outcome: 'skipped' };
    return errored(
      'step.if_not_bool',
      `if of the step ${step.name} is ${build.host.masks.text(JSON.stringify(value))}, which is neither true nor false`,
    );
  } catch (error) {
    return endOfError(error, build.host.onBug);
  } finally {
    await run.log.flush();
  }
}

async function runTries(build: Build, step: Step, place: StepPlace): Promise<StepEnd> {
  const { host } = build;
  for (let number = 1; ; number += 1) {
    if (number > 1) host.ledger.stepOpened(step.id, number);
    await host.emit({ kind: 'step_started', at: host.clock.now(), step: step.id, try: number });
    const end = await runTry(build, step, place, number);
    const again = number < step.attempts.count && mayRetry(step.attempts, end) && !place.signal.aborted;
    await tellEnd(build, step, number, end, again);
    if (!again) {
      tellLedger(build, step);
      return end;
    }
    await pause(step.attempts.delayMs, place.signal);
    const interrupt = interruptOf(place.signal);
    if (interrupt !== undefined) {
      // It was told that it would be tried again, and now it will not: the last word must be a final one.
      const stopped = endOfInterrupt(interrupt);
      await tellEnd(build, step, number + 1, stopped, false);
      return stopped;
    }
  }
}

function mayRetry(rule: RetryRule, end: StepEnd): boolean {
  if (end.problem !== undefined && isLasting(end.problem)) return false;
  if (end.timedOut === true) return rule.on.includes('timeout');
  return (
    (end.outcome === 'failed' && rule.on.includes('failure')) ||
    (end.outcome === 'errored' && rule.on.includes('error'))
  );
}

async function runTry(build: Build, step: Step, place: StepPlace, number: number): Promise<StepEnd> {
  const { timeoutMs } = step;
  using limited = withDeadline(
    place.signal,
    timeoutMs,
    () => new Interrupt('timed_out', { of: 'step', ms: timeoutMs ?? 0 }),
  );
  if (step.kind === 'in_parallel') return await runParallel(build, step, { ...place, signal: limited.signal });
  if (actsOutside(step, build.grant.plan)) noteEffects(build);
  const run = createStepRun(build, step.id, limited.signal, place.environment, number);
  let end: StepEnd;
  try {
    end = await runBody(step, run);
  } catch (error) {
    end = endOfError(error, build.host.onBug);
  }
  try {
    await run.log.flush();
  } catch (error) {
    end = endOfError(error, build.host.onBug);
  }
  if (end.outcome === 'failed' && end.exitCode !== 0 && isDiskFull(build.host.workDir))
    end = { ...diskFull(), exitCode: end.exitCode };
  // A notification that does not arrive is a pity, never the build's failure.
  if (step.kind === 'notify' && (end.outcome === 'failed' || end.outcome === 'errored'))
    end = { ...end, outcome: 'warning' };
  return end;
}

async function runBody(step: Exclude<Step, InParallelStep>, run: StepRun): Promise<StepEnd> {
  switch (step.kind) {
    case 'get':
      return await runGet(step, run);
    case 'task':
      return await runTask(step, run);
    case 'put':
      return await runPut(step, run);
    case 'notify':
      return await runNotify(step, run);
    case 'set_pipeline':
      return await runSetPipeline(step, run);
    default:
      return assertNever(step);
  }
}

/** At most `limit` at a time, begun in order. With `fail_fast` the first failure ends the others, which then do not count. */
async function runParallel(build: Build, group: InParallelStep, place: StepPlace): Promise<StepEnd> {
  const failFast = new AbortController();
  using linked = linkSignals(place.signal, failFast.signal);
  const waiting = [...group.steps];
  const outcomes: Outcome[] = [];

  async function work(): Promise<void> {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const outcome = await runStep(build, step, { ...place, signal: linked.signal });
      if (outcome === 'cancelled' && failFast.signal.aborted && !place.signal.aborted) continue;
      outcomes.push(outcome);
      if (group.failFast && (outcome === 'failed' || outcome === 'errored')) failFast.abort(new Interrupt('fail_fast'));
    }
  }

  const lanes = Math.min(group.limit ?? group.steps.length, group.steps.length);
  await Promise.all(Array.from({ length: lanes }, work));
  const interrupt = interruptOf(place.signal);
  const outcome = worstOutcome(outcomes);
  if (interrupt !== undefined && outcome !== 'succeeded' && outcome !== 'warning' && outcome !== 'skipped') {
    return endOfInterrupt(interrupt);
  }
  return outcome === 'succeeded' ? SUCCEEDED : { outcome };
}

/**
 * What follows an outcome, then `ensure`. Hooks of something that was interrupted, and every `ensure`, are ended only by a second
 * cancellation. When the build is lost to this worker only `ensure` runs: what else follows is for whoever has the build now.
 */
export async function runHooks(build: Build, hooks: Hooks, outcome: Outcome, place: StepPlace): Promise<Outcome> {
  if (outcome === 'skipped') return outcome;
  const { kill } = build.host;
  const environment = { ...place.environment, BUILD_STATUS: outcome };
  const interrupt = interruptOf(place.signal);
  const following = interrupt?.kind === 'lost' ? undefined : hookFor(hooks, outcome);
  const results: Outcome[] = [];
  if (following !== undefined) {
    const signal = interrupt === undefined ? place.signal : kill;
    results.push(await runSequence(build, following, { signal, environment }));
  }
  if (hooks.ensure !== undefined) results.push(await runSequence(build, hooks.ensure, { signal: kill, environment }));
  if (outcome !== 'succeeded' && outcome !== 'warning') return outcome;
  return worstOutcome([outcome, ...results.filter((result) => result !== 'skipped')]);
}

function hookFor(hooks: Hooks, outcome: Outcome): readonly Step[] | undefined {
  switch (outcome) {
    case 'succeeded':
    case 'warning':
      return hooks.onSuccess;
    case 'failed':
      return hooks.onFailure;
    case 'errored':
      return hooks.onError;
    case 'cancelled':
      return hooks.onCancel;
    case 'skipped':
      return undefined;
    default:
      return assertNever(outcome);
  }
}

function isAllowed(step: Step, outcome: Outcome): boolean {
  return step.allowFailure && (outcome === 'failed' || outcome === 'errored');
}

async function tellEnd(build: Build, step: Step, number: number, end: StepEnd, again: boolean): Promise<void> {
  const { host } = build;
  const problem = end.problem && {
    ...end.problem,
    message: host.masks.text(end.problem.message),
    ...(end.problem.hint !== undefined && { hint: host.masks.text(end.problem.hint) }),
  };
  await host.emit({
    kind: 'step_ended',
    at: host.clock.now(),
    step: step.id,
    try: number,
    outcome: !again && isAllowed(step, end.outcome) ? 'warning' : end.outcome,
    ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
    ...(problem !== undefined && { problem }),
    ...(again && { again }),
  });
}
