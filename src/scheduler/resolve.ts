/** Which versions a build of a job would get now. */
import type { VersionId } from '../lib/ids.ts';
import type { GetStep } from '../pipeline/plan-step.ts';
import { chooseTogether, type PassedGet } from './fan-in.ts';
import type { Hold } from './hold.ts';
import type { ChosenInput, PassedBuild, Snapshot, VersionFacts } from './snapshot.ts';
import {
  type IndexedJob,
  type IndexedResource,
  indexWorld,
  matchesPin,
  pinOf,
  type WorldIndex,
} from './world-index.ts';

export interface Resolved {
  readonly kind: 'inputs';
  readonly inputs: readonly ChosenInput[];
  /** By step id. */
  readonly versions: ReadonlyMap<string, VersionFacts>;
  /** The build of each upstream job that supplied them. */
  readonly builds: ReadonlyMap<string, PassedBuild>;
}

export type Resolution = Resolved | { readonly kind: 'hold'; readonly hold: Hold };

/** What a person chose, by address of the resource. */
export type Chosen = ReadonlyMap<string, VersionFacts>;

/**
 * The versions that a manual trigger gets: those chosen, and for the rest the best there are that go with them, new or not, paused or not. What a person
 * chose is taken although it is disabled or another one is pinned, and, when nothing else goes together, although it has not passed. `job` is
 * a name; `undefined` when the pipeline has no such job.
 */
export function resolveInputs(snapshot: Snapshot, job: string, chosen: Chosen = new Map()): Resolution | undefined {
  const world = indexWorld(snapshot);
  const indexed = world.jobs.find((candidate) => candidate.facts.name === job);
  if (indexed === undefined) return undefined;
  if (chosen.size === 0) return resolve(world, indexed, indexed.facts.used);
  const wanted = { ...world, resources: withChosen(world.resources, chosen) };
  const resolution = resolve(wanted, takingChosen(indexed, chosen, {}), indexed.facts.used);
  if (resolution.kind === 'inputs') return resolution;
  return resolve(wanted, takingChosen(indexed, chosen, { passed: [] }), indexed.facts.used);
}

function withChosen(resources: WorldIndex['resources'], chosen: Chosen): WorldIndex['resources'] {
  return new Map(
    [...resources].map(([address, resource]): [string, IndexedResource] => {
      const found = chosen.get(address);
      if (found === undefined) return [address, resource];
      const version = { ...found, disabled: false };
      const others = resource.newestFirst.filter((other) => other.id !== version.id);
      const newestFirst = [...others, version].sort((a, b) => b.position - a.position);
      const byId = new Map([...resource.byId, [version.id, version]]);
      return [address, { ...resource, newestFirst, byId, pin: { kind: 'id', id: version.id } }];
    }),
  );
}

/** The resource is pinned to what was chosen, so a pin of the `get` itself must not win over that. */
function takingChosen(job: IndexedJob, chosen: Chosen, change: { readonly passed?: [] }): IndexedJob {
  const gets = job.gets.map((get) =>
    chosen.has(get.resource) ? { ...get, version: 'latest' as const, ...change } : get,
  );
  return { ...job, gets };
}

/**
 * How far each `every` get (by step id) has come in `newestFirst`, from its end. While one decision makes builds, versions become used and never
 * unused, so none is looked at twice.
 */
export type Turns = Map<string, number>;

/** `used`: versions that are not new to the job, which `every` passes over. */
export function resolve(
  world: WorldIndex,
  job: IndexedJob,
  used: ReadonlySet<VersionId>,
  turns: Turns = new Map(),
): Resolution {
  const versions = new Map<string, VersionFacts>();
  const passedGets: PassedGet[] = [];
  for (const get of job.gets) {
    const resource = world.resources.get(get.resource);
    const nothing = resource === undefined ? noVersion(get) : unusable(get, resource);
    if (resource === undefined || nothing !== undefined) return { kind: 'hold', hold: nothing ?? noVersion(get) };
    if (get.passed.length > 0) {
      passedGets.push(passedGet(get, resource, used));
      continue;
    }
    const best = bestVersion(get, resource, used, turns);
    // `unusable` saw one.
    if (best === undefined) throw new Error(`${get.resource} has a usable version and none is the best`);
    versions.set(get.id, best);
  }

  const together = chooseTogether(passedGets, world.passed);
  if (together === undefined) return { kind: 'hold', hold: whyNotTogether(passedGets, world) };
  for (const [step, version] of together.versions) versions.set(step, version);
  const inputs: ChosenInput[] = [];
  for (const get of job.gets) {
    const resource = world.resources.get(get.resource);
    const version = versions.get(get.id);
    if (resource === undefined || version === undefined) throw new Error(`no version was chosen for step ${get.id}`);
    inputs.push({ step: get.id, resourceId: resource.id, versionId: version.id });
  }
  return { kind: 'inputs', inputs, versions, builds: together.builds };
}

