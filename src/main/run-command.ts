/**
 * `pikoci run`: a job on this machine, without a server. The engine is the worker's; what a server would have done before (which versions) and
 * after (who reads the log) is done here: each `get` is checked now and takes its newest version, and events go to the terminal.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { builtins } from '../builtins/catalogue.ts';
import { loadPipelineFile, pipelineNameOf } from '../cli/load-file.ts';
import { checkedRegistryUrl } from '../cli/registry-url.ts';
import { createRunView, type RunView } from '../cli/run-view.ts';
import { createStyle, wantsColor } from '../cli/style.ts';
import { readVariables } from '../cli/variables.ts';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { assertNever } from '../lib/assert-never.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError, errorText } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import { nearest } from '../lib/nearest.ts';
import { cleanEnvironment } from '../lib/system/clean-environment.ts';
import { defaultCacheDir, defaultDataDir } from '../lib/system/paths.ts';
import { createTempDir } from '../lib/system/temp-dir.ts';
import { planForJob } from '../pipeline/build-plan.ts';
import { describePlan } from '../pipeline/describe-plan.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { createRunTime } from '../pipeline/run-time.ts';
import type { AttemptEvent } from '../protocol/events.ts';
import type { BuildGrant } from '../protocol/messages.ts';
import { createAttemptRoot } from '../worker/attempt-root.ts';
import { createCacheRoom } from '../worker/cache-room.ts';
import { Interrupt } from '../worker/engine/interrupt.ts';
import { runBuild } from '../worker/engine/run-build.ts';
import { NO_LEDGER } from '../worker/runners/ledger.ts';
import { createMasks } from '../worker/secrets/masks.ts';
import { isOutputLost, whenOutputCloses } from './closed-output.ts';
import { createLookingSetter } from './look-at-pipeline.ts';
import { readSettings } from './read-settings.ts';
import { runFlags } from './run-flags.ts';
import { findInputs, readOverrides } from './run-inputs.ts';
import { selfExecutable } from './self-executable.ts';
import { createSourceLoader } from './source-loader.ts';

const GRACE_MS = 10_000;
const TEAM = 'main';

/** Runs a job to its end. Gives the exit code: 0 when it passed, 1 when it did not. */
export async function runJob(options: Readonly<Record<string, unknown>>): Promise<number> {
  const settings = await readSettings(runFlags, options);
  const cwd = process.cwd();
  const style = createStyle(wantsColor(process.stdout.isTTY === true, process.env));
  const variables = await readVariables({ var: settings.var, vars: settings.vars, cwd });
  const reading = {
    env: process.env,
    // Whoever runs a pipeline on his own machine reaches his own network.
    sources: createSourceLoader({ allowPrivate: true, cacheDir: defaultCacheDir(process.env, cwd) }),
    registryUrl: checkedRegistryUrl(settings.registryUrl),
  };
  const { result } = await loadPipelineFile({ ...reading, file: settings.pipelineConfig, cwd, variables, builtins });
  if (result.diagnostics.length > 0) {
    process.stderr.write(`${renderDiagnostics(result.diagnostics, result.sources, { color: style.enabled })}\n`);
  }
  const { pipeline } = result;
  if (pipeline === undefined) return 1;
  const plan = planForJob(pipeline, chooseJob(pipeline, settings.job));
  const overrides = readOverrides(settings.resource, plan, cwd);

  const temporary = createTempDir();
  const dirs = createAttemptRoot(temporary.path, 'run');
  const [cancel, kill] = [new AbortController(), new AbortController()];
  const onInterrupt = interruptHandler(cancel, kill);
  // Nobody sees it any more: hooks and service stops still run.
  whenOutputCloses(() => {
    if (!cancel.signal.aborted) cancel.abort(new Interrupt('cancelled'));
  });
  const view = createRunView({
    write: (text) => process.stdout.write(text),
    style,
    live: process.stdout.isTTY === true && process.env.TERM !== 'dumb',
    now: () => performance.now(),
    steps: describePlan(plan),
  });
  try {
    const masks = createMasks();
    for (const value of Object.values(result.secretsOfVariables)) masks.add(value);
    const host = {
      environment: cleanEnvironment(process.env, settings.passEnv),
      executable: selfExecutable(temporary.path),
      masks,
      createRunTime,
      caches: createCacheRoom(join(defaultDataDir(process.env, cwd), 'run', 'cache')),
      sealed: result.secretsOfVariables,
      ledger: NO_LEDGER,
      cancel: cancel.signal,
      graceMs: GRACE_MS,
      onBug: (error: unknown) => view.note(`a mistake of ours: ${errorText(error)}`),
    };
    const inputs = await findInputs({
      pipeline,
      plan,
      overrides,
      host,
      dirs: (name) => createAttemptRoot(temporary.path, name),
      view,
    });
    if (inputs === undefined) return 1;
    const grant: BuildGrant = {
      kind: 'build',
      attempt: newId(),
      attemptNumber: 1,
      fencing: 1,
      leaseMs: 0,
      build: {
        id: newId(),
        number: 1,
        job: plan.job,
        pipeline: pipelineNameOf(settings.pipelineConfig),
        team: TEAM,
        url: '',
      },
      plan,
      inputs,
    };
    const end = await runBuild(grant, {
      ...host,
      emit: async (event) => show(view, event),
      clock: systemClock,
      worker: hostname(),
      workDir: dirs.workDir,
      privateDir: dirs.privateDir,
      kill: kill.signal,
      overrides,
      allowPut: settings.allowPut,
      setPipeline: createLookingSetter({ ...reading, color: style.enabled }),
    });
    view.ended(plan.job, end.outcome, end.problem);
    if (settings.keep) view.note(`the work directory is kept: ${dirs.workDir}`);
    const passed = end.outcome === 'succeeded' || end.outcome === 'warning';
    return passed && !isOutputLost() ? 0 : 1;
  } finally {
    view.close();
    for (const signal of INTERRUPTS) process.off(signal, onInterrupt);
    if (!settings.keep) temporary.remove();
  }
}

function chooseJob(pipeline: Pipeline, wanted: string | undefined): string {
  const names = pipeline.jobs.map((job) => job.name);
  if (wanted === undefined) {
    const [only, ...others] = names;
    if (only === undefined)
      throw new CodedError('usage.bad_value', 'the pipeline has no job, so there is nothing to run');
    if (others.length === 0) return only;
    throw new CodedError('usage.missing', 'there are several jobs; say which to run', {
      hint: `--job ${names.join(' | ')}`,
    });
  }
  if (names.includes(wanted)) return wanted;
  const near = nearest(wanted, names);
  throw new CodedError('usage.bad_value', `--job: there is no job "${wanted}"`, {
    hint: near === undefined ? `there are: ${names.join(', ')}` : `did you mean "${near}"?`,
  });
}

/** SIGHUP comes when the terminal is closed. */
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first Ctrl-C cancels, the second kills. */
function interruptHandler(cancel: AbortController, kill: AbortController): () => void {
  const handler = (): void => {
    if (!cancel.signal.aborted) cancel.abort(new Interrupt('cancelled'));
    else kill.abort(new Interrupt('killed'));
  };
  for (const signal of INTERRUPTS) process.on(signal, handler);
  return handler;
}

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
    case 'version':
    case 'artifact':
    case 'attempt_ended':
      return;
    default:
      assertNever(event);
  }
}
