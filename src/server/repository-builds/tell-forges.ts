/**
 * Tells forges how builds of their events stand. What there is to tell is in the store with the build, in the same commit, so nothing is lost when this process is; it is
 * told until the forge has heard it, for a day. Of what a build goes through while a forge does not answer only how it stands then is told.
 */
import type { CommitStatus } from '../../integrations/forge-commits.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import { describePlan } from '../../pipeline/describe-plan.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { isEnded } from '../../protocol/status.ts';
import type { BuildDetail } from '../../store/records.ts';
import type { ForgeReport } from '../../store/repository-build-store.ts';
import type { Store } from '../../store/store.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';
import { commitStatus, type StatusFacts } from './commit-status.ts';
import type { ForgeAccess } from './forge-access.ts';

const POLL_MS = 30_000;
const AT_ONCE = 20;
/** Longer than a request and its answer may take. */
const CLAIM_MS = 60_000;
const PATIENCE_MS = 24 * 60 * 60_000;
const PAUSES_MS = [5_000, 15_000, 60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000] as const;
const MOST_TESTS = 50;

export interface TellForgesParts extends Pick<ForgeAccess, 'forgeOf' | 'repositoryOf'> {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly externalUrl: () => string;
}

export function createTellForges(parts: TellForgesParts): Loop {
  const { store, clock, timers, logger } = parts;

  async function statusOf(report: ForgeReport): Promise<CommitStatus | undefined> {
    if (report.told !== undefined) return report.told;
    const build = report.buildId && (await store.getBuild(report.buildId));
    if (build === undefined) return undefined;
    const isOver = isEnded(build.status);
    const failed = isOver
      ? (await store.listTests(build.id, { status: ['failed', 'errored'], order: 'reported', limit: MOST_TESTS })).items
      : [];
    const failedStep = isOver ? await failedStepOf(build) : undefined;
    return commitStatus({ build, externalUrl: parts.externalUrl(), failedStep, failedTests: failed });
  }

  async function failedStepOf({ plan, attemptList }: BuildDetail): Promise<StatusFacts['failedStep']> {
    const last = attemptList.at(-1);
    if (last === undefined) return undefined;
    const ends = (await store.listEvents(last.id, 0, 10_000)).flatMap(({ event }) =>
      event.kind === 'step_ended' && (event.outcome === 'failed' || event.outcome === 'errored') ? [event] : [],
    );
    const names = new Map(describePlan(plan).map(({ id, name }) => [id, name]));
    const [first] = ends;
    if (first === undefined) return undefined;
    const message =
      first.problem?.message ?? (first.exitCode === undefined ? 'failed' : `exited with ${first.exitCode}`);
    return { id: first.step, name: names.get(first.step) ?? first.step, message };
  }

  async function tell(report: ForgeReport): Promise<void> {
    const status = await statusOf(report);
    const repository = await parts.repositoryOf(report.event.repository);
    if (status === undefined || repository === undefined) {
      await store.reportTold(report, { sent: report.sent ?? '' });
      return;
    }
    const sent = `${status.state} ${status.description}`;
    if (sent === report.sent) {
      await store.reportTold(report, { sent });
      return;
    }
    const place = { ...repository, commit: report.event.commit };
    const remoteId = await (await parts.forgeOf(repository)).setStatus(place, status, report.remoteId);
    await store.reportTold(report, { sent, remoteId });
  }

  async function failed(report: ForgeReport, error: unknown): Promise<void> {
    if (error instanceof CodedError && error.code.startsWith('store.')) throw error;
    const now = clock.now();
    const pause = PAUSES_MS[Math.min(report.tries, PAUSES_MS.length - 1)] ?? 0;
    const isOver = now + pause - report.since > PATIENCE_MS;
    const problem: ProblemDetail =
      error instanceof CodedError
        ? { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) }
        : { code: 'forge.failed', message: errorText(error) };
    await store.reportFailed(report, problem, isOver ? undefined : now + pause, now);
    const of = { repository: report.event.name, commit: report.event.commit };
    if (isOver) logger.error(`a status could not be told within a day, and is given up: ${problem.message}`, of);
    else if (report.tries === 0) logger.warn(`a status could not be told, and is tried again: ${problem.message}`, of);
  }

  return createLoop({
    name: 'statuses',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      for (;;) {
        const due = await store.claimReports(clock.now(), AT_ONCE, CLAIM_MS);
        await Promise.all(due.map((report) => tell(report).catch((error: unknown) => failed(report, error))));
        if (due.length < AT_ONCE) break;
      }
      const next = await store.nextReportAt();
      return next === undefined ? undefined : Math.max(0, next - clock.now());
    },
  });
}
