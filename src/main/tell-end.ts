import { oneLine } from '../cli/remote/table.ts';
import { renderSummary, type SummaryJob, shellWord } from '../cli/run-summary.ts';
import { assertNever } from '../lib/assert-never.ts';
import type { Masks } from '../worker/secrets/masks.ts';
import type { JobsToRun } from './run-jobs.ts';
import { hasPassed, type JobRecord, type RunRecord } from './run-record.ts';

/** What several jobs came to, and for what failed the command that runs only that again. */
export function tellEnd({ jobs, ms }: RunRecord, { settings, style, jobs: planned }: JobsToRun, masks: Masks): void {
  if (jobs.length > 1) {
    process.stdout.write(`\n${renderSummary(jobs.map(summaryOf), ms, style).join('\n')}\n`);
  }
  const again = jobs.filter((job) => !hasPassed(job)).map(({ job }) => job);
  if (again.length === 0 || jobs.every(({ outcome }) => outcome === 'cancelled' || outcome === 'not_run')) return;
  const {
    pipelineConfig,
    var: variables,
    vars,
    input,
    secrets,
    resource,
    approve,
    allowPut,
    passEnv,
    registryUrl,
  } = settings;
  const words = [
    ...(pipelineConfig === 'pipeline.hcl' ? [] : ['--pipeline-config', pipelineConfig]),
    ...again.flatMap((job) => ['--job', job]),
    ...variables.flatMap((one) => ['--var', one]),
    ...vars.flatMap((one) => ['--vars', one]),
    ...input.flatMap((one) => ['--input', one]),
    ...(secrets === undefined ? [] : ['--secrets', secrets]),
    ...resource.flatMap((one) => ['--resource', one]),
    ...passEnv.flatMap((one) => ['--pass-env', one]),
    ...(registryUrl === undefined ? [] : ['--registry-url', registryUrl]),
    ...(approve ? ['--approve'] : []),
    ...(allowPut ? ['--allow-put'] : []),
  ];
  const from = again.length === 1 ? laterStep(jobs, planned) : undefined;
  const command = `pikoci run ${words.map(shellWord).join(' ')}`;
  process.stdout.write(`\nonly that again: ${masks.text(command)}\n`);
  if (from !== undefined) process.stdout.write(`from there on:   add --from ${shellWord(from)}\n`);
}

/** The step of the job itself that failed, when something besides fetching came before it. */
function laterStep(jobs: readonly JobRecord[], planned: JobsToRun['jobs']): string | undefined {
  const record = jobs.find((job) => !hasPassed(job));
  const plan = planned.find(({ job }) => job.name === record?.job)?.plan;
  const failed = new Set(record?.steps.filter((step) => !hasPassed(step)).map(({ id }) => id));
  const at = plan?.steps.findIndex(
    (step) => failed.has(step.id) || (step.kind === 'in_parallel' && step.steps.some(({ id }) => failed.has(id))),
  );
  const step = at === undefined ? undefined : plan?.steps[at];
  if (step === undefined || plan === undefined || plan.steps.slice(0, at).every(({ kind }) => kind === 'get'))
    return undefined;
  const sameName = plan.steps.filter(({ name }) => name === step.name).length > 1;
  return step.kind === 'in_parallel' || sameName ? step.id : step.name;
}

function summaryOf(record: JobRecord): SummaryJob {
  const failed = record.steps.find((step) => !hasPassed(step) && step.outcome !== 'cancelled');
  const why =
    failed === undefined
      ? record.why
      : failed.problem !== undefined
        ? `${failed.name}: ${oneLine(failed.problem.message)}`
        : `${failed.name} ${failed.exitCode === undefined ? failed.outcome : `exited with ${failed.exitCode}`}`;
  return {
    ...{ job: record.job, ms: record.ms, steps: record.steps.length, state: stateOf(record.outcome) },
    why: hasPassed(record) ? undefined : why,
  };
}

function stateOf(outcome: JobRecord['outcome']): SummaryJob['state'] {
  switch (outcome) {
    case 'succeeded':
    case 'skipped':
      return 'passed';
    case 'warning':
      return 'passed, with warnings';
    case 'not_run':
      return 'not run';
    case 'failed':
    case 'errored':
    case 'cancelled':
      return outcome;
    default:
      return assertNever(outcome);
  }
}
