import type { Attribute } from '../hcl/syntax.ts';
import { isGlob } from '../lib/glob.ts';
import type { BlockReader } from './block-reader.ts';
import type { JobReading } from './job-reading.ts';
import type { TaskStep } from './plan-step.ts';

/** `reports { junit = ["build/**\/*.xml"] }` of a task. */
export function readReports(task: BlockReader, job: JobReading): TaskStep['reports'] {
  const { loading } = job;
  const block = task.block('reports');
  if (block === undefined) return undefined;
  loading.labels(block);
  const reader = loading.reader(block.body, 'reports');
  const attribute = reader.attribute('junit');
  const junit = loading.expressions.texts(attribute, job.names) ?? [];
  reader.finish();
  for (const pattern of junit) checkPattern(pattern, attribute, job);
  if (attribute === undefined && !reader.isMeant('junit')) {
    const detail = 'It names no files: reports { junit = ["build/test-results/*.xml"] }.';
    loading.error('missing-attribute', 'Attribute missing', detail, { subject: block.headerRange });
  }
  return junit.length === 0 ? undefined : { junit };
}

function checkPattern(pattern: string, attribute: Attribute | undefined, { loading }: JobReading): void {
  const subject = attribute?.expression.range;
  if (!isGlob(pattern)) {
    const detail = `"${pattern}" has a "[" without its "]".`;
    loading.error('bad-pattern', 'Not a pattern of paths', detail, { subject });
  } else if (pattern.startsWith('/') || pattern.split('/').includes('..')) {
    const detail = `"${pattern}" leads out of the build's directory; write it relative to $WORKDIR.`;
    loading.error('bad-pattern', 'Not a pattern of paths', detail, { subject });
  }
}
