/** The snapshot, ready to be asked: everything found by name or id, versions newest first. Made once per decision. */
import type { ResourceId, VersionId } from '../lib/ids.ts';
import { canonicalJson } from '../lib/json.ts';
import type { Job } from '../pipeline/model.ts';
import type { GetStep, Step } from '../pipeline/plan-step.ts';
import type { JobFacts, PassedBuild, ResourceFacts, Snapshot, VersionFacts } from './snapshot.ts';

export interface IndexedResource {
  readonly id: ResourceId;
  readonly address: string;
  readonly newestFirst: readonly VersionFacts[];
  readonly byId: ReadonlyMap<VersionId, VersionFacts>;
  /** What the resource is pinned to: by a person, else by its block in the pipeline. */
  readonly pin: Pin | undefined;
}

export type Pin =
  | { readonly kind: 'id'; readonly id: VersionId }
  /** Every field given must be so; others do not matter. */
  | { readonly kind: 'fields'; readonly fields: VersionFacts['version'] };

export interface IndexedJob {
  readonly facts: JobFacts;
  readonly model: Job;
  /** In the order of the text, those in groups and hooks too. */
  readonly gets: readonly GetStep[];
}

export interface WorldIndex {
  /** In the order of the pipeline's text. */
  readonly jobs: readonly IndexedJob[];
  readonly resources: ReadonlyMap<string, IndexedResource>;
  /** Builds of a job that let versions pass, newest first. */
  passed(job: string): readonly PassedBuild[];
}

export function indexWorld({ model, jobs, resources }: Snapshot): WorldIndex {
  const facts = new Map(jobs.filter((job) => job.active).map((job) => [job.name, job]));
  const pins = new Map(model.resources.map((resource) => [resource.address, resource.pinned]));
  const sorted = new Map<string, readonly PassedBuild[]>();
  return {
    jobs: model.jobs.flatMap((job) => {
      const known = facts.get(job.name);
      return known === undefined ? [] : [{ facts: known, model: job, gets: getsOf(job) }];
    }),
    resources: new Map(
      resources
        .filter((resource) => resource.active)
        .map((resource) => [resource.address, indexResource(resource, pins.get(resource.address))]),
    ),
    passed: (name) => {
      let builds = sorted.get(name);
      if (builds === undefined) {
        builds = (facts.get(name)?.passed ?? []).toSorted((a, b) => b.number - a.number);
        sorted.set(name, builds);
      }
      return builds;
    },
  };
}

function indexResource(resource: ResourceFacts, fields: VersionFacts['version'] | undefined): IndexedResource {
  const { pinnedVersionId } = resource;
  return {
    id: resource.id,
    address: resource.address,
    newestFirst: resource.versions.toSorted((a, b) => b.position - a.position),
    byId: new Map(resource.versions.map((version) => [version.id, version])),
    pin:
      pinnedVersionId !== undefined
        ? { kind: 'id', id: pinnedVersionId }
        : fields !== undefined
          ? { kind: 'fields', fields }
          : undefined,
  };
}

/** Every `get` of a job. One in a hook is fetched when its hook runs, so its version is chosen too, but it triggers nothing. */
export function getsOf(job: Job): readonly GetStep[] {
  const gets: GetStep[] = [];
  const walk = (steps: readonly Step[], inHook: boolean): void => {
    for (const step of steps) {
      if (step.kind === 'get') gets.push(inHook ? { ...step, trigger: false } : step);
      if (step.kind === 'in_parallel') walk(step.steps, inHook);
      walkHooks(step.hooks);
    }
  };
  const walkHooks = (hooks: Job['hooks']): void => {
    for (const steps of [hooks.onSuccess, hooks.onFailure, hooks.onError, hooks.onCancel, hooks.ensure]) {
      if (steps !== undefined) walk(steps, true);
    }
  };
  walk(job.steps, false);
  walkHooks(job.hooks);
  return gets;
}

/** What this `get` is pinned to: its own word wins over the resource's. */
export function pinOf(get: GetStep, resource: IndexedResource): Pin | undefined {
  return typeof get.version === 'object' ? { kind: 'fields', fields: get.version.pinned } : resource.pin;
}

export function matchesPin(pin: Pin, version: VersionFacts): boolean {
  if (pin.kind === 'id') return version.id === pin.id;
  return Object.entries(pin.fields).every(([name, value]) => {
    const there = version.version[name];
    return there !== undefined && canonicalJson(there) === canonicalJson(value);
  });
}
