/** What `get` and `put` share, however a resource is fetched and pushed. */
import { CodedError } from '../../lib/coded-error.ts';
import { plainText } from '../../pipeline/plain-text.ts';
import type { PlanResource } from '../../pipeline/plan.ts';
import type { ResourceType } from '../../pipeline/plan-types.ts';
import type { VersionFields, VersionMetadata } from '../../protocol/version.ts';
import type { StepRun } from '../engine/build.ts';
import type { EvaluatedValues } from '../secrets/value-reader.ts';
import { realPathInside } from './inside-work-dir.ts';

export async function emitVersion(
  resource: string,
  direction: 'fetched' | 'pushed',
  version: VersionFields,
  metadata: VersionMetadata,
  run: StepRun,
): Promise<void> {
  const { host } = run.build;
  const masked = Object.entries(metadata).map(([key, text]) => [key, host.masks.text(text)] as const);
  await host.emit({
    kind: 'version',
    at: host.clock.now(),
    step: run.id,
    resource,
    direction,
    version,
    metadata: Object.fromEntries(masked),
  });
}

export function findResource(address: string, run: StepRun): { resource: PlanResource; type: ResourceType } {
  const { resources, types } = run.build.grant.plan;
  const resource = resources[address];
  const type = resource === undefined ? undefined : types.resources[resource.type];
  if (resource !== undefined && type !== undefined) return { resource, type };
  throw new CodedError(
    'plan.incomplete',
    `the build's plan has no ${resource === undefined ? 'resource' : 'type of'} ${address}`,
  );
}

export async function enterCache(address: string, resource: PlanResource, type: ResourceType, run: StepRun) {
  if (!resource.cache && !type.cache) return undefined;
  const { build } = run.build.grant;
  return await run.build.host.caches.enter([build.team, build.pipeline, address], run.signal);
}

/** The directory named by the resource's parameter `name`, else by the resource. */
export async function resourceDirectory(
  resource: PlanResource,
  params: EvaluatedValues,
  run: StepRun,
): Promise<string> {
  const name = plainText(params.name?.value ?? null) ?? resource.directory ?? resource.name;
  return await realPathInside(run.build.host.workDir, name, `the directory of ${resource.type}.${resource.name}`);
}
