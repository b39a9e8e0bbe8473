/** Checks that need no worker: of resources whose versions are what the server itself knows (`trigger`). */
import type { Clock } from '../../lib/clock.ts';
import { nearest } from '../../lib/nearest.ts';
import type { PlanValue } from '../../pipeline/plan-value.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import type { BuildRecord, CheckRecord, PipelineRecord, ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { causeText } from '../builds/cause-text.ts';
import { nextCheckAt } from '../loops/next-check.ts';
import type { Revisions } from '../pipelines/revisions.ts';
import type { Wakeups } from '../wakeups.ts';

/** It costs one look into the database. */
const EVERY_MS = 10_000;
/** At most so many builds are told at once, the newest ones. */
const MOST_BUILDS = 100;

export interface ServerChecks {
  /** Makes the check and gives it, ended; undefined for a resource that a worker has to look at. */
  check(resource: ResourceRecord, by?: string): Promise<CheckRecord | undefined>;
}

type Found =
  | { readonly versions: { version: Record<string, string>; metadata: Record<string, string> }[] }
  | { readonly problem: ProblemDetail };

export function createServerChecks(parts: {
  readonly store: Store;
  readonly revisions: Revisions;
  readonly clock: Clock;
  readonly wakeups: Pick<Wakeups, 'schedule' | 'feed'>;
  readonly externalUrl: () => string;
}): ServerChecks {
  const { store, revisions, clock, wakeups, externalUrl } = parts;

  async function triggerVersions(
    pipeline: PipelineRecord,
    params: Readonly<Record<string, PlanValue>>,
  ): Promise<Found> {
    const [name, jobName] = [knownText(params.pipeline), knownText(params.job)];
    if (name === undefined || jobName === undefined) {
      return problem(
        'trigger.not_known',
        '"pipeline" and "job" of a trigger are texts that must be known when the pipeline is set',
        'do not use secret or sensitive variables in them',
      );
    }
    const { team } = pipeline;
    const other = await store.findPipeline(team, name);
    if (other === undefined) {
      const names = (await store.listPipelines(team)).map((one) => one.name);
      const meant = nearest(name, names);
      const hint = meant === undefined ? `it has: ${names.join(', ')}` : `did you mean "${meant}"?`;
      return problem('trigger.no_pipeline', `the team ${team} has no pipeline "${name}"`, hint);
    }
    const jobs = await store.listJobs(other.id);
    const job = jobs.find((one) => one.name === jobName);
    if (job === undefined) {
      const names = jobs.filter((one) => one.active).map((one) => one.name);
      const meant = nearest(jobName, names);
      const hint = meant === undefined ? `it has: ${names.join(', ')}` : `did you mean "${meant}"?`;
      return problem('trigger.no_job', `the pipeline ${name} has no job "${jobName}"`, hint);
    }
    const builds = await store.listBuilds({ jobId: job.id, status: ['succeeded', 'warning'], limit: MOST_BUILDS });
    return { versions: builds.items.toReversed().map((build) => versionOf(build, externalUrl())) };
  }

  return {
    async check(resource, by) {
      const pipeline = await store.getPipeline(resource.pipelineId);
      if (pipeline === undefined) return undefined;
      const { model } = (await revisions.get(pipeline.revisionId)).record;
      const type = model.types.resources[resource.type];
      if (type?.builtin !== true || type.check !== undefined || resource.type !== 'trigger') return undefined;
      const params = model.resources.find(({ address }) => address === resource.address)?.params ?? {};
      const found = await triggerVersions(pipeline, params);
      const now = clock.now();
      const next = await nextCheckAt(resource.schedule, resource.nextCheckAt, now, EVERY_MS);
      const made = await store.recordCheck({ resourceId: resource.id, by, now, nextCheckAt: next, ...found });
      if ((made.newVersions ?? 0) > 0) {
        wakeups.schedule(resource.pipelineId, { jobs: [], resources: [resource.address] });
      }
      wakeups.feed();
      return made;
    },
  };
}

const problem = (code: string, message: string, hint: string): Found => ({ problem: { code, message, hint } });

const knownText = (value: PlanValue | undefined): string | undefined =>
  value?.kind === 'known' && typeof value.value === 'string' && value.value !== '' ? value.value : undefined;

function versionOf({ id, number, team, pipeline, job, cause, endedAt }: BuildRecord, origin: string) {
  const path = ['teams', team, 'pipelines', pipeline, 'jobs', job, 'builds', String(number)];
  return {
    version: { id, number: String(number) },
    metadata: {
      url: `${origin}/${path.map(encodeURIComponent).join('/')}`,
      cause: causeText(cause),
      ...(endedAt !== undefined && { ended: new Date(endedAt).toISOString() }),
    },
  };
}
