/** Cuts out of a pipeline what one build, or one check, needs: its steps, and only the types, resources and names they use. */
import { CodedError } from '../lib/coded-error.ts';
import type { Job, Pipeline } from './model.ts';
import { needName } from './needed-variables.ts';
import type { BuildPlan, CheckPlan, PlanResource, PlanScope, VariableBinding } from './plan.ts';
import type { Step } from './plan-step.ts';
import type { PlanTypes, RunnerCommand } from './plan-types.ts';
import type { PlanValue } from './plan-value.ts';
import { allSteps, commandValues, stepValues } from './plan-walk.ts';

/** The plan of one build of a job. Throws `job_not_found` when the pipeline has no such job. */
export function planForJob(pipeline: Pipeline, jobName: string): BuildPlan {
  const job = pipeline.jobs.find((candidate) => candidate.name === jobName);
  if (job === undefined) {
    const names = pipeline.jobs.map((candidate) => candidate.name);
    throw new CodedError('job_not_found', `The pipeline has no job "${jobName}".`, {
      hint: names.length === 0 ? 'It has no jobs at all.' : `Its jobs are: ${names.join(', ')}.`,
    });
  }
  const cut = new Cut(pipeline);
  for (const service of job.services) {
    cut.values(Object.values(service.params));
    cut.serviceType(service.type);
  }
  const steps = [...allSteps(job.steps, job.hooks)];
  for (const step of steps) cut.step(step);
  for (const { step } of job.notices ?? []) cut.step(step);
  return {
    schema: 1,
    job: job.name,
    services: job.services,
    steps: job.steps,
    hooks: job.hooks,
    ...(job.notices !== undefined && { notices: job.notices }),
    ...(job.timeoutMs !== undefined && { timeoutMs: job.timeoutMs }),
    ...(job.inputs !== undefined && { inputs: job.inputs }),
    ...(job.approvals !== undefined && { approvals: job.approvals }),
    tags: tagsOf(job, [...cut.resources.values()]),
    types: cut.types,
    resources: Object.fromEntries(cut.resources),
    scope: cut.scope(job.each),
  };
}

/** What a worker needs to look for versions of the resource. Throws `resource_not_found`. */
export function planForCheck(pipeline: Pipeline, address: string): CheckPlan {
  const cut = new Cut(pipeline);
  const resource = cut.resource(address);
  if (resource === undefined) {
    throw new CodedError('resource_not_found', `The pipeline has no resource "${address}".`, {
      hint: `Its resources are: ${pipeline.resources.map((candidate) => candidate.address).join(', ') || 'none'}.`,
    });
  }
  return { schema: 1, address, resource, types: cut.types, scope: cut.scope(undefined) };
}

/** A build runs on one worker, so that worker must have every tag that the job or one of its resources asks for. */
function tagsOf(job: Job, resources: readonly PlanResource[]): string[] {
  return [...new Set([...job.tags, ...resources.flatMap((resource) => resource.tags)])];
}

/** Collects what is used; what a thing uses in turn is collected with it. */
class Cut {
  readonly types: PlanTypes = { runners: {}, resources: {}, services: {}, secrets: {}, notifications: {} };
  readonly resources = new Map<string, PlanResource>();
  readonly #pipeline: Pipeline;
  readonly #variables: Record<string, VariableBinding> = {};
  readonly #locals: Record<string, PlanValue> = {};

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  scope(each: Job['each']): PlanScope {
    return { variables: this.#variables, locals: this.#locals, ...(each !== undefined && { each }) };
  }

  step(step: Step): void {
    this.values(stepValues(step));
    if (step.kind === 'task') this.#command(step.run);
    if (step.kind === 'get' || step.kind === 'put') this.resource(step.resource);
    if (step.kind === 'notify') {
      const type = take(this.#pipeline.types.notifications, this.types.notifications, step.type);
      if (type !== undefined) this.#command(type.notify);
    }
  }

  resource(address: string): PlanResource | undefined {
    const known = this.resources.get(address);
    if (known !== undefined) return known;
    const found = this.#pipeline.resources.find((candidate) => candidate.address === address);
    if (found === undefined) return undefined;
    const { type, name, directory, params, cache, tags } = found;
    const resource: PlanResource = { type, name, params, cache, tags, ...(directory !== undefined && { directory }) };
    this.resources.set(address, resource);
    this.values(Object.values(params));
    const resourceType = take(this.#pipeline.types.resources, this.types.resources, type);
    for (const command of [resourceType?.check, resourceType?.pull, resourceType?.push]) this.#command(command);
    return resource;
  }

  serviceType(name: string): void {
    const type = take(this.#pipeline.types.services, this.types.services, name);
    if (type === undefined) return;
    this.values(Object.values(type.defaults));
    for (const command of [type.start, type.readyCheck?.command, type.stop]) this.#command(command);
  }

  values(values: readonly PlanValue[]): void {
    for (const value of values) {
      if (value.kind === 'deferred') for (const need of value.needs) this.#need(need);
    }
  }

  #command(command: RunnerCommand | undefined): void {
    if (command === undefined) return;
    this.values(commandValues(command));
    take(this.#pipeline.types.runners, this.types.runners, command.runner);
    if (command.through !== undefined) {
      take(this.#pipeline.types.runners, this.types.runners, command.through.runner);
    }
  }

  #need(need: string): void {
    const name = needName(need, 'local');
    const local = name === undefined ? undefined : take(this.#pipeline.scope.locals, this.#locals, name);
    if (local !== undefined) this.values([local]);
    const variable = needName(need, 'var');
    if (variable !== undefined) this.#variable(variable);
  }

  #variable(name: string): void {
    const binding = take(this.#pipeline.scope.variables, this.#variables, name);
    if (binding?.kind !== 'secret') return;
    this.values(Object.values(binding.params));
    const type = take(this.#pipeline.types.secrets, this.types.secrets, binding.type);
    if (type === undefined) return;
    this.values(Object.values(type.config));
    this.#command(type.get);
  }
}

/** Copies an entry; gives it only when it is new, so that what hangs on it is walked once. */
function take<T>(from: Readonly<Record<string, T>>, into: Record<string, T>, name: string): T | undefined {
  const found = Object.hasOwn(from, name) ? from[name] : undefined;
  if (found === undefined || Object.hasOwn(into, name)) return undefined;
  into[name] = found;
  return found;
}