/** Whether a `get` may use this version at all: nobody disabled it, and it is what the pin says, if there is one. */
export function isUsable(get: GetStep, resource: IndexedResource, version: VersionFacts): boolean {
  const pin = pinOf(get, resource);
  return !version.disabled && (pin === undefined || matchesPin(pin, version));
}

/** Whether this version, not used before, makes the job run: what passed upstream does even if it was a first check's history. */
export function canTrigger(get: GetStep, version: VersionFacts): boolean {
  return get.trigger && (version.triggers || get.passed.length > 0);
}

const noVersion = (get: GetStep): Hold => ({ kind: 'no_version', resource: get.resource });

function unusable(get: GetStep, resource: IndexedResource): Hold | undefined {
  if (resource.newestFirst.some((version) => isUsable(get, resource, version))) return undefined;
  const pin = pinOf(get, resource);
  if (pin !== undefined) {
    const pinned = resource.newestFirst.find((version) => matchesPin(pin, version));
    return pinned === undefined
      ? { kind: 'pin_not_found', resource: get.resource }
      : { kind: 'pin_disabled', resource: get.resource, versionId: pinned.id };
  }
  return resource.newestFirst.length === 0 ? noVersion(get) : { kind: 'disabled', resource: get.resource };
}

/** For `every`, whether this is one of those that wait for their turn. */
const waits = (get: GetStep, version: VersionFacts, used: ReadonlySet<VersionId>): boolean =>
  get.version === 'every' && !used.has(version.id) && (version.triggers || get.passed.length > 0);

function bestVersion(
  get: GetStep,
  resource: IndexedResource,
  used: ReadonlySet<VersionId>,
  turns: Turns,
): VersionFacts | undefined {
  const { newestFirst } = resource;
  if (get.version === 'every') {
    let index = turns.get(get.id) ?? newestFirst.length - 1;
    for (; index >= 0; index--) {
      const version = newestFirst[index];
      if (version !== undefined && waits(get, version, used) && isUsable(get, resource, version)) break;
    }
    turns.set(get.id, index);
    if (index >= 0) return newestFirst[index];
  }
  return newestFirst.find((version) => isUsable(get, resource, version));
}

function passedGet(step: GetStep, resource: IndexedResource, used: ReadonlySet<VersionId>): PassedGet {
  return {
    step,
    resourceId: resource.id,
    usable: (id) => {
      const version = resource.byId.get(id);
      return version !== undefined && isUsable(step, resource, version) ? version : undefined;
    },
    compare: (a, b) => {
      const [aWaits, bWaits] = [waits(step, a, used), waits(step, b, used)];
      if (aWaits !== bWaits) return aWaits ? -1 : 1;
      return aWaits ? a.position - b.position : b.position - a.position;
    },
  };
}

/** Which upstream jobs have nothing for a get; if each has something, then nothing that goes together. */
function whyNotTogether(gets: readonly PassedGet[], world: WorldIndex): Hold {
  for (const get of gets) {
    const waitsFor = get.step.passed.filter((job) => {
      return !world.passed(job).some((build) => {
        const id = build.versions.get(get.resourceId);
        return id !== undefined && get.usable(id) !== undefined;
      });
    });
    if (waitsFor.length > 0) return { kind: 'upstream', resource: get.step.resource, waitsFor };
  }
  return {
    kind: 'not_together',
    resources: [...new Set(gets.map((get) => get.step.resource))],
    waitsFor: [...new Set(gets.flatMap((get) => get.step.passed))],
  };
}
