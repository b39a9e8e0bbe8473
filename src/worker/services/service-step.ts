/** A part of a service's life as a step of the build: with its events, its log, and a limit. */
import type { Outcome } from '../../protocol/status.ts';
import { type Build, createStepRun, type StepRun } from '../engine/build.ts';
import { Interrupt, withDeadline } from '../engine/interrupt.ts';
import { endOfError, type StepEnd } from '../engine/step-end.ts';

export async function asStep(
  build: Build,
  id: string,
  signal: AbortSignal,
  body: (run: StepRun) => Promise<StepEnd>,
  timeoutMs?: number,
): Promise<Outcome> {
  const { host } = build;
  using limited = withDeadline(signal, timeoutMs, () => new Interrupt('timed_out'));
  await host.emit({ kind: 'step_started', at: host.clock.now(), step: id, try: 1 });
  const run = createStepRun(build, id, limited.signal, {});
  let end: StepEnd;
  try {
    end = await body(run);
  } catch (error) {
    end = endOfError(error, host.onBug);
  }
  await run.log.flush();
  await tellServiceEnd(build, id, end);
  return end.outcome;
}

export async function tellServiceEnd(
  { host }: Build,
  id: string,
  { outcome, exitCode, problem }: StepEnd,
): Promise<void> {
  await host.emit({
    kind: 'step_ended',
    at: host.clock.now(),
    step: id,
    try: 1,
    outcome,
    ...(exitCode !== undefined && { exitCode }),
    ...(problem !== undefined && {
      problem: {
        ...problem,
        message: host.masks.text(problem.message),
        ...(problem.hint !== undefined && { hint: host.masks.text(problem.hint) }),
      },
    }),
  });
}
