/** Which jobs of a pipeline are about which resources and other jobs: what has to be decided again after something happened. */
import type { Job, Pipeline } from './model.ts';
import type { GetStep } from './plan-step.ts';
import { allSteps } from './plan-walk.ts';

interface JobLinks {
  /** By name of a job: its `get`s, those in groups and hooks too. */
  readonly gets: ReadonlyMap<string, readonly GetStep[]>;
  /** By name of a job: addresses that it puts to. */
  readonly puts: ReadonlyMap<string, readonly string[]>;
  /** By address: names of the jobs that get it. */
  readonly getters: ReadonlyMap<string, readonly string[]>;
  /** By name of a job: those that name it in a `passed`. */
  readonly followers: ReadonlyMap<string, readonly string[]>;
}

// A model is frozen, and asked after every build.
const known = new WeakMap<Pipeline, JobLinks>();

export function jobLinks(model: Pipeline): JobLinks {
  const links = known.get(model) ?? findLinks(model.jobs);
  known.set(model, links);
  return links;
}

function findLinks(jobs: readonly Job[]): JobLinks {
  const gets = new Map<string, readonly GetStep[]>();
  const puts = new Map<string, readonly string[]>();
  const getters = new Map<string, string[]>();
  const followers = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, job: string): void => {
    map.set(key, [...(map.get(key) ?? []), job]);
  };
  for (const { name, steps, hooks } of jobs) {
    const all = [...allSteps(steps, hooks)];
    const own = all.filter((step) => step.kind === 'get');
    gets.set(name, own);
    puts.set(
      name,
      all.flatMap((step) => (step.kind === 'put' ? [step.resource] : [])),
    );
    for (const address of new Set(own.map((get) => get.resource))) add(getters, address, name);
    for (const upstream of new Set(own.flatMap((get) => get.passed))) add(followers, upstream, name);
  }
  return { gets, puts, getters, followers };
}

/** What happened in a pipeline: names of jobs that had a build begin, change or end, and addresses of resources with new versions. */
export interface Happened {
  readonly jobs: readonly string[];
  readonly resources: readonly string[];
}

/**
 * The jobs that something else may be decided of after that: those that get a new version; those whose builds changed, and those that let versions pass from
 * them; and those that get what such a build may have put. A job that gets nothing is built by people alone: nothing is decided of it.
 */
export function jobsConcerned(model: Pipeline, { jobs, resources }: Happened): ReadonlySet<string> {
  const { gets, puts, getters, followers } = jobLinks(model);
  const addresses = new Set([...resources, ...jobs.flatMap((job) => puts.get(job) ?? [])]);
  return new Set([
    ...jobs.filter((job) => gets.get(job)?.length !== 0),
    ...jobs.flatMap((job) => followers.get(job) ?? []),
    ...[...addresses].flatMap((address) => getters.get(address) ?? []),
  ]);
}
