/** `pikoci run`: jobs on this machine, without a server; once, or again whenever a file changes. */
import { dirname, relative, resolve } from 'node:path';
import { builtins } from '../builtins/catalogue.ts';
import { bundleFile, pipelineNameOf } from '../cli/load-file.ts';
import { checkedRegistryUrl } from '../cli/registry-url.ts';
import { createStyle, type Style, wantsColor } from '../cli/style.ts';
import { readVariables } from '../cli/variables.ts';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { CodedError } from '../lib/coded-error.ts';
import { linkSignals } from '../lib/linked-signal.ts';
import { defaultCacheDir, defaultDataDir } from '../lib/system/paths.ts';
import { planForJob } from '../pipeline/build-plan.ts';
import { loadPipeline } from '../pipeline/load.ts';
import { planFrom } from '../pipeline/plan-from.ts';
import { askOnTerminal, isTerminal } from './ask-on-terminal.ts';
import { checkoutAround } from './checkout-around.ts';
import { chooseJobs } from './choose-jobs.ts';
import { isOutputLost } from './closed-output.ts';
import { planRun, renderPlannedJob } from './dry-run.ts';
import { checkResources, readResourceArguments } from './local-resources.ts';
import { printError } from './print-error.ts';
import { readSettings } from './read-settings.ts';
import { RunControl } from './run-control.ts';
import { type RunSettings, runFlags } from './run-flags.ts';
import { openGates } from './run-gates.ts';
import { type JobsToRun, runJobs } from './run-jobs.ts';
import { hasPassed } from './run-record.ts';
import { readReports, writeReports } from './run-reports.ts';
import { readSecretsFile, variablesFrom } from './secrets-file.ts';
import { createSourceLoader } from './source-loader.ts';
import { tellEnd } from './tell-end.ts';
import { watchFiles } from './watch-files.ts';

/** Runs jobs to their ends. Gives the exit code: 0 when all passed, 1 when one did not. */
export async function runJob(options: Readonly<Record<string, unknown>>): Promise<number> {
  const settings = await readSettings(runFlags, options);
  if (settings.json && !settings.dryRun) {
    throw new CodedError('usage.bad_value', '--json belongs to --dry-run', {
      hint: 'what a run did is written by --report json=FILE',
    });
  }
  const style = createStyle(wantsColor(process.stdout.isTTY === true, process.env));
  using control = new RunControl();
  // Awaited, for the control ends with this block.
  return await (settings.watch && !settings.dryRun
    ? runAgain(settings, style, control)
    : runOnce(settings, style, control));
}

/** Until a person ends it. What a run itself writes makes no other run. */
async function runAgain(settings: RunSettings, style: Style, control: RunControl): Promise<number> {
  const cwd = process.cwd();
  const directories = readResourceArguments(settings.resource, cwd);
  const pipeline = resolve(cwd, settings.pipelineConfig);
  const given = [settings.secrets ?? [], settings.vars].flat().map((file) => resolve(cwd, file));
  const own = [...readReports(settings.report, cwd).map(({ path }) => path), defaultDataDir(process.env, cwd)];
  using watched = watchFiles([dirname(pipeline), ...directories.values(), ...given.map((file) => dirname(file))], own);
  for (let first = true; ; first = false) {
    const over = new AbortController();
    const running = runOnce(settings, style, control)
      .catch((error: unknown) => {
        // What is wrong with the command line is not mended by changing a file; what else is may be.
        if (first && error instanceof CodedError && error.code.startsWith('usage.')) throw error;
        return printError(error);
      })
      .finally(() => over.abort());
    using ended = linkSignals(over.signal, control.stopped);
    let changed = await watched.next(ended.signal);
    // What it goes on to do would be about files that are no more.
    if (changed !== undefined) control.supersede();
    const code = await running;
    if (control.stopped.aborted) return code;
    if (changed === undefined) {
      process.stdout.write(`\n${style.dim('waiting for a file to change (Ctrl-C ends it)')}\n`);
      changed = await watched.next(control.stopped);
    }
    if (changed === undefined) return code;
    process.stdout.write(`\n${style.bold(`${relative(cwd, changed)} changed: running again`)}\n`);
  }
}

async function runOnce(settings: RunSettings, style: Style, control: RunControl): Promise<number> {
  const reports = readReports(settings.report, process.cwd());
  const found = await prepare(settings, style);
  if (found === undefined) return 1;
  if (settings.dryRun) {
    const planned = planRun(found);
    const text = settings.json
      ? JSON.stringify({ pipeline: found.pipelineName, jobs: planned }, null, 2)
      : planned.map((job) => renderPlannedJob(job, style).join('\n')).join('\n\n');
    process.stdout.write(`${text}\n`);
    return 0;
  }
  const { record, masks } = await runJobs(found, control);
  tellEnd(record, found, masks);
  await writeReports(reports, record);
  return record.jobs.every(hasPassed) && !isOutputLost() ? 0 : 1;
}

/** Undefined when the pipeline has mistakes, or a job was not approved; that was shown. */
async function prepare(settings: RunSettings, style: Style): Promise<JobsToRun | undefined> {
  const cwd = process.cwd();
  const warn = (line: string): void => void process.stderr.write(`warning: ${line}\n`);
  const givenSecrets = await readSecretsFile(settings.secrets, cwd, warn);
  const bundle = await bundleFile(settings.pipelineConfig, cwd);
  const given = await readVariables({ var: settings.var, vars: settings.vars, cwd });
  const reading = {
    env: process.env,
    // Whoever runs a pipeline on his own machine reaches his own network.
    sources: createSourceLoader({ allowPrivate: true, cacheDir: defaultCacheDir(process.env, cwd) }),
    registryUrl: checkedRegistryUrl(settings.registryUrl),
  };
  const variables = { ...(givenSecrets && variablesFrom(givenSecrets, bundle)), ...given };
  const repositoryUrl = checkoutAround(settings.pipelineConfig, cwd);
  const loaded = await loadPipeline({ ...reading, bundle, variables, builtins, repositoryUrl });
  if (loaded.diagnostics.length > 0) {
    process.stderr.write(`${renderDiagnostics(loaded.diagnostics, loaded.sources, { color: style.enabled })}\n`);
  }
  const { pipeline } = loaded;
  if (pipeline === undefined) return undefined;
  const chosen = chooseJobs(pipeline, settings.job, settings.all).map((job) => ({
    job,
    plan: planForJob(pipeline, job.name),
  }));
  const jobs = await openGates(chosen, { ...settings, cwd, ask: isTerminal() ? askOnTerminal : undefined });
  if (jobs === undefined) return undefined;
  const directories = readResourceArguments(settings.resource, cwd);
  checkResources(
    directories,
    jobs.map(({ plan }) => plan),
  );
  return {
    ...{ pipeline, givenSecrets, directories, settings, style, reading },
    pipelineName: pipelineNameOf(settings.pipelineConfig),
    jobs: settings.from === undefined ? jobs : beginningAt(settings.from, jobs),
    sealed: loaded.secretsOfVariables,
  };
}

function beginningAt(step: string, jobs: JobsToRun['jobs']): JobsToRun['jobs'] {
  const [only, ...others] = jobs;
  if (only === undefined || others.length > 0) {
    throw new CodedError('usage.bad_value', '--from names a step of one job, and several jobs would run', {
      hint: 'name the one job with --job',
    });
  }
  return [{ ...only, plan: planFrom(only.plan, step) }];
}
