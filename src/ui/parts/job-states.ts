import { jobNodeId } from '../../graph/graph-view.ts';
import type { GlyphStatus } from '../../graph/status-glyph.ts';
import type { PipelineSummary } from '../../protocol/api.ts';
import { isEnded } from '../../protocol/status.ts';

type JobLine = PipelineSummary['jobs'][number];

/** What a job's shape says: that it runs, that somebody paused it, else how its newest build went. */
export function jobGlyph(job: Pick<JobLine, 'status' | 'running' | 'paused'>): GlyphStatus {
  if (job.running) return 'running';
  if (job.paused && (job.status === null || isEnded(job.status))) return 'paused';
  return job.status ?? 'none';
}

/** By node of the graph. */
export function glyphsByNode(jobs: readonly JobLine[]): Record<string, GlyphStatus> {
  return Object.fromEntries(jobs.map((job) => [jobNodeId(job.name), jobGlyph(job)]));
}

/** How a pipeline stands as a whole. */
export function pipelineGlyph(pipeline: Pick<PipelineSummary, 'status' | 'running' | 'paused' | 'jobs'>): GlyphStatus {
  if (pipeline.jobs.some((job) => job.status === 'waiting_for_approval')) return 'waiting_for_approval';
  if (pipeline.running > 0) return 'running';
  if (pipeline.paused) return 'paused';
  return pipeline.status ?? 'none';
}
