/** What `passed` says about the whole pipeline: a circle never starts, and a job that does not use a resource never passes its versions on. */
import type { PassedReference, PipelineReading } from './job-reading.ts';
import type { Loading } from './loading.ts';
import type { Job } from './model.ts';
import { allSteps } from './plan-walk.ts';

export function checkPassed(
  reading: Pick<PipelineReading, 'passed' | 'incomplete' | 'loading'>,
  jobs: readonly Job[],
): void {
  const { passed: references, incomplete, loading } = reading;
  const groups = new Map(jobs.map((job) => [job.name, job.group]));
  const used = new Map(jobs.map((job) => [job.name, resourcesOf(job)]));
  for (const { upstream, resource, at } of references) {
    if (resource === undefined || used.get(upstream)?.has(resource) !== false || incomplete.has(upstream)) continue;
    const dot = resource.indexOf('.');
    const [type, name] = [resource.slice(0, dot), resource.slice(dot + 1)];
    const detail = `The job "${groups.get(upstream) ?? upstream}" neither gets nor puts ${type} "${name}", so no version of it can have passed there.`;
    loading.error('not-passed-there', 'Nothing passes there', detail, { subject: at });
  }
  reportCircles(references, groups, loading);
}

function resourcesOf(job: Job): Set<string> {
  const resources = new Set<string>();
  for (const step of allSteps(job.steps, job.hooks)) {
    if (step.kind === 'get' || step.kind === 'put') resources.add(step.resource);
  }
  return resources;
}

/** Jobs of one block are in the same circles: each circle of blocks is reported once. */
function reportCircles(
  references: readonly PassedReference[],
  groups: ReadonlyMap<string, string>,
  loading: Loading,
): void {
  const reported = new Set<string>();
  const upstreams = new Map<string, PassedReference[]>();
  for (const reference of references) {
    upstreams.set(reference.job, [...(upstreams.get(reference.job) ?? []), reference]);
  }
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (job: string, by: PassedReference | undefined): void => {
    const at = path.indexOf(job);
    if (at >= 0) {
      const members = path.slice(at);
      const key = [...new Set(members.map((name) => groups.get(name) ?? name))].sort().join('\n');
      if (reported.has(key)) return;
      reported.add(key);
      const circle = [...members, job].map((name) => `"${name}"`).join(' waits for ');
      const detail = `These jobs wait for each other, so none of them ever starts: ${circle}.`;
      loading.error('circle', 'Jobs in a circle', detail, { subject: by?.at });
      return;
    }
    if (done.has(job)) return;
    path.push(job);
    for (const reference of upstreams.get(job) ?? []) visit(reference.upstream, reference);
    path.pop();
    done.add(job);
  };
  for (const job of upstreams.keys()) visit(job, undefined);
}
