import type { PipelineSummary } from '../../protocol/api.ts';
import type { RepositoryView } from '../../protocol/repositories.ts';
import { instanceText } from '../parts/instance-text.ts';

export interface BranchState {
  readonly pipeline: PipelineSummary;
  /** `main`, `branch feature/login`, `pull_request 7`. */
  readonly text: string;
}

/** The pipelines of a repository: first that of its default branch, then those of branches, tags and pull requests, the newest first. */
export function branchStates(
  { team, pipeline: name, defaultBranch }: Pick<RepositoryView, 'team' | 'pipeline' | 'defaultBranch'>,
  pipelines: readonly PipelineSummary[],
): readonly BranchState[] {
  const own = pipelines.filter((one) => one.team === team && (one.name === name || one.instance?.of === name));
  return own
    .map((pipeline) => ({ pipeline, text: instanceText(pipeline) || defaultBranch, main: pipeline.name === name }))
    .sort((a, b) => Number(b.main) - Number(a.main) || b.pipeline.updatedAt - a.pipeline.updatedAt)
    .map(({ pipeline, text }) => ({ pipeline, text }));
}
