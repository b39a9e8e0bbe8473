import { expect, test } from 'bun:test';
import { type Build, SmallWorld, say } from './cases/small-world.ts';
import { decide } from './decide.ts';
import type { Snapshot } from './snapshot.ts';

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
function randomOf(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WORLD = `
a:
b:
job each: get a trigger every
job test: get a trigger, get b
job lint: get a trigger
job both: get a trigger passed test,lint, get b passed test
job ship: get a trigger passed both, get b trigger passed both
job slow: get b trigger every passed both
`;

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function inAnyOrder(snapshot: Snapshot, random: () => number): Snapshot {
  return {
    ...snapshot,
    jobs: shuffled(snapshot.jobs, random).map((job) => ({
      ...job,
      used: new Set(shuffled([...job.used], random)),
      passed: shuffled(job.passed, random),
    })),
    resources: shuffled(snapshot.resources, random).map((resource) => ({
      ...resource,
      versions: shuffled(resource.versions, random),
    })),
  };
}

/** Decides until nothing is left to decide, and checks each time that the order of the facts does not matter. */
function settle(world: SmallWorld, random: () => number): void {
  for (let round = 0; ; round++) {
    const decisions = decide(world.snapshot());
    expect(decide(inAnyOrder(world.snapshot(), random)).map(say)).toEqual(decisions.map(say));
    if (decisions.length === 0) return;
    // One look decides all there is to decide: what was decided changes nothing for the next.
    expect(round).toBe(0);
    world.apply(decisions);
  }
}

function somethingHappens(world: SmallWorld, random: () => number): void {
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const name = random() < 0.5 ? 'a' : 'b';
  const resource = world.resource(name);
  const version = pick(resource.versions);
  const build = pick(world.builds.filter((one) => one.state !== 'passed' && one.state !== 'failed'));
  const dice = random();
  if (dice < 0.3) world.addVersion(name, `v${resource.versions.length + 1}${random() < 0.1 ? '~' : ''}`);
  else if (dice < 0.75 && build !== undefined) step(build, random() < 0.8);
  else if (dice < 0.8 && version !== undefined) version.disabled = !version.disabled;
  else if (dice < 0.85 && version !== undefined) {
    if (resource.pin === undefined) resource.pin = version.name;
    else delete resource.pin;
  } else if (dice < 0.9) world.job('both').paused = !world.job('both').paused;
  else if (dice < 0.95 && version !== undefined)
    world.say(`ran lint a=${world.resource('a').versions[0]?.name ?? 'v0'}`);
  else world.revision = `r${Math.floor(random() * 3)}`;
}

function step(build: Build, passes: boolean): void {
  build.state = build.state === 'running' ? (passes ? 'passed' : 'failed') : 'running';
}

/** No two builds that the scheduler made have the same versions for the same job. */
function expectNoTwins(world: SmallWorld, manual: ReadonlySet<Build>): void {
  const sets = world.builds
    .filter((build) => !manual.has(build))
    .map((build) => [build.job, ...[...build.inputs].map(([id, input]) => `${id}=${input.version}`)].join(' '));
  expect(sets.length).toBe(new Set(sets).size);
}

test.each(Array.from({ length: 20 }, (_, seed) => [seed]))('random worlds, seed %i', (seed) => {
  const random = randomOf(seed);
  const world = new SmallWorld(WORLD);
  const manual = new Set<Build>();
  for (let event = 0; event < 50; event++) {
    const before = new Set(world.builds);
    somethingHappens(world, random);
    for (const build of world.builds) if (!before.has(build)) manual.add(build);
    settle(world, random);
    expectNoTwins(world, manual);
    for (const job of world.jobs.keys()) {
      expect(world.builds.filter((build) => build.job === job && build.state === 'waiting').length).toBeLessThan(2);
    }
  }

  // Everything is let go: in the end nothing waits, and nothing that should have been built is missing.
  for (const resource of world.resources.values()) {
    delete resource.pin;
    for (const version of resource.versions) version.disabled = false;
  }
  world.job('both').paused = false;
  world.addVersion('a', 'last');
  world.addVersion('b', 'last');
  for (let round = 0; round < 200; round++) {
    settle(world, random);
    const open = world.builds.find((build) => build.state !== 'passed' && build.state !== 'failed');
    if (open === undefined) break;
    open.state = 'passed';
  }
  const had = (job: string, resource: string): string[] =>
    world.builds
      .filter((build) => build.job === job)
      .flatMap((build) => [...build.inputs.values()].filter((input) => input.resource === resource))
      .map((input) => input.version);
  expect(world.builds.filter((build) => build.state !== 'passed' && build.state !== 'failed')).toEqual([]);
  for (const version of world.resource('a').versions) {
    if (version.triggers) expect(had('each', 'a')).toContain(version.name);
  }
  for (const job of ['test', 'lint', 'both', 'ship']) expect(had(job, 'a')).toContain('last');
  expect(had('slow', 'b')).toContain('last');
  for (const job of world.jobs.values()) expect(job.hold).toBeUndefined();
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
