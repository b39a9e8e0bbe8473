import { expect, test } from 'bun:test';
import type { VersionId } from '../lib/ids.ts';
import { say, sayInputs } from './cases/decision-words.ts';
import { isOpen, type Random, randomOf, randomPipeline, shuffled, somethingHappens } from './cases/random-world.ts';
import { SmallWorld } from './cases/small-world.ts';
import { decide } from './decide.ts';
import { canTrigger, isUsable, resolveInputs } from './resolve.ts';
import type { PassedBuild, Snapshot, VersionFacts } from './snapshot.ts';
import { type IndexedJob, indexWorld, type WorldIndex } from './world-index.ts';

const SEEDS = Array.from({ length: 60 }, (_, seed) => [seed]);
const EVENTS = 40;

function inAnyOrder(snapshot: Snapshot, random: Random): Snapshot {
  return {
    ...snapshot,
    jobs: shuffled(snapshot.jobs, random).map((job) => ({
      ...job,
      used: new Set(shuffled([...job.used], random)),
      passed: shuffled(job.passed, random),
      queued: shuffled(job.queued ?? [], random),
      live: shuffled(job.live ?? [], random),
    })),
    resources: shuffled(snapshot.resources, random).map((resource) => ({
      ...resource,
      versions: shuffled(resource.versions, random),
    })),
  };
}

/** Decides until nothing is left to decide, and checks each time that the order of the facts does not matter. */
function settle(world: SmallWorld, random: Random): void {
  let again = false;
  for (let round = 0; ; round++) {
    const decisions = decide(world.snapshot());
    expect(decide(inAnyOrder(world.snapshot(), random)).map(say)).toEqual(decisions.map(say));
    if (decisions.length === 0) return;
    // One look decides all there is to decide: what was decided changes nothing for the next. Only builds that leave the queue or stop others bring a second.
    expect(round === 0 || again).toBe(true);
    expect(round).toBeLessThan(3);
    again = decisions.some(({ kind }) => kind === 'withdraw' || kind === 'supersede' || kind === 'build');
    if (round > 0) expect(decisions.map(({ kind }) => kind)).not.toContain('withdraw');
    world.apply(decisions);
  }
}

/** No two builds that the scheduler made have the same versions for the same job. */
function expectNoTwins(world: SmallWorld): void {
  const sets = world.builds
    .filter((build) => !build.manual)
    .map((build) => [build.job, ...[...build.inputs].map(([id, input]) => `${id}=${input.version}`)].join(' '));
  expect(sets.length).toBe(new Set(sets).size);
  for (const job of world.jobs.keys()) {
    expect(world.builds.filter((build) => build.job === job && build.state === 'waiting').length).toBeLessThan(2);
  }
}

/**
 * What a job of `latest` gets would get, found by trying every choice of upstream builds: of those that fit, the one that is best for the first get, then
 * for the second, and so on. Slow, and nothing like the way it is done.
 */
function bestByTrying(world: WorldIndex, job: IndexedJob): ReadonlyMap<string, VersionFacts> | undefined {
  const upstream = [...new Set(job.gets.flatMap((get) => get.passed))];
  let best: ReadonlyMap<string, VersionFacts> | undefined;
  const positions = (choice: ReadonlyMap<string, VersionFacts>) =>
    job.gets.map((get) => choice.get(get.id)?.position ?? -1);
  const better = (a: readonly number[], b: readonly number[]): boolean => {
    const differs = a.findIndex((position, index) => position !== b[index]);
    return differs >= 0 && (a[differs] ?? 0) > (b[differs] ?? 0);
  };
  const consider = (builds: ReadonlyMap<string, PassedBuild>): void => {
    const choice = new Map<string, VersionFacts>();
    for (const get of job.gets) {
      const resource = world.resources.get(get.resource);
      const usable = resource?.newestFirst.filter((version) => isUsable(get, resource, version)) ?? [];
      const had = get.passed.map((name) => builds.get(name)?.versions.get(resource!.id));
      const fits = usable.find((version) => had.every((id) => id === version.id));
      if (fits === undefined) return;
      choice.set(get.id, fits);
    }
    if (best === undefined || better(positions(choice), positions(best))) best = choice;
  };
  const chooseFrom = (index: number, builds: ReadonlyMap<string, PassedBuild>): void => {
    const name = upstream[index];
    if (name === undefined) consider(builds);
    else for (const build of world.passed(name)) chooseFrom(index + 1, new Map([...builds, [name, build]]));
  };
  chooseFrom(0, new Map());
  return best;
}

