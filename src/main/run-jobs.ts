/**
 * Jobs on this machine, one after the other, without a server. The engine is the worker's; what a server would have done before (which versions)
 * and after (who reads the log) is done here: what a `get` takes is looked for when it is needed, and events go to the terminal.
 */
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { createRunView, type RunView } from '../cli/run-view.ts';
import type { Style } from '../cli/style.ts';
import { assertNever } from '../lib/assert-never.ts';
import { systemClock } from '../lib/clock.ts';
import { errorText } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import type { Json } from '../lib/json.ts';
import { cleanEnvironment } from '../lib/system/clean-environment.ts';
import { defaultDataDir } from '../lib/system/paths.ts';
import { createTempDir } from '../lib/system/temp-dir.ts';
import { describePlan } from '../pipeline/describe-plan.ts';
import type { InputValues } from '../pipeline/job-input.ts';
import { allUpstreamOf } from '../pipeline/job-order.ts';
import type { Job, Pipeline } from '../pipeline/model.ts';
import type { BuildPlan } from '../pipeline/plan.ts';
import { allSteps } from '../pipeline/plan-walk.ts';
import { createRunTime } from '../pipeline/run-time.ts';
import type { AttemptEvent } from '../protocol/events.ts';
import { createAttemptRoot } from '../worker/attempt-root.ts';
import { createCacheRoom } from '../worker/cache-room.ts';
import type { EngineHost } from '../worker/engine/build.ts';
import type { BuildEnd } from '../worker/engine/run-build.ts';
import { type LocalFiles, openLocalFiles } from '../worker/files/local-files.ts';
import { NO_LEDGER } from '../worker/runners/ledger.ts';
import { createGivenFetcher, type GivenSecrets } from '../worker/secrets/given-secrets.ts';
import { createMasks, type Masks } from '../worker/secrets/masks.ts';
import { createLookingSetter } from './look-at-pipeline.ts';
import { isArtifact, rememberArtifact } from './run-artifacts.ts';
import type { RunControl } from './run-control.ts';
import type { RunSettings } from './run-flags.ts';
import { sensitiveInputs } from './run-gates.ts';
import { runGuarded } from './run-guard.ts';
import { RunVersions } from './run-inputs.ts';
import { hasPassed, type JobRecord, type RunRecord, StepRecorder } from './run-record.ts';
import { selfExecutable } from './self-executable.ts';

const GRACE_MS = 10_000;
const TEAM = 'main';

export interface JobsToRun {
  readonly pipeline: Pipeline;
  readonly pipelineName: string;
  readonly jobs: readonly { readonly job: Job; readonly plan: BuildPlan; readonly inputValues: InputValues }[];
  /** Values of sensitive variables. */
  readonly sealed: Readonly<Record<string, Json>>;
  readonly givenSecrets: GivenSecrets | undefined;
  /** By the address of the resource that each stands for. */
  readonly directories: ReadonlyMap<string, string>;
  readonly settings: RunSettings;
  readonly style: Style;
  /** How other pipelines are read: those that a step sets. */
  readonly reading: Omit<Parameters<typeof createLookingSetter>[0], 'color'>;
}

/** Runs them to their ends. A job is not run when one that it waits for did not pass, or once a person wants no more. */
export async function runJobs(
  all: JobsToRun,
  control: RunControl,
): Promise<{ readonly record: RunRecord; readonly masks: Masks }> {
  const startedAt = systemClock.now();
  const masks = createMasks();
  for (const value of Object.values(all.sealed)) masks.add(value);
  for (const { plan, inputValues } of all.jobs) {
    for (const value of sensitiveInputs(plan, inputValues)) masks.add(value);
  }
  const temporary = createTempDir();
  const signals = control.begin();
  const files = await openLocalFiles(
    join(defaultDataDir(process.env, process.cwd()), 'run', 'files'),
    resolve(all.settings.pipelineConfig),
  );
  const host = {
    files,
    environment: cleanEnvironment(process.env, all.settings.passEnv),
    executable: selfExecutable(temporary.path),
    masks,
    createRunTime,
    caches: createCacheRoom(join(defaultDataDir(process.env, process.cwd()), 'run', 'cache')),
    sealed: all.sealed,
    ledger: NO_LEDGER,
    graceMs: GRACE_MS,
    ...(all.givenSecrets !== undefined && { givenSecrets: createGivenFetcher(all.givenSecrets, masks) }),
    ...signals,
    onBug: (error: unknown) => process.stderr.write(`pikoci: a mistake of ours: ${errorText(error)}\n`),
  };
  const versions = new RunVersions({
    pipeline: all.pipeline,
    directories: all.directories,
    host,
    dirs: (name) => createAttemptRoot(temporary.path, name),
    newestArtifact: files.newest,
  });
  const records: JobRecord[] = [];
  try {
    for (const [index, { job, plan, inputValues }] of all.jobs.entries()) {
      const why = whyNot(job, all, records, signals.cancel);
      if (why !== undefined) {
        records.push(notRun(job.name, why));
        continue;
      }
      if (all.jobs.length > 1) process.stdout.write(`${index === 0 ? '' : '\n'}${all.style.bold(`job ${job.name}`)}\n`);
      const dirs = createAttemptRoot(temporary.path, `job-${index + 1}`);
      const guarded = { root: dirs.root, directory: temporary.path };
      records.push(await runOne({ job, plan, inputValues, versions, all, guarded, host: { ...host, ...dirs } }));
    }
  } finally {
    if (all.settings.keep) temporary.keep();
    else temporary.remove();
  }
  const ms = systemClock.now() - startedAt;
  return { record: { pipeline: all.pipelineName, startedAt, ms, jobs: records }, masks };
}

