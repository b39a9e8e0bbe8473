/** `run`: a script, in a shell. */
import { Block } from '../hcl-block.ts';
import { type HclValue, joinTexts, partsOf } from '../hcl-text.ts';
import { nameOf } from '../names.ts';
import { inShell, lines, needsBash, shellQuoted, shellWord, type Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import type { Caches } from './caches.ts';
import { filled, type JobPlace } from './place.ts';

/** Variables that GitHub sets, and what has the same here. */
const SET: Readonly<Record<string, string>> = {
  GITHUB_OUTPUT: '"$PIKOCI_OUTPUT"',
  GITHUB_STEP_SUMMARY: '"$PIKOCI_SUMMARY"',
  GITHUB_WORKSPACE: '"$WORKDIR"',
  GITHUB_SHA: '"$GET_REPO_REF"',
  GITHUB_RUN_NUMBER: '"$BUILD_NUMBER"',
  GITHUB_RUN_ID: '"$BUILD_ID"',
  GITHUB_RUN_ATTEMPT: '"$BUILD_ATTEMPT"',
  GITHUB_JOB: '"$BUILD_JOB_NAME"',
  RUNNER_TEMP: '"${TMPDIR:-/tmp}"',
};

export function convertRun(step: Source, place: JobPlace, caches: Caches): Block {
  const { workflow, names, tasks, image } = place;
  const id = step.textOf('id');
  const title = step.textOf('name');
  const wanted = id ?? title ?? firstWords(String(step.entries.get('run')?.scalar ?? ''));
  const name = names.unique(nameOf(wanted, 'run').replaceAll(/-{2,}/g, '-'));
  const block = new Block('task', [name]);
  const env = environmentOf(step, place, block);
  const script = filled(step.get('run'), place, block, { script: true });
  const shell = step.textOf('shell') ?? defaultOf('shell', place);
  const directory = step.has('working-directory')
    ? filled(step.get('working-directory'), place, block)
    : defaultOf('working-directory', place);
  const run = new Block('run', [image === undefined ? 'shell' : 'docker']);
  run.set('image', image?.name);
  const enter = directory === undefined || directory === '.' ? undefined : joinTexts('cd ', shellWord(directory));
  addScript(run, beforeScript(script, enter, place), script, shell, { place, block, step });
  run.set('args', image?.args ?? []);
  block.add(run).set('env', env);
  caches.into(block);
  if (id !== undefined) tasks.set(id, name);
  if (/\bGITHUB_(ENV|PATH)\b/.test(textOf(script))) {
    workflow.conversion.lost(
      block,
      step,
      'GITHUB_ENV and GITHUB_PATH change what later steps see, and there is nothing like it',
      'echo NAME=value >> "$PIKOCI_OUTPUT" makes $TASK_…_NAME of it',
    );
  }
  return block;
}

function beforeScript(script: Text, enter: Text | undefined, place: JobPlace): Text | undefined {
  const before = lines(given(script, place), enter);
  return before === '' ? undefined : before;
}

/** `npm run lint -- --fix` is called `npm-run-lint`. */
function firstWords(script: string): string {
  const [line = ''] = script.trim().split('\n');
  const [command = ''] = line.split(/\s+-|\$\{\{|&&|[|;"'$<>(]/);
  return command.replace(/^\.\//, '').split(/\s+/).slice(0, 4).join(' ').slice(0, 30);
}

const textOf = (text: Text): string =>
  partsOf(text)
    .map((part) => (typeof part === 'string' ? part : ''))
    .join('');

/** What the script reads of the variables that GitHub would set. */
function given(script: Text, { workflow, onTags }: JobPlace): Text | undefined {
  const { triggers } = workflow;
  const tagged = onTags || triggers.tagsOnly;
  const branch = triggers.branch === undefined ? '"$GET_REPO_BRANCH"' : shellQuoted(triggers.branch);
  const tag = triggers.tagsOnly ? '"$GET_REPO_TAG"' : '"$GET_TAGS_TAG"';
  const ref = tagged ? tag : triggers.isPullRequest ? '"$GET_REPO_PR"/merge' : branch;
  const all: Readonly<Record<string, string>> = {
    ...SET,
    ...(onTags && { GITHUB_SHA: '"$GET_TAGS_REF"' }),
    GITHUB_REF_NAME: ref,
    GITHUB_REF: tagged ? `refs/tags/${ref}` : triggers.isPullRequest ? `refs/pull/${ref}` : `refs/heads/${ref}`,
    GITHUB_REPOSITORY: shellQuoted(triggers.repository),
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_ACTIONS: 'true',
  };
  const body = textOf(script);
  const needed = Object.entries(all).filter(([name]) => new RegExp(`\\$\\{?${name}\\b`).test(body));
  return needed.length === 0 ? undefined : needed.map(([name, value]) => `export ${name}=${value}`).join('\n');
}

function addScript(
  run: Block,
  before: Text | undefined,
  script: Text,
  shell: string | undefined,
  where: StepHere,
): void {
  const { place, block, step } = where;
  const isContainer = place.image !== undefined;
  const through = (command: string) => run.set('cmd', lines(before, inShell(command, script)));
  switch (shell) {
    case undefined:
      if (!needsBash(script) || place.image?.isContainer === true) run.set('cmd', lines(before, script));
      else if (isContainer) through('bash -ec');
      else run.set('shell', '/bin/bash').set('cmd', lines(before, script));
      return;
    case 'bash':
      if (isContainer) through('bash -eo pipefail -c');
      else run.set('shell', '/bin/bash').set('cmd', lines('set -o pipefail', before, script));
      return;
    case 'sh':
      run.set('cmd', lines(before, script));
      return;
    case 'python':
      through('python3 -c');
      return;
    case 'pwsh':
    case 'powershell':
      through('pwsh -NoProfile -Command');
      return;
    default: {
      run.set('cmd', lines(before, script));
      const source = step.entries.get('shell') ?? step;
      place.workflow.conversion.lost(
        block,
        source,
        `"${shell}" is another program than pikoci import knows`,
        'call it in the script',
      );
    }
  }
}

interface StepHere {
  readonly place: JobPlace;
  readonly block: Block;
  readonly step: Source;
}

/** Of the workflow, the job and the step: the innermost counts. */
export function environmentOf(step: Source, place: JobPlace, block: Block): Map<string, HclValue> {
  const env = new Map<string, HclValue>();
  for (const source of [place.workflow.root.get('env'), place.job.get('env'), containerEnv(place), step.get('env')]) {
    for (const key of source?.keys() ?? []) {
      const value = source?.get(key);
      if (value?.kind !== 'scalar' || !/^[A-Za-z_]\w*$/.test(key)) continue;
      value.isRead = true;
      env.set(key, filled(value, place, block, { env }));
    }
  }
  return env;
}

const containerEnv = ({ job }: JobPlace): Source | undefined => job.entries.get('container')?.entries.get('env');

function defaultOf(key: 'shell' | 'working-directory', { job, workflow }: JobPlace): string | undefined {
  const inJob = job.get('defaults')?.get('run')?.textOf(key);
  const inWorkflow = workflow.root.get('defaults')?.get('run')?.textOf(key);
  return inJob ?? inWorkflow;
}
