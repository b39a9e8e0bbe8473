/** Why a job runs, waits, or does neither: what `pikoci explain` prints and the page of a job shows. */
import type { BuildView } from '../../protocol/builds.ts';
import { reasonInWords } from '../../protocol/reason-words.ts';
import type { ExplainView, Reason, ReasonView } from '../../protocol/reasons.ts';
import { isEnded } from '../../protocol/status.ts';
import type { JobRecord } from '../../store/records.ts';
import { supersededOf } from '../builds/superseded.ts';
import { isPaused, pausedReason } from '../builds/waits-for.ts';
import { checkFailing, type HoldReasons, placeOf, type ReasonWorld } from './hold-reasons.ts';

type Explained = ExplainView['reasons'][number];

/** `builds` of the job, newest first. */
export async function explainJob(
  reasons: HoldReasons,
  world: ReasonWorld,
  job: JobRecord,
  builds: readonly BuildView[],
): Promise<ExplainView> {
  const place = placeOf(world);
  if (!job.active) {
    const gone = reasonInWords({ kind: 'gone' }, place);
    return { job: job.name, state: 'held', summary: gone.text, reasons: [gone], waiting: [] };
  }
  const words = (reason: Reason, since?: number): Explained => ({
    ...reasonInWords(reason, place),
    ...(since !== undefined && { since }),
  });
  const waiting = builds
    .filter((build) => build.wait !== undefined && !isEnded(build.status))
    .map((build) => ({ number: build.number, wait: build.wait as ReasonView }))
    .reverse();
  const running = builds.filter((build) => build.status === 'running');
  const held = await heldBy(reasons, world, job);
  const found = held.map(({ reason, since }) => words(reason, since));
  for (const reason of failingInputs(world, job)) {
    if (!held.some((one) => one.reason.kind === 'check_failing' && one.reason.resource === reason.resource)) {
      found.push(words(reason));
    }
  }
  const state = stateOf(world, job, running.length, waiting.length, found.length);
  if (found.length === 0 && (state === 'idle' || state === 'manual')) found.push(words(idleReason(world, job, builds)));
  for (const number of supersededOf(builds)) found.push(words({ kind: 'superseded', job: job.name, number }));
  return { job: job.name, state, summary: summaryOf(state, running, waiting, found), reasons: found, waiting };
}

/** What the scheduler recorded; and that it is paused, although there may be nothing it could have run with. */
async function heldBy(
  reasons: HoldReasons,
  world: ReasonWorld,
  job: JobRecord,
): Promise<readonly { readonly reason: Reason; readonly since?: number | undefined }[]> {
  const recorded =
    job.hold === undefined
      ? []
      : [{ reason: await reasons.ofRecorded(world, job.name, job.hold.reason), since: job.hold.since }];
  const { pipeline } = world;
  const pauses = [
    ...(isPaused(pipeline) ? [{ reason: pausedReason('pipeline', job.name, pipeline), since: pipeline.pausedAt }] : []),
    ...(isPaused(job) ? [{ reason: pausedReason('job', job.name, job), since: job.pausedAt }] : []),
  ];
  // Of two pauses the scheduler records one.
  return pauses.length === 0 ? recorded : [...pauses, ...recorded.filter(({ reason }) => reason.kind !== 'paused')];
}

/** Inputs of which something newer may be there that nobody sees, because their checks fail. */
function failingInputs(world: ReasonWorld, job: JobRecord): Extract<Reason, { kind: 'check_failing' }>[] {
  const inputs = world.revision.shape.jobs.find((one) => one.name === job.name)?.inputs ?? [];
  return world.resources
    .filter(
      ({ address, lastCheckStatus }) =>
        lastCheckStatus === 'errored' && inputs.some((input) => input.resource === address),
    )
    .map(checkFailing)
    .filter((reason) => reason.kind === 'check_failing');
}

function stateOf(
  world: ReasonWorld,
  job: JobRecord,
  running: number,
  waiting: number,
  reasons: number,
): ExplainView['state'] {
  if (running > 0) return 'running';
  if (waiting > 0) return 'waiting';
  if (reasons > 0) return 'held';
  return triggersOf(world, job).length === 0 ? 'manual' : 'idle';
}

const triggersOf = (world: ReasonWorld, job: JobRecord): readonly string[] =>
  (world.revision.shape.jobs.find((one) => one.name === job.name)?.inputs ?? [])
    .filter((input) => input.trigger)
    .map((input) => input.resource);

function idleReason(world: ReasonWorld, job: JobRecord, builds: readonly BuildView[]): Reason {
  const resources = [...new Set(triggersOf(world, job))];
  if (resources.length === 0) return { kind: 'manual_only', job: job.name };
  const last = builds.find((build) => build.status !== 'skipped');
  return {
    kind: 'nothing_new',
    job: job.name,
    resources,
    ...(last !== undefined && { last: { job: job.name, number: last.number } }),
  };
}

function summaryOf(
  state: ExplainView['state'],
  running: readonly BuildView[],
  waiting: ExplainView['waiting'],
  reasons: readonly ReasonView[],
): string {
  switch (state) {
    case 'running':
      return `${running.map((build) => `build ${build.number}`).join(', ')} ${running.length === 1 ? 'is' : 'are'} running`;
    case 'waiting':
      return `build ${waiting[0]?.number} waits for ${waiting[0]?.wait.text}`;
    case 'held':
    case 'idle':
    case 'manual':
      return reasons[0]?.text ?? '';
  }
}
