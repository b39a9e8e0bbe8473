/** The scheduler's reason as it was recorded, with what else is known about it by now: how upstream stands, who pinned or paused, how the checks go. */
import { assertNever } from '../../lib/assert-never.ts';
import type { Place } from '../../protocol/reason-commands.ts';
import { reasonInWords } from '../../protocol/reason-words.ts';
import type { Reason, UpstreamState } from '../../protocol/reasons.ts';
import { isEnded, passes, STATUS_WORDS } from '../../protocol/status.ts';
import { type Hold, hold as holdSchema } from '../../scheduler/hold.ts';
import type {
  BuildRecord,
  JobRecord,
  PipelineRecord,
  ResourceRecord,
  VersionRecord,
  WorkerRecord,
} from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { checkWaitReason, isPaused, pausedReason } from '../builds/waits-for.ts';
import { markView } from '../marks.ts';
import type { Revision, Revisions } from '../pipelines/revisions.ts';

/** What reasons of one pipeline's jobs are told from; read once for all of them. */
export interface ReasonWorld {
  readonly pipeline: PipelineRecord;
  readonly revision: Revision;
  readonly jobs: readonly JobRecord[];
  readonly resources: readonly ResourceRecord[];
  /** The newest of each job, newest first. */
  readonly builds: readonly BuildRecord[];
  readonly workers: readonly WorkerRecord[];
}

export interface HoldReasons {
  world(pipeline: PipelineRecord): Promise<ReasonWorld>;
  /** `recorded` as it was stored: it may be of an older or a newer program. */
  ofRecorded(world: ReasonWorld, job: string, recorded: unknown): Promise<Reason>;
  ofHold(world: ReasonWorld, job: string, hold: Hold): Promise<Reason>;
}

const BUILDS_LOOKED_AT = 3;
/** A pinned version is nearly always among the newest. */
const VERSIONS_LOOKED_AT = 200;

export function createHoldReasons(store: Store, revisions: Revisions): HoldReasons {
  async function ofHold(world: ReasonWorld, job: string, hold: Hold): Promise<Reason> {
    switch (hold.kind) {
      case 'paused': {
        const of = hold.what === 'pipeline' ? world.pipeline : world.jobs.find((one) => one.name === job);
        // Unpaused this moment: until the scheduler has decided again, what it said then stands.
        const then = { pausedBy: hold.by, pausedAt: hold.since };
        return pausedReason(hold.what, job, of !== undefined && isPaused(of) ? of : then);
      }
      case 'no_version':
        return noVersion(world, hold.resource);
      case 'pin_not_found':
        return {
          kind: 'pin_not_found',
          resource: hold.resource,
          byPerson: resourceOf(world, hold.resource)?.pinnedVersionId !== undefined,
        };
      case 'pin_disabled':
        return pinDisabled(world, hold.resource, hold.versionId);
      case 'pinned':
        return pinned(world, hold.resource);
      case 'disabled':
        return disabled(world, hold.resource);
      case 'upstream':
        return {
          kind: 'upstream',
          resource: hold.resource,
          jobs: hold.waitsFor.map((name) => upstreamState(world, name)),
        };
      case 'not_together':
        return { kind: 'not_together', resources: hold.resources, jobs: hold.waitsFor };
      default:
        return assertNever(hold);
    }
  }

  async function pinned(world: ReasonWorld, address: string): Promise<Reason> {
    const resource = resourceOf(world, address);
    const byPerson = resource?.pinnedVersionId !== undefined;
    const version = byPerson
      ? (await newest(resource)).find((one) => one.id === resource.pinnedVersionId)?.version
      : world.revision.record.model.resources.find((one) => one.address === address)?.pinned;
    const mark = resource?.pinned;
    return {
      kind: 'pinned',
      resource: address,
      version,
      byPerson,
      ...(mark !== undefined && { mark: markView(mark) }),
    };
  }

  async function pinDisabled(world: ReasonWorld, address: string, id: string): Promise<Reason> {
    const resource = resourceOf(world, address);
    const version = (await newest(resource)).find((one) => one.id === id);
    const mark = version?.disabledMark;
    return {
      kind: 'pin_disabled',
      resource: address,
      version: version?.version,
      byPerson: resource?.pinnedVersionId === id,
      ...(mark !== undefined && { mark: markView(mark) }),
    };
  }

  async function disabled(world: ReasonWorld, address: string): Promise<Reason> {
    const [version] = await newest(resourceOf(world, address));
    const mark = version?.disabledMark;
    return {
      kind: 'disabled',
      resource: address,
      ...(version?.disabled === true && { version: version.version }),
      ...(mark !== undefined && { mark: markView(mark) }),
    };
  }

  async function newest(resource: ResourceRecord | undefined): Promise<readonly VersionRecord[]> {
    return resource === undefined ? [] : (await store.listVersions(resource.id, { limit: VERSIONS_LOOKED_AT })).items;
  }

  return {
    async world(pipeline) {
      const [revision, jobs, resources, builds, workers] = await Promise.all([
        revisions.get(pipeline.revisionId),
        store.listJobs(pipeline.id),
        store.listResources(pipeline.id),
        store.recentBuilds(pipeline.id, BUILDS_LOOKED_AT),
        store.listWorkers(),
      ]);
      return { pipeline, revision, jobs, resources: resources.filter((one) => one.active), builds, workers };
    },
    async ofRecorded(world, job, recorded) {
      const parsed = holdSchema.safeParse(recorded);
      return parsed.success ? ofHold(world, job, parsed.data) : { kind: 'unknown', text: JSON.stringify(recorded) };
    },
    ofHold,
  };
}

