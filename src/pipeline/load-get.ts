/** What only a `get` has: `passed` and `version`. */
import type { Attribute, Expression } from '../hcl/syntax.ts';
import { DYNAMIC } from '../hcl/type.ts';
import { nearest } from '../lib/nearest.ts';
import { placeIn } from './expressions.ts';
import type { JobReading } from './job-reading.ts';
import { pinnedVersion } from './load-resource.ts';
import type { VersionChoice } from './plan-step.ts';

/** Names of jobs; the name of a block that stands for several jobs means all of them. */
export function readPassed(attribute: Attribute | undefined, resource: string | undefined, job: JobReading): string[] {
  const names = job.loading.expressions.texts(attribute, job.names) ?? [];
  const found = new Set<string>();
  names.forEach((name, at) => {
    const subject = elementRange(attribute, at);
    const jobs = job.groups.get(name);
    if (jobs === undefined) {
      if (job.loading.isLost('job', name) || [...job.unexpanded].some((group) => name.startsWith(`${group}--`))) return;
      const all = [...job.groups.keys()];
      const suggestion = nearest(name, all);
      const list = suggestion === undefined ? ` There are: ${all.join(', ')}.` : '';
      const detail = `"passed" names the job "${name}", and there is none.${list}`;
      const values = attribute === undefined ? [] : placeIn(attribute.expression, job.names).values;
      job.loading.error('unknown-job', 'Unknown job', detail, { subject, suggestion, values });
      return;
    }
    if (jobs.length === 0) {
      const detail = `The job "${name}" has a for_each without elements, so there is no job whose versions could have passed; this asks for nothing.`;
      job.loading.warning('passed-by-nobody', 'No job to pass', detail, { subject });
    }
    for (const upstream of jobs) {
      found.add(upstream);
      if (subject !== undefined) job.passed.push({ job: job.job, resource, upstream, at: subject });
    }
  });
  return [...found];
}

/** Where the nth name stands; the whole list, where it is computed. */
function elementRange(attribute: Attribute | undefined, at: number): Expression['range'] | undefined {
  const expression = attribute?.expression;
  const element = expression?.kind === 'tuple' ? expression.elements[at] : undefined;
  return element?.range ?? expression?.range;
}

export function readChoice(attribute: Attribute | undefined, job: JobReading): VersionChoice {
  if (attribute === undefined) return 'latest';
  const value = job.loading.expressions.constant(attribute.expression, '"version"', DYNAMIC, job.names);
  if (value === undefined || value.kind === 'null') return 'latest';
  if (value.kind === 'object' || value.kind === 'map') {
    const pinned = pinnedVersion(attribute, job.names, job.loading);
    return pinned === undefined ? 'latest' : { pinned };
  }
  if (value.kind === 'string' && (value.value === 'latest' || value.value === 'every')) return value.value;
  const detail = 'The version is "latest", "every", or the fields of one version: { ref = "…" }.';
  const suggestion = value.kind === 'string' ? nearest(value.value, ['latest', 'every']) : undefined;
  job.loading.error('bad-version', 'Not a choice of version', detail, {
    subject: attribute.expression.range,
    suggestion,
  });
  return 'latest';
}
