import { CodedError } from '../lib/coded-error.ts';
import { nearest } from '../lib/nearest.ts';
import { inDependencyOrder } from '../pipeline/job-order.ts';
import type { Job, Pipeline } from '../pipeline/model.ts';

/**
 * The jobs that are to run, each after those it waits for. The name of a block with `for_each` or `matrix` means all jobs that were made of it. Throws
 * `usage.missing` and `usage.bad_value`.
 */
export function chooseJobs({ jobs }: Pipeline, wanted: readonly string[], all: boolean): Job[] {
  const [only, ...others] = jobs;
  if (only === undefined)
    throw new CodedError('usage.bad_value', 'the pipeline has no job, so there is nothing to run');
  if (all) {
    if (wanted.length === 0) return inDependencyOrder(jobs);
    throw new CodedError('usage.bad_value', '--all means every job, and --job some', { hint: 'leave one of them out' });
  }
  if (wanted.length === 0) {
    if (others.length === 0) return [only];
    const names = jobs.map((job) => job.name).join(' | ');
    throw new CodedError('usage.missing', 'there are several jobs; say which to run', {
      hint: `--job ${names}, or --all`,
    });
  }
  const chosen = new Set(wanted.flatMap((name) => named(name, jobs)));
  return inDependencyOrder(jobs).filter((job) => chosen.has(job));
}

function named(wanted: string, jobs: readonly Job[]): Job[] {
  const one = jobs.find((job) => job.name === wanted);
  const group = one === undefined ? jobs.filter((job) => job.group === wanted) : [one];
  if (group.length > 0) return group;
  const names = [...new Set(jobs.flatMap((job) => [job.name, job.group]))];
  const near = nearest(wanted, names);
  throw new CodedError('usage.bad_value', `--job: there is no job "${wanted}"`, {
    hint: near === undefined ? `there are: ${jobs.map((job) => job.name).join(', ')}` : `did you mean "${near}"?`,
  });
}