const resourceOf = (world: ReasonWorld, address: string): ResourceRecord | undefined =>
  world.resources.find((resource) => resource.address === address);

/** Nothing was found: because nobody looked, because looking failed, or because there is nothing. */
export function noVersion(world: ReasonWorld, address: string): Reason {
  const resource = resourceOf(world, address);
  if (resource?.lastCheckStatus === 'errored') return checkFailing(resource);
  if (resource?.lastCheckAt !== undefined) return { kind: 'no_version', resource: address };
  const tags = world.revision.record.model.resources.find((one) => one.address === address)?.tags ?? [];
  const waits = checkWaitReason(world.workers, tags, world.pipeline.teamId);
  return {
    kind: 'never_checked',
    resource: address,
    ...(waits !== undefined && { waitsFor: reasonInWords(waits, placeOf(world)).text }),
  };
}

export function checkFailing({ address, lastCheckProblem }: ResourceRecord): Reason {
  const { message = 'it gave no reason', hint } = lastCheckProblem ?? {};
  return { kind: 'check_failing', resource: address, message, hint };
}

export const placeOf = ({ pipeline, revision }: Pick<ReasonWorld, 'pipeline' | 'revision'>): Place => ({
  team: pipeline.team,
  pipeline: pipeline.name,
  notByHand: new Set(revision.record.model.jobs.filter((job) => job.disableManualTrigger).map(({ name }) => name)),
});

function upstreamState(world: ReasonWorld, name: string): UpstreamState {
  const job = world.jobs.find((one) => one.name === name);
  const newest = world.builds.find((build) => build.jobId === job?.id);
  if (newest !== undefined && !isEnded(newest.status)) {
    const state = newest.status === 'running' ? 'running' : 'pending';
    return { job: name, state, number: newest.number, word: OPEN_WORDS[newest.status] };
  }
  if (job?.pausedBy !== undefined || world.pipeline.pausedBy !== undefined) return { job: name, state: 'paused' };
  if (newest === undefined) return { job: name, state: 'never_ran' };
  return {
    job: name,
    state: passes(newest.status) ? 'passed' : 'ended',
    number: newest.number,
    word: endedWord(newest),
  };
}

const OPEN_WORDS = { running: 'is running', pending: 'is waiting', waiting_for_approval: 'waits for approval' };

function endedWord({ status }: BuildRecord): string {
  return status === 'cancelled' || status === 'skipped' ? `was ${STATUS_WORDS[status]}` : STATUS_WORDS[status];
}
