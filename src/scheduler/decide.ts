/**
 * What should be built now, and why not the rest. Pure: the same facts give the same decisions, in whatever order they come.
 *
 * For each job, in the order of the text:
 *
 * 1. Choose a version for every `get` (resolve.ts).
 * 2. Is one of them, that triggers, new to the job: in no build of it before? Then there is something to build. (And no build had this set: it would
 *    have had that version.)
 * 3. A job with a `get` of `every` version: that is a build; count its versions as used, and again from 1, until nothing is new.
 *    Any other job has at most one automatic build waiting, which gets the newest versions until somebody takes it.
 * 4. Nothing new, or no choice: say why, if something newer is there that the job does not get.
 * 5. Builds that wait in the queue with a version that was disabled, pinned away or deleted since are withdrawn. Their versions count as never used.
 * 6. An `interruptible` job stops its older builds of the same branch or pull request (supersede.ts).
 */
import type { VersionId } from '../lib/ids.ts';
import { canonicalJson } from '../lib/json.ts';
import type { GetStep } from '../pipeline/plan-step.ts';
import { type Hold, hold as holdSchema } from './hold.ts';
import { canTrigger, isUsable, type Resolved, resolve, type Turns } from './resolve.ts';
import type { Cause, ChosenInput, Decision, Snapshot } from './snapshot.ts';
import { type NewerBuild, superseded } from './supersede.ts';
import { type IndexedJob, indexWorld, matchesPin, pinOf, type WorldIndex } from './world-index.ts';

export function decide(snapshot: Snapshot): readonly Decision[] {
  const world = indexWorld(snapshot);
  const { only } = snapshot;
  const jobs = only === undefined ? world.jobs : world.jobs.filter((job) => only.has(job.facts.name));
  return jobs.flatMap((job) => decideJob(snapshot, world, job));
}

function decideJob(snapshot: Snapshot, world: WorldIndex, job: IndexedJob): readonly Decision[] {
  const { pending, queued = [] } = job.facts;
  const every = job.gets.some((get) => get.version === 'every');
  // One that was made while the job wanted the latest version stands in the queue of `every` like any other.
  const queue = withdrawn(world, job, every && pending !== undefined ? [...queued, pending] : queued);
  // What is new to the job is another question without them: it is asked at the next look, which comes at once.
  if (queue.length > 0) return queue;
  // Without a trigger a job runs when a person says so, and there is nothing to explain.
  if (!job.gets.some((get) => get.trigger)) {
    return [...(pending === undefined ? [] : [withdraw(job, pending.buildId)]), ...recordHold(job, undefined)];
  }
  const decisions = every ? decideEvery(snapshot, world, job) : decideLatest(snapshot, world, job);
  // What waits in a paused job does not run, so it replaces nothing.
  if (pausedBy(snapshot, job) !== undefined) return decisions;
  return [...decisions, ...superseded(world, job, newestBuilds(job, decisions))];
}

/** Of the builds that wait in the queue as they are, those that must not run as they are. */
function withdrawn(
  world: WorldIndex,
  job: IndexedJob,
  queued: NonNullable<IndexedJob['facts']['queued']>,
): readonly Withdrawal[] {
  const byId = new Map([...world.resources.values()].map((resource) => [resource.id, resource]));
  const mayStay = ({ resourceId, versionId }: ChosenInput): boolean => {
    const resource = byId.get(resourceId);
    // One that left the pipeline has nobody who could disable or pin it; the build keeps its copy of the version.
    if (resource === undefined) return true;
    const version = resource.byId.get(versionId);
    if (version === undefined) return false;
    return !version.disabled && (resource.pin?.kind !== 'id' || matchesPin(resource.pin, version));
  };
  return queued
    .filter((build) => !build.inputs.every(mayStay))
    .sort((a, b) => (a.buildId < b.buildId ? -1 : 1))
    .map(({ buildId }) => withdraw(job, buildId));
}

type Withdrawal = Extract<Decision, { kind: 'withdraw' }>;

const withdraw = (job: IndexedJob, buildId: Withdrawal['buildId']): Withdrawal => ({
  kind: 'withdraw',
  ...names(job),
  buildId,
});

/** The builds that were just decided on; without one, the waiting build, if it is not withdrawn. */
function newestBuilds(job: IndexedJob, decisions: readonly Decision[]): readonly NewerBuild[] {
  const needsApproval = (job.model.approvals ?? []).length > 0;
  const decided = decisions.flatMap((one) =>
    one.kind === 'build' || one.kind === 'update' ? [{ inputs: one.inputs, needsApproval }] : [],
  );
  if (decided.length > 0 || decisions.some((one) => one.kind === 'withdraw')) return decided;
  return job.facts.pending === undefined ? [] : [job.facts.pending];
}

function decideEvery(snapshot: Snapshot, world: WorldIndex, job: IndexedJob): readonly Decision[] {
  const builds: Decision[] = [];
  const used = new Set(job.facts.used);
  for (const input of job.facts.pending?.inputs ?? []) used.add(input.versionId);
  const turns: Turns = new Map();
  let resolution = resolve(world, job, used, turns);
  for (;;) {
    if (resolution.kind === 'hold') break;
    const cause = whatIsNew(job, resolution, used);
    if (cause === undefined) break;
    const paused = pausedBy(snapshot, job);
    if (paused !== undefined) return recordHold(job, paused);
    builds.push({ kind: 'build', ...names(job), inputs: resolution.inputs, cause });
    for (const input of resolution.inputs) used.add(input.versionId);
    resolution = resolve(world, job, used, turns);
  }
  const hold = resolution.kind === 'hold' ? resolution.hold : whyNotNewer(world, job, resolution, used);
  return [...builds, ...recordHold(job, hold)];
}

