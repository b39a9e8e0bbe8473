/** Pipelines and what happens to them, by chance that a seed repeats. */
import type { Build, SmallWorld } from './small-world.ts';

export type Random = () => number;

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function randomOf(seed: number): Random {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(items: readonly T[], random: Random): T | undefined {
  return items[Math.floor(random() * items.length)];
}

export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Two or three resources and up to six jobs; a `passed` names jobs before it that get the resource. */
export function randomPipeline(random: Random): string {
  const resources = ['a', 'b', 'c'].slice(0, random() < 0.5 ? 2 : 3);
  const getting = new Map<string, string[]>(resources.map((resource) => [resource, []]));
  const lines = resources.map((resource) => `${resource}:`);
  const jobs = 3 + Math.floor(random() * 4);
  for (let index = 1; index <= jobs; index++) {
    const name = `j${index}`;
    const taken = shuffled(resources, random).slice(0, 1 + Math.floor(random() * resources.length));
    const gets = taken.map((resource) => {
      const upstream = shuffled(getting.get(resource) ?? [], random).slice(0, random() < 0.7 ? 1 : 2);
      const passed = upstream.length > 0 && random() < 0.6 ? ` passed ${upstream.join(',')}` : '';
      return `get ${resource}${random() < 0.75 ? ' trigger' : ''}${random() < 0.15 ? ' every' : ''}${passed}`;
    });
    lines.push(`job ${name}: ${gets.join(', ')}`);
    if (random() < 0.15) lines.push(`interruptible ${name}`);
    if (random() < 0.15) lines.push(`approve ${name}`);
    for (const resource of taken) getting.get(resource)?.push(name);
  }
  return lines.join('\n');
}

export const isOpen = (build: Build): boolean => build.state !== 'passed' && build.state !== 'failed';

/** A version is found, a build goes on, a person does something, or a new revision is set. */
export function somethingHappens(world: SmallWorld, random: Random): void {
  const name = pick([...world.resources.keys()], random) ?? '';
  const resource = world.resource(name);
  const version = pick(resource.versions, random);
  const build = pick(world.builds.filter(isOpen), random);
  const job = world.job(pick([...world.jobs.keys()], random) ?? '');
  const dice = random();
  if (dice < 0.3) world.addVersion(name, `v${resource.versions.length + 1}${random() < 0.1 ? '~' : ''}`);
  else if (dice < 0.7) {
    if (build !== undefined) goOn(world, build, random() < 0.8);
  } else if (dice < 0.8 && version !== undefined) version.disabled = !version.disabled;
  else if (dice < 0.85 && version !== undefined) {
    if (resource.pin === undefined) resource.pin = version.name;
    else delete resource.pin;
  } else if (dice < 0.9) job.paused = !job.paused;
  else if (dice < 0.94) personRuns(world, random);
  else newRevision(world, random);
}

/** The text changed: somewhere a `get` triggers now or does not, takes every version or the latest, asks for less to have passed. */
function newRevision(world: SmallWorld, random: Random): void {
  world.revision = `r${Math.floor(random() * 1_000)}`;
  const { steps } = world.job(pick([...world.jobs.keys()], random) ?? '');
  const index = Math.floor(random() * steps.length);
  const step = steps[index];
  if (step?.kind !== 'get') return;
  const dice = random();
  if (dice < 0.3) steps[index] = { ...step, trigger: !step.trigger };
  else if (dice < 0.6) steps[index] = { ...step, version: step.version === 'every' ? 'latest' : 'every' };
  else if (dice < 0.8) steps[index] = { ...step, passed: step.passed.slice(1) };
}

function goOn(world: SmallWorld, build: Build, passes: boolean): void {
  if (world.job(build.job).asksForApproval && !build.approved && build.state !== 'running') {
    build.approved = true;
    // With that its versions are fixed.
    build.state = 'queued';
    return;
  }
  build.state = build.state === 'running' ? (passes ? 'passed' : 'failed') : 'running';
}

/** A person starts a job with versions of her choice. */
function personRuns(world: SmallWorld, random: Random): void {
  const name = pick([...world.jobs.keys()], random) ?? '';
  const chosen = world.getsOf(name).map(({ resource }) => {
    const version = pick(world.resource(resource).versions, random);
    return version === undefined ? undefined : `${resource}=${version.name}`;
  });
  if (chosen.every((choice) => choice !== undefined)) world.say(`queued ${name} manual ${chosen.join(' ')}`);
}
