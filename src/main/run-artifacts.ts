import type { BuildPlan } from '../pipeline/plan.ts';
import type { AttemptEvent } from '../protocol/events.ts';
import type { LocalFiles } from '../worker/files/local-files.ts';

/** Whether this resource's versions are made by `put` and kept with the build. */
export function isArtifact(address: string, plan: BuildPlan): boolean {
  const type = plan.resources[address]?.type;
  return type !== undefined && plan.types.resources[type]?.engine === 'artifact';
}

/** What a job of `pikoci run` puts is there for the jobs after it, and for the next run. */
export async function rememberArtifact(files: LocalFiles, plan: BuildPlan, event: AttemptEvent): Promise<void> {
  if (event.kind !== 'version' || event.direction !== 'pushed' || !isArtifact(event.resource, plan)) return;
  await files.remember(event.resource, { version: event.version, metadata: event.metadata });
}
