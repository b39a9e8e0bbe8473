/**
 * Chooses versions for the gets of a job that name upstream jobs in `passed`.
 *
 * Each upstream job supplies all gets that name it from one and the same build. So what is chosen is, for every get a version, such that
 * every upstream job has at least one build that had the versions of all gets naming it. Among the choices the first get has its best version, then
 * the second, and so on.
 *
 * 1. Each upstream job starts with its builds that had a usable version for every get naming it (its domain).
 * 2. Prune: a version is possible for a get when every job it names has a build with it; builds with impossible versions
 *    leave their domains; repeat until nothing leaves. An empty domain means that there is no choice.
 * 3. Take the gets in turn, try its possible versions best first, keep only builds that had it, prune again, go on; go back
 *    when a domain is empty. Step 2 makes going back rare: it needs gets that share two upstream jobs crosswise.
 *
 * The windows of versions and builds bound the work, whatever the history. The idea of one build supplying all is Concourse's.
 */
import type { ResourceId, VersionId } from '../lib/ids.ts';
import type { GetStep } from '../pipeline/plan-step.ts';
import type { PassedBuild, VersionFacts } from './snapshot.ts';

export interface PassedGet {
  readonly step: GetStep;
  readonly resourceId: ResourceId;
  /** The version behind an id if this get may use it. */
  usable(id: VersionId): VersionFacts | undefined;
  /** Sorts the best first. */
  compare(a: VersionFacts, b: VersionFacts): number;
}

export interface FanIn {
  /** By step id. */
  readonly versions: ReadonlyMap<string, VersionFacts>;
  /** By name of the upstream job: the newest of its builds that had these versions. */
  readonly builds: ReadonlyMap<string, PassedBuild>;
}

type Domains = ReadonlyMap<string, readonly PassedBuild[]>;

/** `passed` gives a job's builds, newest first. `undefined`: no choice fits. */
export function chooseTogether(
  gets: readonly PassedGet[],
  passed: (job: string) => readonly PassedBuild[],
): FanIn | undefined {
  const versions = new Map<string, VersionFacts>();
  const builds = new Map<string, PassedBuild>();
  for (const group of connected(gets)) {
    const domains = prune(group, startDomains(group, passed));
    const chosen = domains === undefined ? undefined : search(group, 0, domains);
    if (chosen === undefined) return undefined;
    for (const [step, version] of chosen.versions) versions.set(step, version);
    for (const [job, build] of chosen.builds) builds.set(job, build);
  }
  return { versions, builds };
}

/** Gets that share an upstream job, directly or through others, depend on each other; the rest do not. */
function connected(gets: readonly PassedGet[]): readonly (readonly PassedGet[])[] {
  const groups: { readonly jobs: Set<string>; readonly gets: PassedGet[] }[] = [];
  for (const get of gets) {
    const touched = groups.filter((group) => get.step.passed.some((job) => group.jobs.has(job)));
    const [first, ...others] = touched;
    const group = first ?? { jobs: new Set<string>(), gets: [] };
    if (first === undefined) groups.push(group);
    for (const other of others) {
      for (const job of other.jobs) group.jobs.add(job);
      group.gets.push(...other.gets);
      groups.splice(groups.indexOf(other), 1);
    }
    for (const job of get.step.passed) group.jobs.add(job);
    group.gets.push(get);
  }
  const order = new Map(gets.map((get, index) => [get, index]));
  return groups.map((group) => group.gets.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)));
}

function startDomains(gets: readonly PassedGet[], passed: (job: string) => readonly PassedBuild[]): Domains {
  const jobs = new Set(gets.flatMap((get) => get.step.passed));
  return new Map([...jobs].map((job) => [job, passed(job)]));
}

const versionIn = (build: PassedBuild, get: PassedGet): VersionFacts | undefined => {
  const id = build.versions.get(get.resourceId);
  return id === undefined ? undefined : get.usable(id);
};

/** The versions that every job named by the get could supply. */
function possible(get: PassedGet, domains: Domains): ReadonlyMap<VersionId, VersionFacts> {
  let common: Map<VersionId, VersionFacts> | undefined;
  for (const job of get.step.passed) {
    const here = new Map<VersionId, VersionFacts>();
    for (const build of domains.get(job) ?? []) {
      const version = versionIn(build, get);
      if (version !== undefined && (common === undefined || common.has(version.id))) here.set(version.id, version);
    }
    common = here;
  }
  return common ?? new Map();
}

function prune(gets: readonly PassedGet[], start: Domains): Domains | undefined {
  const domains = new Map(start);
  for (let changed = true; changed; ) {
    changed = false;
    for (const get of gets) {
      const versions = possible(get, domains);
      for (const job of get.step.passed) {
        const before = domains.get(job) ?? [];
        const after = before.filter((build) => {
          const id = build.versions.get(get.resourceId);
          return id !== undefined && versions.has(id);
        });
        if (after.length === 0) return undefined;
        if (after.length === before.length) continue;
        domains.set(job, after);
        changed = true;
      }
    }
  }
  return domains;
}

function search(gets: readonly PassedGet[], index: number, domains: Domains): FanIn | undefined {
  const get = gets[index];
  if (get === undefined) {
    const builds = new Map<string, PassedBuild>();
    for (const [job, [newest]] of domains) if (newest !== undefined) builds.set(job, newest);
    return { versions: new Map(), builds };
  }
  const candidates = [...possible(get, domains).values()].sort((a, b) => get.compare(a, b));
  for (const version of candidates) {
    const narrowed = new Map(domains);
    for (const job of get.step.passed) {
      const builds = domains.get(job) ?? [];
      narrowed.set(
        job,
        builds.filter((build) => build.versions.get(get.resourceId) === version.id),
      );
    }
    const pruned = prune(gets, narrowed);
    const rest = pruned === undefined ? undefined : search(gets, index + 1, pruned);
    if (rest !== undefined) {
      return { versions: new Map([[get.step.id, version], ...rest.versions]), builds: rest.builds };
    }
  }
  return undefined;
}
