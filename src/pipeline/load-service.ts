import type { Block } from '../hcl/syntax.ts';
import { placeOf } from './expressions.ts';
import { checkParams, plansOf, readBareParams, readParams } from './instance-params.ts';
import type { JobReading } from './job-reading.ts';
import { labelRange } from './loading.ts';
import type { PlanService } from './plan.ts';

/** `service "type" { … }` of a job; a second label names the instance, for a job that has two of a type. The caller gives the id. */
export function loadService(block: Block, job: JobReading): Omit<PlanService, 'id'> | undefined {
  const { loading } = job;
  const labels = loading.labels(block, ...(block.labels.length > 1 ? ['type', 'name'] : ['type']));
  const [typeName, name = typeName] = labels ?? [];
  if (typeName === undefined || name === undefined) return undefined;
  loading.isName(name, 'service', labelRange(block, labels?.length === 2 ? 1 : 0));
  const type = job.library.service(typeName, labelRange(block, 0));
  const reader = loading.reader(block.body, `service "${typeName}"`);
  const given = readParams(reader, job.names, loading);
  for (const [key, value] of readBareParams(reader, job.names, loading)) if (!given.has(key)) given.set(key, value);
  reader.finish();
  if (type === undefined) return undefined;
  const isUnread = reader.isMeant('params') || loading.isUnread(block.range);
  checkParams({ noun: 'service type', name: typeName, at: block.headerRange, isUnread }, type, given, [], loading);
  return {
    type: type.type.name,
    name,
    params: { ...type.defaults, ...plansOf(given) },
    at: placeOf(block.headerRange),
  };
}