/** After everything was decided nothing is left that a job could have run with: what is new waits in a build, or the job is paused. */
function expectNothingForgotten(small: SmallWorld): void {
  const snapshot = small.snapshot();
  const world = indexWorld(snapshot);
  for (const job of world.jobs) {
    if (job.facts.pausedBy !== undefined || !job.gets.some((get) => get.trigger)) continue;
    if (job.gets.some((get) => get.version === 'every')) expectEveryMade(world, job);
    else expectLatestMade(snapshot, world, job);
  }
}

function expectLatestMade(snapshot: Snapshot, world: WorldIndex, job: IndexedJob): void {
  const best = bestByTrying(world, job);
  const resolved = resolveInputs(snapshot, job.facts.name);
  const said = (choice: typeof best) => job.gets.map((get) => choice?.get(get.id)?.id.replace('/', '=')).join(' ');
  if (best === undefined) {
    expect(resolved?.kind).toBe('hold');
    expect(job.facts.pending === undefined ? job.facts.hold : 'waits').toBeDefined();
    return;
  }
  expect(resolved?.kind === 'inputs' && sayInputs(resolved.inputs)).toBe(said(best));
  const isNew = job.gets.some((get) => {
    const version = best.get(get.id);
    return version !== undefined && canTrigger(get, version) && !job.facts.used.has(version.id);
  });
  expect(job.facts.pending === undefined ? undefined : sayInputs(job.facts.pending.inputs)).toBe(
    isNew ? said(best) : undefined,
  );
}

function expectEveryMade(world: WorldIndex, job: IndexedJob): void {
  if (job.gets.some((get) => get.passed.length > 0)) return;
  const others = job.gets.map((get) => {
    const resource = world.resources.get(get.resource);
    return resource?.newestFirst.some((version) => isUsable(get, resource, version)) === true;
  });
  if (others.includes(false)) return;
  const made = new Set<VersionId>([
    ...job.facts.used,
    ...(job.facts.pending?.inputs ?? []).map((input) => input.versionId),
  ]);
  for (const get of job.gets) {
    const resource = world.resources.get(get.resource);
    if (resource === undefined || get.version !== 'every' || !get.trigger) continue;
    const wanted = resource.newestFirst.filter((version) => version.triggers && isUsable(get, resource, version));
    expect(wanted.filter((version) => !made.has(version.id)).map((version) => version.id)).toEqual([]);
  }
}

test.each(SEEDS)('random worlds, seed %i', (seed) => {
  const random = randomOf(seed);
  const world = new SmallWorld(randomPipeline(random));
  for (let event = 0; event < EVENTS; event++) {
    somethingHappens(world, random);
    settle(world, random);
    expectNoTwins(world);
    expectNothingForgotten(world);
  }

  // Everything is let go: in the end nothing waits any more, and it comes to an end.
  for (const resource of world.resources.values()) {
    delete resource.pin;
    for (const version of resource.versions) version.disabled = false;
  }
  for (const job of world.jobs.values()) job.paused = false;
  for (const name of world.resources.keys()) world.addVersion(name, 'last');
  for (let round = 0; round < 2_000; round++) {
    settle(world, random);
    const open = world.builds.find(isOpen);
    if (open === undefined) break;
    open.state = 'passed';
  }
  expect(world.builds.filter(isOpen)).toEqual([]);
  expectNoTwins(world);
  expectNothingForgotten(world);
});

test('the work does not grow with the square of what is there', () => {
  // Counted, not timed: how often a version is looked at.
  const looksFor = (versions: number): number => {
    const names = Array.from({ length: versions }, (_, index) => `v${index}`).join(' ');
    const world = new SmallWorld(`a: ${names}\njob each: get a trigger every\njob test: get a trigger`);
    const snapshot = world.snapshot();
    let looks = 0;
    const counted = snapshot.resources.map((resource) => ({
      ...resource,
      versions: new Proxy(resource.versions, {
        get(target, key) {
          if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
          return Reflect.get(target, key);
        },
      }),
    }));
    expect(decide({ ...snapshot, resources: counted }).length).toBe(versions + 1);
    return looks;
  };
  const [small, large] = [looksFor(200), looksFor(2_000)];
  expect(small).toBeGreaterThan(0);
  expect(large).toBeLessThan(12 * small);
});
