import type { PipelinePlan } from '../../protocol/revisions.ts';
import type { JobRecord, PipelineRecord, ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import { differenceOf, isSame, stateOf } from './compare-revisions.ts';
import type { Evaluated } from './evaluate-pipeline.ts';
import { keepInstance } from './keep-instance.ts';
import { factsOf } from './revision-views.ts';

export interface PlanParts {
  readonly store: Store;
  readonly atRest: AtRest;
}

/** What setting `evaluated` would do to what is there now. */
export async function planPipeline(
  { store, atRest }: PlanParts,
  team: string,
  name: string,
  wanted: Evaluated,
): Promise<PipelinePlan> {
  const current = await store.findPipeline(team, name);
  const inForce = current && (await store.getRevision(current.revisionId));
  const evaluated = keepInstance(wanted, inForce);
  const old = inForce && stateOf(inForce, atRest, `${team}/${name}`);
  const { changes, files } = differenceOf(old, evaluated);
  return {
    team,
    name,
    ...(inForce !== undefined && { base: factsOf(inForce) }),
    changed: old === undefined || changes.length > 0 || files.length > 0 || !isSame(old, evaluated),
    changes: current === undefined ? changes : await withHistory(store, current, changes),
    files,
    warnings: [...evaluated.warnings],
  };
}

/**
 * How much hangs on what goes: builds of a job, versions of a resource that goes or will watch something else. A job that was there before finds its
 * builds again.
 */
async function withHistory(
  store: Store,
  { id }: PipelineRecord,
  changes: PipelinePlan['changes'],
): Promise<PipelinePlan['changes']> {
  const [jobs, resources] = await Promise.all([store.listJobs(id), store.listResources(id)]);
  const jobOf = new Map(jobs.map((job): [string, JobRecord] => [job.name, job]));
  const resourceOf = new Map(resources.map((one): [string, ResourceRecord] => [one.address, one]));
  const concerned = changes.flatMap((change) => {
    const job = change.type === 'job' && change.action !== 'update' ? jobOf.get(change.name) : undefined;
    const gone = change.action === 'delete' || (change.action === 'update' && change.forgets);
    const resource = change.type === 'resource' && gone ? resourceOf.get(change.name) : undefined;
    return job === undefined && resource === undefined ? [] : [{ change, job, resource }];
  });
  const counts = await store.countHistory({
    jobs: concerned.flatMap(({ job }) => (job === undefined ? [] : [job.id])),
    resources: concerned.flatMap(({ resource }) => (resource === undefined ? [] : [resource.id])),
  });
  const historyOf = new Map(
    concerned.map(({ change, job, resource }) => [
      change,
      (job && counts.builds.get(job.id)) ?? (resource && counts.versions.get(resource.id)) ?? 0,
    ]),
  );
  return changes.map((change) => {
    const history = historyOf.get(change);
    return history === undefined || (history === 0 && change.action === 'create') ? change : { ...change, history };
  });
}
