import { assertNever } from '../../lib/assert-never.ts';
import type { PipelineSummary } from '../../protocol/api.ts';

type Grouped = Pick<PipelineSummary, 'team' | 'instance'>;

/** What is shown of all pipelines. */
export const PIPELINE_STATES = ['all', 'not passing', 'running', 'paused'] as const;
export type PipelineState = (typeof PIPELINE_STATES)[number];

export function isInState(
  { status, running, paused, failingChecks }: Pick<PipelineSummary, 'status' | 'running' | 'paused' | 'failingChecks'>,
  state: PipelineState,
): boolean {
  switch (state) {
    case 'all':
      return true;
    case 'running':
      return running > 0;
    case 'paused':
      return paused;
    case 'not passing':
      return status === 'failed' || status === 'errored' || failingChecks.length > 0;
    default:
      return assertNever(state);
  }
}

export interface PipelineGroup<P extends Grouped = PipelineSummary> {
  readonly team: string;
  /** The pipeline that these are instances of. Undefined: they are pipelines of their own. */
  readonly instancesOf: string | undefined;
  readonly list: readonly P[];
}

/** By team, and within a team first what is no instance, then the instances of each pipeline: each in the order in which they come. */
export function groupPipelines<P extends Grouped>(pipelines: readonly P[]): readonly PipelineGroup<P>[] {
  return [...Map.groupBy(pipelines, ({ team }) => team)].flatMap(([team, ofTeam]) => {
    const byOrigin = Map.groupBy(ofTeam, ({ instance }) => instance?.of);
    const own = byOrigin.get(undefined) ?? [];
    byOrigin.delete(undefined);
    const instances = [...byOrigin].map(([instancesOf, list]) => ({ team, instancesOf, list }));
    return own.length === 0 ? instances : [{ team, instancesOf: undefined, list: own }, ...instances];
  });
}
