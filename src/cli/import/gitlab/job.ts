/** A job of GitLab: one task here, with what is before and after it. */
import { Block } from '../hcl-block.ts';
import { Expression, type HclValue } from '../hcl-text.ts';
import { nameOf } from '../names.ts';
import { inShell, lines, needsBash, shellQuoted, type Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import { getArtifacts, putArtifacts, readReports } from './artifacts.ts';
import { readCaches } from './caches.ts';
import type { GitlabJob, Pipeline } from './gitlab.ts';
import { readParallel } from './parallel.ts';
import { isForTags, readWhen } from './rules.ts';
import { readImage, readServices } from './services.ts';
import { readSettings } from './settings.ts';
import { upstreamOf } from './upstream.ts';
import { expand, exportsFor, fromSettings, type ValuePlace } from './values.ts';

export interface JobPlace extends ValuePlace {
  readonly job: GitlabJob;
  readonly block: Block;
  /** Names of jobs here that it waits for. */
  readonly upstream: readonly string[];
}

export function convertJob(job: GitlabJob, pipeline: Pipeline): Block {
  const { conversion } = pipeline;
  const { source, name } = job;
  source.isRead = true;
  const block = new Block('job', [name]);
  if (name !== job.theirName) block.comment(job.theirName);
  const onTags = isForTags(source);
  const values: ValuePlace = { pipeline, onTags, table: tableOf(source, pipeline) };
  const upstream = upstreamOf(job, values, block);
  const outer: JobPlace = { ...values, job, block, upstream };
  const when = readWhen(source, block, outer);
  const axes = readParallel(source, block, outer);
  const place: JobPlace = { ...outer, axes };
  const allowed = readSettings(place) ?? when.allowFailure;
  if (when.isManual) block.block('approve', name);
  if (when.isManual && when.condition !== undefined) {
    conversion.differs(block, source, 'it is asked for builds of every branch, also where its steps are skipped');
  }
  const get = block.block('get', 'git', onTags ? 'tags' : 'repo').set('trigger', true);
  get.set('passed', [...upstream]);
  if (source.has('trigger') || !(source.has('script') || source.has('run'))) return notRun(place);
  block.add(...getArtifacts(place));
  const services = readServices(place);
  block.add(...services);
  const task = convertScript(place, axes, when.condition);
  if (allowed) task.set('allow_failure', true);
  if (source.has('retry')) readRetry(source, task);
  readCaches(place, task);
  readReports(source, task);
  block.add(task);
  block.add(...putArtifacts(place, when.condition));
  if (job.theirName === 'pages')
    conversion.differs(block, source, 'the site is not published', 'copy it to where it is served');
  const environment = source.entries.get('environment');
  if (environment !== undefined) conversion.leftovers(block, environment);
  conversion.leftovers(block, source);
  return block;
}

/** It starts another pipeline, or says nothing to run: those after it wait in vain until somebody writes what it does. */
function notRun({ job, block, pipeline }: JobPlace): Block {
  const run = block.block('task', 'not-converted').block('run', 'shell');
  run.set('cmd', `echo ${shellQuoted(`the job ${job.theirName} was not converted`)} >&2; exit 1`);
  const given = job.source.get('variables');
  if (given !== undefined) pipeline.conversion.notConverted(block, given, 'nothing is run here that could use them');
  pipeline.conversion.leftovers(block, job.source);
  if (!job.source.has('trigger')) pipeline.conversion.lost(block, job.source, 'it has no script');
  return block;
}

/** Variables by their names, as they are written: of the job over those of the file. */
function tableOf(source: Source, { globals }: Pipeline): Map<string, string> {
  const table = new Map<string, string>();
  const take = (key: string, value: Source): void => {
    if (!isName(key)) return;
    const text = value.kind === 'map' ? value.get('value')?.text() : value.text();
    if (value.kind === 'map') value.get('description')?.text();
    if (value.kind === 'map' && value.entries.get('expand')?.scalar === true) value.flagOf('expand');
    table.set(key, text ?? '');
  };
  for (const [key, value] of globals) take(key, value);
  const own = source.get('variables');
  for (const key of own?.kind === 'map' ? own.keys() : []) {
    const value = own?.get(key);
    if (value !== undefined) take(key, value);
  }
  return table;
}

const isName = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);

function convertScript(place: JobPlace, axes: ReadonlyMap<string, HclValue>, condition: string | undefined): Block {
  const { source } = place.job;
  const [before, main, after] = ['before_script', 'script', 'after_script'].map(
    (key) => source.get(key)?.texts() ?? [],
  );
  const task = new Block('task', [nameOf(place.job.name, 'script')]);
  const script = [...(before ?? []), ...(main ?? [])].join('\n');
  const env = environmentOf(script, place, axes);
  const image = readImage(source.get('image'), place, task);
  addRun(task, script, image, place);
  task.set('env', env);
  addIdToken(source, task);
  if (condition !== undefined) task.set('if', new Expression(condition));
  if (after !== undefined && after.length > 0) {
    const hook = new Block('ensure');
    const last = hook.block('task', 'after');
    addRun(last, after.join('\n'), image, place);
    // How it ends does not matter there.
    last.set('env', environmentOf(after.join('\n'), place, axes)).set('allow_failure', true);
    if (condition !== undefined) last.set('if', new Expression(condition));
    task.add(hook);
  }
  return task;
}

