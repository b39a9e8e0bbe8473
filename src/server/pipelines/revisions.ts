import { layoutPipeline } from '../../graph/layout.ts';
import { type PipelineShape, shapeOfPipeline } from '../../graph/pipeline-shape.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { RevisionId } from '../../lib/ids.ts';
import { planForJob } from '../../pipeline/build-plan.ts';
import type { Job } from '../../pipeline/model.ts';
import type { GraphView } from '../../protocol/graph.ts';
import type { RevisionRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';

/** A revision with what is worked out from it; all of it is immutable, so it is worked out once. */
export interface Revision {
  readonly record: RevisionRecord;
  readonly shape: PipelineShape;
  readonly graph: () => GraphView;
  readonly job: (name: string) => Job | undefined;
  /** Tags a worker must have to build this job; those of the resources it uses are among them. */
  readonly tagsOf: (job: string) => readonly string[];
}

export interface Revisions {
  get(id: RevisionId): Promise<Revision>;
}

const MAX_KEPT = 1_000;

/** The revisions asked for last, kept in memory. */
export function createRevisions(store: Pick<Store, 'getRevision'>): Revisions {
  const kept = new Map<RevisionId, Promise<Revision>>();
  return {
    get(id) {
      const found = kept.get(id) ?? load(store, id);
      kept.delete(id);
      kept.set(id, found);
      found.catch(() => kept.delete(id));
      const oldest = kept.keys().next().value;
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      return found;
    },
  };
}

async function load(store: Pick<Store, 'getRevision'>, id: RevisionId): Promise<Revision> {
  const record = await store.getRevision(id);
  if (record === undefined) throw new CodedError('store.not_found', `revision ${id} is not in the database`);
  const { model } = record;
  const shape = shapeOfPipeline(model);
  const jobs = new Map(model.jobs.map((job) => [job.name, job]));
  const tags = new Map<string, readonly string[]>();
  let graph: GraphView | undefined;
  return {
    record,
    shape,
    job: (name) => jobs.get(name),
    graph: () => {
      graph ??= layoutPipeline(shape);
      return graph;
    },
    tagsOf: (name) => {
      const known = tags.get(name) ?? (jobs.has(name) ? planForJob(model, name).tags : []);
      tags.set(name, known);
      return known;
    },
  };
}
