/**
 * What is right and does nothing: a variable nobody uses, a job that can never start. Warnings, and only about a pipeline without errors, for in one
 * with errors what is used is not known yet.
 */
import { hasErrors } from '../hcl/diagnostic.ts';
import { references } from '../hcl/references.ts';
import type { Attribute, Body } from '../hcl/syntax.ts';
import type { PipelineReading } from './job-reading.ts';
import type { JobGroup } from './load-jobs.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Job } from './model.ts';
import { secondName } from './names.ts';
import { allSteps } from './plan-walk.ts';
import type { BlocksOf } from './read-parts.ts';
import { SOURCE_KINDS } from './source.ts';
import type { TypeLibrary } from './type-library.ts';

/** The pipeline itself or a module; `reading` has its names. */
export interface ReadPart {
  readonly reading: PipelineReading;
  readonly groups: readonly JobGroup[];
  /** Of all parts. */
  readonly jobs: readonly Job[];
  readonly blocksOf: BlocksOf;
  /** Everything in which names may be used. */
  readonly bodies: readonly Body[];
  readonly isMain: boolean;
}

export function checkUseless(read: ReadPart): void {
  const { reading, groups, jobs } = read;
  const { loading } = reading;
  if (hasErrors(loading.diagnostics)) return;
  if (read.isMain && read.bodies.length === 0) {
    const detail = 'There is nothing in this file. A pipeline has at least one job: job "name" { … }.';
    const start = { line: 1, column: 1, byte: 0 };
    const subject = { file: loading.request.bundle.main, start, end: start };
    loading.warning('empty-pipeline', 'Empty pipeline', detail, { subject });
  }
  checkNames(read, loading);
  checkResources(read, loading);
  checkNotifications(read, loading);
  checkTypes(read, reading.library, loading);
  for (const group of groups) checkJob(group, jobs, loading);
}

function checkNames({ bodies, blocksOf }: ReadPart, loading: Loading): void {
  const used = new Set<string>();
  for (const body of bodies) for (const name of namesIn(body)) used.add(name);
  // `var` alone uses them all.
  const isUsed = (root: string, name: string): boolean => used.has(root) || used.has(`${root}.${name}`);
  for (const block of blocksOf('variable')) {
    const name = block.labels[0]?.value ?? '';
    if (isUsed('var', name)) continue;
    const detail = `Nothing uses var.${name}. Use it, or take the variable out.`;
    loading.warning('unused-variable', 'Variable without use', detail, { subject: block.headerRange });
  }
  for (const { name, nameRange } of blocksOf('locals').flatMap(({ body }) => attributesOf(body))) {
    if (isUsed('local', name)) continue;
    const detail = `Nothing uses local.${name}. Use it, or take it out.`;
    loading.warning('unused-local', 'Local without use', detail, { subject: nameRange });
  }
}

const attributesOf = (body: Body): Attribute[] =>
  body.items.filter((item): item is Attribute => item.kind === 'attribute');

function* namesIn(body: Body): Generator<string> {
  for (const item of body.items) {
    if (item.kind === 'block') yield* namesIn(item.body);
    else {
      for (const reference of references(item.expression)) {
        const name = secondName(reference);
        yield name === undefined ? reference.root : `${reference.root}.${name}`;
      }
    }
  }
}

function checkResources({ jobs, blocksOf, reading }: ReadPart, loading: Loading): void {
  const used = new Set<string>();
  for (const job of jobs) {
    for (const step of allSteps(job.steps, job.hooks)) {
      if (step.kind === 'get' || step.kind === 'put') used.add(step.resource);
    }
  }
  for (const block of blocksOf('resource')) {
    const [type, name] = block.labels.map((label) => label.value);
    const resource = reading.resources.get(`${type}.${name}`);
    if (resource === undefined || used.has(resource.address)) continue;
    const detail = `No job gets or puts it, so it would be looked at for nothing. Use it in a job, get "${type}" "${name}" { trigger = true }, or take it out.`;
    loading.warning('unused-resource', 'Resource without use', detail, { subject: block.headerRange });
  }
}

function checkNotifications({ reading, blocksOf }: ReadPart, loading: Loading): void {
  for (const block of blocksOf('notification')) {
    const [type, name] = block.labels.map((label) => label.value);
    const notification = reading.notifications.get(`${type}.${name}`);
    if (notification === undefined || notification.on.length > 0 || reading.notified.has(notification)) continue;
    const detail = `It has no "on" and no job names it in a notify, so it is never sent. With on = ["failure", "error"] it follows every job.`;
    loading.warning('unused-notification', 'Notification that is never sent', detail, { subject: block.headerRange });
  }
}

function checkTypes({ blocksOf }: ReadPart, library: TypeLibrary, loading: Loading): void {
  for (const kind of SOURCE_KINDS) {
    for (const block of blocksOf(kind)) {
      const name = block.labels[0]?.value ?? '';
      if (library.isUsed(kind, name)) continue;
      const detail = `Nothing is of the ${kind.replace('_', ' ')} "${name}". Use it, or take it out.`;
      loading.warning('unused-type', 'Type without use', detail, { subject: block.headerRange });
    }
  }
}

function checkJob({ name, block, instances }: JobGroup, jobs: readonly Job[], loading: Loading): void {
  const job = jobs.find((one) => one.name === instances[0]?.name);
  if (job === undefined) {
    const detail = 'Its "for_each" or "matrix" has nothing in it, so no job is made of this block.';
    loading.warning('empty-job', 'No jobs', detail, { subject: block.headerRange });
    return;
  }
  const steps = [...allSteps(job.steps, job.hooks)];
  if (steps.length === 0 && job.services.length === 0) {
    const detail = `The job "${name}" has no steps, so it does nothing. Give it a task: task "name" { run "shell" { cmd = "…" } }.`;
    loading.warning('empty-job', 'Job without steps', detail, { subject: block.headerRange });
    return;
  }
  const isTriggered = steps.some((step) => step.kind === 'get' && step.trigger);
  if (!job.disableManualTrigger || isTriggered) return;
  const detail = `Nobody may start the job "${name}" by hand, and no get in it has trigger = true, so it never runs.`;
  loading.warning('unreachable-job', 'Job that never runs', detail, { subject: labelRange(block, 0) });
}