export interface ImageHere {
  readonly name: Text;
  readonly args: readonly string[];
  readonly user: Text | undefined;
}

function addRun(task: Block, script: string, image: ImageHere | undefined, place: JobPlace): void {
  const run = task.block('run', image === undefined ? 'shell' : 'docker');
  run.set('image', image?.name).set('user', image?.user);
  const [first, bash] = [beginning(script, place), needsBash(script)];
  if (bash && image === undefined) run.set('shell', '/bin/bash').set('cmd', lines('set -o pipefail', first, script));
  else run.set('cmd', lines(first, bash ? inShell('bash -eo pipefail -c', script) : script));
  run.set('args', image?.args ?? []);
}

function beginning(script: string, place: JobPlace): Text | undefined {
  const { source } = place.job;
  const [token] = source.entries.get('id_tokens')?.entries.keys() ?? [];
  const environment = source.entries.get('environment');
  const name = environment?.kind === 'map' ? environment.entries.get('name')?.scalar : environment?.scalar;
  const parts = [
    exportsFor(script, place),
    token !== undefined && isName(token) ? `export ${token}="$PIKOCI_ID_TOKEN"` : undefined,
    typeof name === 'string' && /\$\{?CI_ENVIRONMENT_NAME\b/.test(script) && !name.includes('$')
      ? `export CI_ENVIRONMENT_NAME=${shellQuoted(name)}`
      : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join('\n');
}

function environmentOf(script: string, place: JobPlace, axes: ReadonlyMap<string, HclValue>): Map<string, HclValue> {
  const env = new Map<string, HclValue>();
  for (const [key, value] of place.table) if (isName(key)) env.set(key, expand(value, place));
  for (const [key, value] of axes) env.set(key, value);
  const known = {
    ...place,
    table: new Map([...place.table, ...[...env.keys()].map((key) => [key, ''] as const), ...secretNames(place)]),
  };
  for (const name of fromSettings(script, known)) {
    if (name !== 'CI_ENVIRONMENT_NAME') env.set(name, place.pipeline.conversion.variables.reference({ path: name }));
  }
  addSecrets(place, env);
  return env;
}

function secretNames({ job }: JobPlace): [string, string][] {
  const tokens = job.source.entries.get('id_tokens')?.keys() ?? [];
  return [...(job.source.entries.get('secrets')?.keys() ?? []), ...tokens].map((name) => [name, '']);
}

/** `secrets: NAME: vault: path/of/it/field@mount`. */
function addSecrets({ job, pipeline }: JobPlace, env: Map<string, HclValue>): void {
  const secrets = job.source.get('secrets');
  for (const name of secrets?.keys() ?? []) {
    const secret = secrets?.get(name);
    const text = secret?.entries.get('vault');
    const match = /^([^@]+)\/([^/@]+)(?:@(.+))?$/.exec(text?.kind === 'scalar' ? text.written : '');
    if (secret === undefined || match === null || !isName(name)) continue;
    secret.textOf('vault');
    const [, path = '', key, mount = 'kv-v2'] = match;
    env.set(name, pipeline.conversion.variables.reference({ path: `${mount}/data/${path}`, key, store: 'vault' }));
  }
}

function addIdToken(source: Source, task: Block): void {
  const tokens = source.get('id_tokens');
  const [name] = tokens?.keys() ?? [];
  const aud = name === undefined ? undefined : tokens?.get(name)?.textOf('aud');
  if (aud !== undefined) task.block('id_token').set('aud', aud);
}

const CAUSES: Readonly<Record<string, string>> = {
  script_failure: 'failure',
  job_execution_timeout: 'timeout',
  runner_system_failure: 'error',
  stuck_or_timeout_failure: 'timeout',
  unknown_failure: 'error',
  api_failure: 'error',
};

function readRetry(source: Source, task: Block): void {
  const retry = source.get('retry');
  const max = retry?.kind === 'map' ? retry.numberOf('max') : source.numberOf('retry');
  if (max === undefined || max < 1) return;
  const causes = retry?.kind === 'map' ? (retry.entries.get('when')?.elements() ?? []) : [];
  const on = causes.flatMap((cause) => {
    const ours = CAUSES[String(cause.scalar)];
    if (ours !== undefined || cause.scalar === 'always') cause.isRead = true;
    return ours === undefined ? [] : [ours];
  });
  if (on.length === 0) task.set('attempts', max + 1);
  else
    task.set(
      'attempts',
      new Map<string, HclValue>([
        ['count', max + 1],
        ['on', [...new Set(on)]],
      ]),
    );
}
