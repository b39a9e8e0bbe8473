/** Notifications that follow a job by themselves: sent when everything else of a build is over, whatever happened. */
import { assertNever } from '../../lib/assert-never.ts';
import type { NotifyMoment } from '../../pipeline/plan.ts';
import type { BuildStatus, Outcome } from '../../protocol/status.ts';
import type { Build } from './build.ts';
import { interruptOf } from './interrupt.ts';
import { runStep } from './run-step.ts';

/**
 * One that cannot be sent is a warning on its step and keeps no other from being sent. An error that the server answers with another attempt
 * is not told: the last attempt's is. Only a second cancellation ends them.
 */
export async function sendNotices(build: Build, outcome: Outcome): Promise<void> {
  const { notices = [] } = build.grant.plan;
  // Whoever has the build now tells of it.
  if (interruptOf(build.host.cancel)?.kind === 'lost') return;
  const isLast = build.hasEffects || build.hasLastingError || (build.grant.retriesLeft ?? 0) === 0;
  const willRetry = outcome === 'errored' && !isLast;
  if (notices.length === 0 || outcome === 'skipped' || willRetry) return;
  const place = { signal: build.host.kill, environment: { BUILD_STATUS: outcome } };
  // These say nothing about whether the build may be tried again.
  build.hasEffects = true;
  const wanted = notices.filter(({ on }) => on.some((moment) => hasCome(moment, outcome, build)));
  await Promise.all(wanted.map(({ step }) => runStep(build, step, place)));
}

function hasCome(moment: NotifyMoment, outcome: Outcome, build: Build): boolean {
  const before = build.grant.build.previousStatus;
  switch (moment) {
    case 'all':
      return true;
    case 'success':
      return isGreen(outcome);
    case 'failure':
      return outcome === 'failed';
    case 'error':
      return outcome === 'errored';
    case 'cancel':
      return outcome === 'cancelled';
    case 'fixed':
      return isGreen(outcome) && isRed(before);
    case 'broken':
      return isRed(outcome) && !isRed(before);
    default:
      return assertNever(moment);
  }
}

const isGreen = (outcome: BuildStatus | undefined): boolean => outcome === 'succeeded' || outcome === 'warning';
const isRed = (outcome: BuildStatus | undefined): boolean => outcome === 'failed' || outcome === 'errored';
