/** The step tree of a build, as pages, the terminal and the API show it. One description for all of them. */
import { assertNever } from '../lib/assert-never.ts';
import type { BuildPlan, PlanService } from './plan.ts';
import type { Step } from './plan-step.ts';
import type { RunnerCommand } from './plan-types.ts';
import type { PlanValue } from './plan-value.ts';
import { type HookName, hookEntries } from './plan-walk.ts';

/** What a step follows: an outcome, or the end of the build, as a notification that is sent by itself. */
type StepHook = HookName | 'notification';

/** A node of the tree; the same shape as the API's `stepView`. */
export interface StepNode {
  readonly id: string;
  readonly name: string;
  readonly kind: 'get' | 'task' | 'put' | 'notify' | 'set_pipeline' | 'in_parallel' | 'service' | 'check';
  /** A group's id, the id of the step that this is a hook of, or `job` for the job's own hooks. */
  readonly parent?: string;
  readonly hook?: StepHook;
  /** In one line what it runs: `exec make test`, `git.my-app`. Nothing of what is only known at run time. */
  readonly summary: string;
}

/** The parts of a service's life that are steps of the build, under these ids. */
export type ServicePart = 'start' | 'ready' | 'log' | 'stop';

export const serviceStepId = (service: Pick<PlanService, 'id'>, part: ServicePart): string => `${service.id}:${part}`;

/** Nodes in the order in which they are shown: services start, steps with their children and hooks, the job's hooks, services stop. */
export function describePlan(plan: BuildPlan): StepNode[] {
  const nodes: StepNode[] = [];
  for (const service of plan.services) {
    nodes.push(serviceNode(service, 'start'));
    if (plan.types.services[service.type]?.readyCheck !== undefined) nodes.push(serviceNode(service, 'ready'));
    nodes.push(serviceNode(service, 'log'));
  }
  for (const step of plan.steps) describeStep(step, {}, nodes);
  describeHooks(plan.hooks, 'job', nodes);
  for (const service of [...plan.services].reverse()) {
    if (plan.types.services[service.type]?.stop !== undefined) nodes.push(serviceNode(service, 'stop'));
  }
  for (const { step } of plan.notices ?? []) {
    describeStep(step, { parent: 'job', hook: 'notification' }, nodes);
  }
  return nodes;
}

function serviceNode(service: PlanService, part: ServicePart): StepNode {
  const words = { start: 'start', ready: 'wait for', log: 'log of', stop: 'stop' };
  return {
    id: serviceStepId(service, part),
    name: `${service.name} ${part}`,
    kind: 'service',
    summary: `${words[part]} ${service.name}`,
  };
}

function describeStep(step: Step, place: { parent?: string; hook?: StepHook }, nodes: StepNode[]): void {
  nodes.push({ id: step.id, name: step.name, kind: step.kind, ...place, summary: summaryOf(step) });
  if (step.kind === 'in_parallel') for (const child of step.steps) describeStep(child, { parent: step.id }, nodes);
  describeHooks(step.hooks, step.id, nodes);
}

function describeHooks(hooks: Step['hooks'], parent: string, nodes: StepNode[]): void {
  for (const { name, steps } of hookEntries(hooks)) {
    for (const step of steps) describeStep(step, { parent, hook: name }, nodes);
  }
}

function summaryOf(step: Step): string {
  switch (step.kind) {
    case 'get':
    case 'put':
      return step.resource;
    case 'task':
      return describeCommand(step.run);
    case 'notify':
      return step.type;
    case 'set_pipeline':
      return knownText(step.file) ?? '';
    case 'in_parallel':
      return step.steps.length === 1 ? '1 step' : `${step.steps.length} steps`;
    default:
      return assertNever(step);
  }
}

const SUMMARY_LENGTH = 120;

/** `exec make test`, `docker golang:1.25: cd app && make test`: the runner and what a reader knows the command by. */
export function describeCommand(command: RunnerCommand): string {
  const image = knownText(command.params.image);
  const program = [knownText(command.params.path), ...knownList(command.params.args)];
  const script = knownText(command.params.cmd) ?? knownText(command.params.file);
  const what = script ?? (program[0] === undefined ? '' : program.join(' '));
  const text = [command.runner, image === undefined || what === '' ? image : `${image}:`, what]
    .filter(Boolean)
    .join(' ');
  const line = text.trim().replace(/\s*\n[\s\S]*$/, ' …');
  return line.length > SUMMARY_LENGTH ? `${line.slice(0, SUMMARY_LENGTH - 1)}…` : line;
}

function knownText(value: PlanValue | undefined): string | undefined {
  return value?.kind === 'known' && typeof value.value === 'string' ? value.value : undefined;
}

function knownList(value: PlanValue | undefined): string[] {
  if (value?.kind !== 'known' || !Array.isArray(value.value)) return [];
  return value.value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}