function decideLatest(snapshot: Snapshot, world: WorldIndex, job: IndexedJob): readonly Decision[] {
  const { pending, used } = job.facts;
  const resolution = resolve(world, job, used);
  const cause = resolution.kind === 'inputs' ? whatIsNew(job, resolution, used) : undefined;

  if (resolution.kind === 'hold' || cause === undefined) {
    const hold = resolution.kind === 'hold' ? resolution.hold : whyNotNewer(world, job, resolution, used);
    // With no choice now, the waiting build keeps a choice that was right and is still allowed.
    const keeps = resolution.kind === 'hold' && pending !== undefined && isAllowed(world, job, pending.inputs);
    if (pending === undefined || keeps) return recordHold(job, keeps ? undefined : hold);
    return [withdraw(job, pending.buildId), ...recordHold(job, hold)];
  }
  if (pending !== undefined) {
    const asItIs = sameInputs(pending.inputs, resolution.inputs);
    if (asItIs && pending.revisionId === snapshot.pipeline.revisionId) return recordHold(job, undefined);
    const update = {
      kind: 'update',
      ...names(job),
      buildId: pending.buildId,
      inputs: resolution.inputs,
      cause,
    } as const;
    return [update, ...recordHold(job, undefined)];
  }
  const paused = pausedBy(snapshot, job);
  if (paused !== undefined) return recordHold(job, paused);
  return [{ kind: 'build', ...names(job), inputs: resolution.inputs, cause }, ...recordHold(job, undefined)];
}

const names = ({ facts }: IndexedJob) => ({ jobId: facts.id, job: facts.name });

/** The first trigger, in the order of the text, whose version no build of the job had. */
function whatIsNew(job: IndexedJob, resolved: Resolved, used: ReadonlySet<VersionId>): Cause | undefined {
  for (const get of job.gets) {
    const version = resolved.versions.get(get.id);
    if (version === undefined || used.has(version.id) || !canTrigger(get, version)) continue;
    const [upstream] = get.passed;
    const build = upstream === undefined ? undefined : resolved.builds.get(upstream);
    if (upstream !== undefined && build !== undefined) return { kind: 'passed', job: upstream, number: build.number };
    return { kind: 'version', resource: get.resource, version: version.version };
  }
  return undefined;
}

function pausedBy({ pipeline }: Snapshot, { facts }: IndexedJob): Hold | undefined {
  const [what, of] = pipeline.pausedBy === undefined ? (['job', facts] as const) : (['pipeline', pipeline] as const);
  if (of.pausedBy === undefined) return undefined;
  return { kind: 'paused', what, by: of.pausedBy, since: of.pausedAt ?? 0 };
}

/** Nothing new was chosen. If a trigger's newest version would be new, something keeps the job from it. */
function whyNotNewer(
  world: WorldIndex,
  job: IndexedJob,
  resolved: Resolved,
  used: ReadonlySet<VersionId>,
): Hold | undefined {
  for (const get of job.gets) {
    const resource = world.resources.get(get.resource);
    const newest = resource?.newestFirst[0];
    if (resource === undefined || newest === undefined || newest.id === resolved.versions.get(get.id)?.id) continue;
    if (!get.trigger || !newest.triggers || used.has(newest.id)) continue;
    const pin = pinOf(get, resource);
    if (pin !== undefined && !matchesPin(pin, newest)) return { kind: 'pinned', resource: get.resource };
    if (newest.disabled) return { kind: 'disabled', resource: get.resource };
    if (get.passed.length > 0) return notPassed(world, get, resource.id, newest.id);
  }
  return undefined;
}

function notPassed(world: WorldIndex, get: GetStep, resourceId: ChosenInput['resourceId'], versionId: VersionId): Hold {
  const lacking = get.passed.filter(
    (job) => !world.passed(job).some((build) => build.versions.get(resourceId) === versionId),
  );
  if (lacking.length > 0) return { kind: 'upstream', resource: get.resource, waitsFor: lacking };
  return { kind: 'not_together', resources: [get.resource], waitsFor: [...get.passed] };
}

/** Whether each version is there, for a `get` that is there, and not disabled or pinned away. */
function isAllowed(world: WorldIndex, job: IndexedJob, inputs: readonly ChosenInput[]): boolean {
  const gets = new Map(job.gets.map((get) => [get.id, get]));
  return (
    inputs.length === job.gets.length &&
    inputs.every((input) => {
      const get = gets.get(input.step);
      const resource = get === undefined ? undefined : world.resources.get(get.resource);
      const version = resource?.byId.get(input.versionId);
      return get !== undefined && resource !== undefined && version !== undefined && isUsable(get, resource, version);
    })
  );
}

function sameInputs(a: readonly ChosenInput[], b: readonly ChosenInput[]): boolean {
  const versions = new Map(a.map((input) => [input.step, input.versionId]));
  return a.length === b.length && b.every((input) => versions.get(input.step) === input.versionId);
}

/** Says it only when it is not what was said last, so that deciding again about the same facts decides nothing. */
function recordHold(job: IndexedJob, hold: Hold | undefined): readonly Decision[] {
  const recorded = job.facts.hold?.reason;
  if (hold === undefined) return recorded === undefined ? [] : [{ kind: 'clear', ...names(job) }];
  const known = holdSchema.safeParse(recorded);
  if (known.success && canonicalJson(known.data) === canonicalJson(hold)) return [];
  return [{ kind: 'hold', ...names(job), hold }];
}
