import type { BlockReader } from './block-reader.ts';
import type { JobReading } from './job-reading.ts';
import type { PlanValue } from './plan-value.ts';

/** `id_token { aud = "sts.amazonaws.com" }` of a task: whom its token is for. */
export function readIdToken(task: BlockReader, job: JobReading): PlanValue | undefined {
  const { loading } = job;
  const block = task.block('id_token');
  if (block === undefined) return undefined;
  loading.labels(block);
  const reader = loading.reader(block.body, 'id_token');
  const aud = reader.attribute('aud');
  reader.finish();
  if (aud !== undefined) return loading.expressions.planValue(aud.expression, job.names).plan;
  if (!reader.isMeant('aud')) {
    const detail = 'Whom is the token for? Say it: id_token { aud = "sts.amazonaws.com" }.';
    loading.error('missing-attribute', 'Attribute missing', detail, { subject: block.headerRange });
  }
  return undefined;
}
