/** `job` blocks: which jobs there are, and what each does. */
import type { Block } from '../hcl/syntax.ts';
import { STRING } from '../hcl/type.ts';
import { UNKNOWN, unknownValue } from '../hcl/value.ts';
import { toJson } from '../hcl/value-json.ts';
import { expandDynamic } from './expand-dynamic.ts';
import { expandJob, type JobInstance } from './expand-job.ts';
import { placeOf } from './expressions.ts';
import { anyJobNames, type JobReading, jobNames, type PipelineReading } from './job-reading.ts';
import { loadApprovals, loadRetain } from './load-gates.ts';
import { checkUnattended, inputsAsValue, loadJobInputs } from './load-job-inputs.ts';
import { loadService } from './load-service.ts';
import { loadHooks, loadSteps } from './load-steps.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Job } from './model.ts';
import { type Names, withNames } from './names.ts';
import type { PlanService } from './plan.ts';

/** A block and the jobs it stands for. */
export interface JobGroup {
  /** With the prefix of its module, as the names of the instances. */
  readonly name: string;
  readonly block: Block;
  readonly instances: readonly JobInstance[];
  /** False when it has `for_each` or `matrix` and something is wrong with that: then it stands for one job of its own name. */
  readonly isExpanded: boolean;
}

/** First pass: names only, so that `passed` can refer to jobs further down. */
export function findJobs(
  blocks: readonly Block[],
  names: Names,
  loading: Loading,
  { prefix, taken }: { readonly prefix: string; readonly taken: Map<string, Block> },
): JobGroup[] {
  const groups: JobGroup[] = [];
  for (const block of blocks) {
    const [label] = loading.labels(block, 'name') ?? [];
    if (label === undefined) continue;
    // One with an unusable name still exists, so that what refers to it is not wrong too.
    loading.isName(label, 'job', labelRange(block, 0));
    const name = `${prefix}${label}`;
    const body = expandDynamic(block.body, names, loading, 'matrix');
    const reader = loading.reader(body, `job "${name}"`);
    const expanded = expandJob(name, block, reader, names, loading);
    const instances = expanded ?? [{ name, each: { key: unknownValue(STRING), value: UNKNOWN } }];
    for (const instance of instances) {
      const first = taken.get(instance.name);
      if (first !== undefined) {
        const { file, start } = first.range;
        const where = file === block.range.file ? '' : ` of ${file}`;
        const detail = `There is a job "${instance.name}" on line ${start.line}${where} already.`;
        loading.error('duplicate-name', 'Declared twice', detail, { subject: block.headerRange });
        break;
      }
      taken.set(instance.name, block);
    }
    groups.push({ name, block, instances, isExpanded: expanded !== undefined });
  }
  return groups;
}

/** The jobs that each name in a text stands for: a block's name for all its jobs, and each job's own. In a module names are without its prefix. */
export function jobsByName(groups: readonly JobGroup[], prefix: string): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { name, instances } of groups) {
    if (!name.startsWith(prefix)) continue;
    names.set(
      name.slice(prefix.length),
      instances.map((instance) => instance.name),
    );
    for (const instance of instances) names.set(instance.name.slice(prefix.length), [instance.name]);
  }
  return names;
}

export function loadJob(group: JobGroup, instance: JobInstance, names: Names, reading: PipelineReading): Job {
  const { loading } = reading;
  const { expressions } = loading;
  const { block } = group;
  const each = instance.each;
  const outer = each === undefined ? names : withEach(names, each, group.isExpanded);
  const body = expandDynamic(block.body, anyJobNames(outer), loading);
  if (loading.isUnread(block.range)) reading.incomplete.add(instance.name);
  const reader = loading.reader(body, `job "${group.name}"`);
  reader.attribute('for_each');
  reader.blocks('matrix');
  reader.unsupported(['reports']);
  const inputs = loadJobInputs(reader, outer, loading);
  const approvals = loadApprovals(reader, outer, loading);
  const retain = loadRetain(reader, outer, loading);
  const here = jobNames(body, outer, inputsAsValue(inputs));
  const concurrency = expressions.integer(reader.attribute('concurrency'), outer, 1);
  const serialGroups = expressions.texts(reader.attribute('serial_groups'), outer) ?? [];
  const priority = expressions.integer(reader.attribute('priority'), outer, Number.NEGATIVE_INFINITY) ?? 0;
  const timeoutMs = expressions.duration(reader.attribute('timeout'), outer);
  const job: JobReading = {
    ...reading,
    job: instance.name,
    names: here.names,
    later: here.later,
    timeoutMs,
    directories: new Map(),
    environment: new Map(),
    tags: new Set(),
  };
  const tags = expressions.tags(reader.attribute('tags'), outer);
  const interruptible = expressions.flag(reader.attribute('interruptible'), outer) ?? false;
  const errorRetries = expressions.integer(reader.attribute('error_retries'), outer, 0);
  const disableManualTrigger = expressions.flag(reader.attribute('disable_manual_trigger'), outer) ?? false;
  const services = loadServices(reader.blocks('service'), job);
  const steps = loadSteps(reader, '', job);
  const hooks = loadHooks(reader, '', job);
  reader.finish();
  checkUnattended(inputs, steps, block, loading);
  return {
    name: instance.name,
    group: group.name,
    at: placeOf(block.headerRange),
    services,
    steps,
    hooks,
    ...(concurrency !== undefined && { concurrency }),
    serialGroups,
    priority,
    ...(timeoutMs !== undefined && { timeoutMs }),
    tags: [...new Set([...tags, ...job.tags])],
    interruptible,
    ...(errorRetries !== undefined && { errorRetries }),
    disableManualTrigger,
    ...(inputs.length > 0 && { inputs }),
    ...(approvals.length > 0 && { approvals }),
    ...(retain !== undefined && { retain }),
    ...(each !== undefined && group.isExpanded && { each: { key: toJson(each.key), value: toJson(each.value) } }),
  };
}

function withEach(names: Names, each: NonNullable<JobInstance['each']>, isExpanded: boolean): Names {
  const { each: _, ...elsewhere } = names.elsewhere;
  return withNames(
    names,
    { each: { kind: 'object', entries: new Map(Object.entries(each)), sensitive: false } },
    { elsewhere, ...(!isExpanded && { broken: new Set([...(names.broken ?? []), 'each']) }) },
  );
}

function loadServices(blocks: readonly Block[], job: JobReading): PlanService[] {
  const ids = new Map<string, number>();
  return blocks.flatMap((block) => {
    const service = loadService(block, job);
    if (service === undefined) return [];
    const count = (ids.get(service.name) ?? 0) + 1;
    ids.set(service.name, count);
    takeServiceName(service.name, block, job);
    return [{ ...service, id: count === 1 ? `service:${service.name}` : `service:${service.name}:${count}` }];
  });
}

/** What a service says is in the environment as `SERVICE_<NAME>_…`: of two with one name the second would hide the first. */
function takeServiceName(name: string, block: Block, job: JobReading): void {
  const variable = `SERVICE_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
  const what = `service "${name}"`;
  const other = job.environment.get(variable);
  job.environment.set(variable, what);
  if (other === undefined) return;
  const detail = `${other === what ? 'Two services' : `${other} and ${what}`} would both set ${variable}_… in the environment. A second label gives one of them another name: service "postgresql" "second" { … }.`;
  job.loading.error('environment-clash', 'Names clash', detail, { subject: block.headerRange });
}
