/** `pikoci run --dry-run`: what would run. Nothing is run for it: no check, no secret's store, no command. */
import type { Style } from '../cli/style.ts';
import { formatDuration } from '../lib/duration.ts';
import { canonicalJson } from '../lib/json.ts';
import { describePlan, type StepNode } from '../pipeline/describe-plan.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { BuildPlan } from '../pipeline/plan.ts';
import type { PlanValue } from '../pipeline/plan-value.ts';
import { allSteps } from '../pipeline/plan-walk.ts';
import type { GivenSecrets } from '../worker/secrets/given-secrets.ts';
import { isArtifact } from './run-artifacts.ts';
import { originOf, type VersionOrigin } from './run-inputs.ts';
import type { JobsToRun } from './run-jobs.ts';

interface PlannedSecret {
  /** The variable. */
  readonly name: string;
  /** The secret type that would be asked; `given` without one. */
  readonly from: string;
  /** Its parameters, as they are known before a run. */
  readonly params: Readonly<Record<string, string>>;
}

export interface PlannedJob {
  readonly job: string;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly required: boolean }[];
  /** Who has to say yes before it begins. */
  readonly approvals: readonly string[];
  readonly services: readonly { readonly name: string; readonly type: string }[];
  readonly steps: readonly (StepNode & { readonly note?: string; readonly version?: VersionOrigin })[];
  readonly secrets: readonly PlannedSecret[];
  readonly timeoutMs?: number;
  readonly tags: readonly string[];
}

export function planRun({
  pipeline,
  jobs,
  directories,
  settings,
  givenSecrets,
}: Pick<JobsToRun, 'pipeline' | 'jobs' | 'directories' | 'settings' | 'givenSecrets'>): PlannedJob[] {
  return jobs.map(({ plan }) => {
    const origins = originsOf(plan, pipeline, directories);
    const notes = notesOf(plan, settings.allowPut);
    return {
      job: plan.job,
      inputs: (plan.inputs ?? []).map(({ name, type, required }) => ({ name, type, required })),
      approvals: (plan.approvals ?? []).map(({ label }) => label),
      services: plan.services.map(({ name, type }) => ({ name, type })),
      steps: describePlan(plan).map((node) => {
        const [version, note] = [origins.get(node.id), notes.get(node.id)];
        return { ...node, ...(version !== undefined && { version }), ...(note !== undefined && { note }) };
      }),
      secrets: secretsOf(plan, givenSecrets),
      ...(plan.timeoutMs !== undefined && { timeoutMs: plan.timeoutMs }),
      tags: plan.tags,
    };
  });
}

function originsOf(
  plan: BuildPlan,
  pipeline: Pipeline,
  directories: ReadonlyMap<string, string>,
): ReadonlyMap<string, VersionOrigin> {
  const origins = new Map<string, VersionOrigin>();
  for (const step of allSteps(plan.steps, plan.hooks)) {
    if (step.kind === 'get') origins.set(step.id, originOf(step, pipeline, directories));
  }
  return origins;
}

function notesOf(plan: BuildPlan, allowPut: boolean): ReadonlyMap<string, string> {
  const notes = new Map<string, string>();
  for (const step of allSteps(plan.steps, plan.hooks)) {
    if (step.if?.kind === 'known' && step.if.value === false) notes.set(step.id, 'skipped');
    else if (step.kind === 'put' && !allowPut && !isArtifact(step.resource, plan))
      notes.set(step.id, 'left out without --allow-put');
    else if (step.if !== undefined) notes.set(step.id, `if ${textOf(step.if)}`);
  }
  return notes;
}

function secretsOf({ scope }: BuildPlan, given: GivenSecrets | undefined): PlannedSecret[] {
  return Object.entries(scope.variables).flatMap(([planName, binding]): PlannedSecret[] => {
    if (binding.kind === 'known') return [];
    const name = planName.replaceAll(':', '.');
    if (binding.kind === 'sealed') return [{ name, from: 'given', params: {} }];
    const params = Object.fromEntries(Object.entries(binding.params).map(([key, value]) => [key, textOf(value)]));
    return [{ name, from: given?.from ?? binding.type, params }];
  });
}

const textOf = (value: PlanValue): string =>
  value.kind === 'deferred'
    ? value.expression.trim()
    : typeof value.value === 'string'
      ? value.value
      : JSON.stringify(value.value);

export function renderPlannedJob(planned: PlannedJob, style: Style): string[] {
  const { job, inputs, approvals, services, steps, secrets, timeoutMs, tags } = planned;
  const depth = (node: StepNode): number => {
    const parent = steps.find(({ id }) => id === node.parent);
    return parent === undefined ? (node.hook === undefined ? 0 : 1) : 1 + depth(parent);
  };
  // Those of services are told above.
  const shown = steps
    .filter(({ kind }) => kind !== 'service')
    .map((node) => {
      const hook = node.hook === undefined ? '' : `${node.hook}: `;
      const name = `${hook}${node.kind} ${node.kind === 'in_parallel' ? node.id : node.name}`;
      const what = [node.summary, describeOrigin(node.version), node.note].filter(Boolean).join(', ');
      return { name: `${'  '.repeat(depth(node))}${name}`, what };
    });
  const width = Math.max(0, ...shown.map(({ name }) => name.length));
  const lines = shown.map(({ name, what }) => `    ${name.padEnd(width)}  ${style.dim(what)}`.trimEnd());
  const section = (title: string, inner: readonly string[]): string[] =>
    inner.length === 0 ? [] : [`  ${title}`, ...inner.map((line) => `    ${line}`)];
  return [
    style.bold(`job ${job}`),
    ...section(
      'inputs',
      inputs.map(({ name, type, required }) => `${name} (${type}${required ? ', needed' : ''})`),
    ),
    ...(approvals.length === 0 ? [] : [`  approval by ${approvals.join(', ')}`]),
    ...section(
      'services',
      services.map(({ name, type }) => (name === type ? name : `${name} (${type})`)),
    ),
    '  steps',
    ...(lines.length === 0 ? ['    none'] : lines),
    ...section('secrets', secrets.map(describeSecret)),
    ...(timeoutMs === undefined ? [] : [`  timeout ${formatDuration(timeoutMs)}`]),
    ...(tags.length === 0 ? [] : [`  tags ${tags.join(', ')}: not looked at here`]),
  ];
}

function describeOrigin(origin: VersionOrigin | undefined): string {
  switch (origin?.kind) {
    case undefined:
      return '';
    case 'directory':
      return `from ${origin.path}`;
    case 'pinned':
      return `version ${canonicalJson(origin.version)}`;
    case 'newest':
      return 'the newest version';
  }
}

function describeSecret({ name, from, params }: PlannedSecret): string {
  if (from === 'given') return `${name}: the value given`;
  const about = Object.entries(params).map(([key, value]) => `${key} ${value}`);
  return `${name}: ${[`from ${from}`, ...about].join(', ')}`;
}