function whyNot(job: Job, all: JobsToRun, records: readonly JobRecord[], cancel: AbortSignal): string | undefined {
  if (cancel.aborted) return 'the run was cancelled';
  const waitsFor = allUpstreamOf(job, all.pipeline.jobs);
  const missing = records
    .filter((record) => !hasPassed(record) && waitsFor.has(record.job))
    .map((record) => record.job);
  return missing.length === 0 ? undefined : `${missing.join(', ')} did not pass`;
}

const notRun = (job: string, why: string): JobRecord => ({
  ...{ job, outcome: 'not_run', why, startedAt: systemClock.now(), ms: 0 },
  ...{ steps: [], inputs: [], outputs: [] },
});

interface OneJob {
  readonly job: Job;
  readonly plan: BuildPlan;
  readonly inputValues: InputValues;
  readonly versions: RunVersions;
  readonly all: JobsToRun;
  /** The directory of the job, and of the whole run. */
  readonly guarded: { readonly root: string; readonly directory: string };
  readonly host: { readonly files: LocalFiles } & Omit<
    EngineHost,
    'files' | 'emit' | 'clock' | 'worker' | 'overrides' | 'allowPut' | 'setPipeline'
  >;
}

async function runOne({ job, plan, inputValues, versions, all, guarded, host }: OneJob): Promise<JobRecord> {
  const { settings, style } = all;
  const nodes = describePlan(plan);
  const recorder = new StepRecorder(nodes);
  const startedAt = systemClock.now();
  const view = createRunView({
    write: (text) => process.stdout.write(text),
    style,
    live: process.stdout.isTTY === true && process.env.TERM !== 'dumb',
    now: () => performance.now(),
    steps: nodes,
  });
  try {
    const inputs = await versions.inputsFor(plan, view);
    const end: BuildEnd | undefined =
      inputs &&
      (await runGuarded(
        {
          ...{ kind: 'build', attempt: newId(), attemptNumber: 1, fencing: 1, leaseMs: 0 },
          build: { id: newId(), number: 1, job: plan.job, pipeline: all.pipelineName, team: TEAM, url: '' },
          ...{ plan, inputs, inputValues },
        },
        {
          ...host,
          emit: async (event) => {
            await rememberArtifact(host.files, plan, event);
            recorder.take(event);
            show(view, event);
          },
          clock: systemClock,
          worker: hostname(),
          overrides: all.directories,
          allowPut: settings.allowPut,
          setPipeline: createLookingSetter({ ...all.reading, color: style.enabled }),
        },
        { ...guarded, passEnv: settings.passEnv, keep: settings.keep },
      ));
    if (end !== undefined) view.ended(plan.job, end.outcome, end.problem);
    if (settings.keep) view.note(`the work directory is kept: ${host.workDir}`);
    versions.made(recorder.outputs);
    for (const step of allSteps(plan.steps, plan.hooks)) {
      if (step.kind === 'put' && !settings.allowPut && !isArtifact(step.resource, plan))
        versions.leftOut(step.resource);
    }
    return {
      job: job.name,
      outcome: end?.outcome ?? 'errored',
      ...(end === undefined && { why: 'a version to work with could not be found' }),
      ...(end?.problem !== undefined && { why: end.problem.message }),
      ...(end?.problem?.hint !== undefined && { hint: end.problem.hint }),
      startedAt,
      ms: systemClock.now() - startedAt,
      steps: recorder.steps,
      inputs: inputs === undefined ? [] : uniqueInputs(Object.values(inputs)),
      outputs: recorder.outputs,
    };
  } finally {
    view.close();
  }
}

const uniqueInputs = <T extends { readonly resource: string }>(inputs: readonly T[]): T[] => [
  ...new Map(inputs.map((input) => [input.resource, input])).values(),
];

function show(view: RunView, event: AttemptEvent): void {
  switch (event.kind) {
    case 'step_started':
      view.stepStarted(event.step, event.try);
      return;
    case 'log':
      view.log(event.step, event.bytes);
      return;
    case 'step_ended':
      view.stepEnded(event.step, {
        outcome: event.outcome,
        exitCode: event.exitCode,
        problem: event.problem,
        again: event.again === true,
      });
      return;
    case 'summary':
      view.summary(event.step, event.text);
      return;
    case 'attempt_started':
    case 'tests':
    case 'artifact':
    case 'version':
    case 'attempt_ended':
      return;
    default:
      assertNever(event);
  }
}
