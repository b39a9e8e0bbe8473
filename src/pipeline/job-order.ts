/** Jobs in the order in which versions pass through them. */
import type { Job } from './model.ts';
import { allSteps } from './plan-walk.ts';

/** The jobs whose versions a job waits for: those in `passed` of its steps. */
export function upstreamOf(job: Job): ReadonlySet<string> {
  const names = [...allSteps(job.steps, job.hooks)].flatMap((step) => (step.kind === 'get' ? step.passed : []));
  return new Set(names);
}

/** Each job after all that it waits for, else in the order of the text. */
export function inDependencyOrder(jobs: readonly Job[]): Job[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const ordered = new Set<Job>();
  const visit = (job: Job): void => {
    if (ordered.has(job)) return;
    for (const name of upstreamOf(job)) {
      const upstream = byName.get(name);
      if (upstream !== undefined) visit(upstream);
    }
    ordered.add(job);
  };
  for (const job of jobs) visit(job);
  return [...ordered];
}

/** All that a job waits for, what that waits for among it. */
export function allUpstreamOf(job: Job, jobs: readonly Job[]): ReadonlySet<string> {
  const byName = new Map(jobs.map((one) => [one.name, one]));
  const found = new Set<string>();
  const visit = (one: Job): void => {
    for (const name of upstreamOf(one)) {
      if (found.has(name)) continue;
      found.add(name);
      const upstream = byName.get(name);
      if (upstream !== undefined) visit(upstream);
    }
  };
  visit(job);
  return found;
}
