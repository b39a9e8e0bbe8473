/** What people write out of habit from other CI systems and from Terraform, each with what says the same here. */

const STEPS = 'Steps stand in the job itself, in the order in which they run: get, task, put, notify, in_parallel.';
const A_JOB = 'What runs is written as jobs: job "name" { … }; one waits for another by passed = ["other"] in a get.';
const A_COMMAND = 'A command stands in a task: task "name" { run "shell" { cmd = "…" } }.';
const IN_RUN = 'What runs stands in the "run" block: run "shell" { cmd = "…" }.';
const IMAGE = 'The image belongs to the runner: run "docker" { image = "…" cmd = "…" }.';
const WAITING = 'A job waits for others through what they share: get "type" "name" { passed = ["other"] }.';
const CONDITION = 'A condition is written as: if = build.attempt == 1.';
const STARTS = 'A job starts when a resource has a new version: get "type" "name" { trigger = true }.';
const ENVIRONMENT = 'The environment of a task is: env = { NAME = "value" }.';
const REPEAT = 'To try a step again write: attempts = 3.';
const AFTERWARDS = 'What follows a step or job is written as on_success, on_failure, on_error, on_cancel or ensure.';

type Words = Readonly<Record<string, string>>;

const IN_JOB: Words = {
  ...{ steps: STEPS, step: STEPS, plan: STEPS, stage: STEPS, stages: STEPS, do: STEPS },
  ...{ run: A_COMMAND, script: A_COMMAND, command: A_COMMAND, commands: A_COMMAND, cmd: A_COMMAND },
  ...{
    image: IMAGE,
    container: IMAGE,
    docker: IMAGE,
    environment: ENVIRONMENT,
    env: 'It belongs to a task: env = { NAME = "value" }.',
  },
  ...{ needs: WAITING, depends_on: WAITING, requires: WAITING, dependencies: WAITING, passed: WAITING },
  ...{ on: STARTS, trigger: STARTS, triggers: STARTS, when: CONDITION, only: CONDITION, except: CONDITION },
  ...{ retry: 'A step is tried again with attempts = 3; a build that errored with error_retries = 2.' },
  ...{ serial: 'To run one build at a time write: concurrency = 1.', max_in_flight: 'Write: concurrency = 1.' },
  ...{
    parallel: 'Steps side by side stand in: in_parallel { … }.',
    aggregate: 'Steps side by side stand in: in_parallel { … }.',
  },
  ...{ strategy: 'The same job for several values is: matrix { go = ["1.24", "1.25"] }.' },
  ...{ count: 'Several jobs of one block are made by for_each = toset([…]) or matrix { … }.' },
  ...{ after_script: AFTERWARDS, post: AFTERWARDS, always: AFTERWARDS, finally: AFTERWARDS, after: AFTERWARDS },
  ...{
    runs_on: 'Which workers may take it is said with: tags = ["linux"].',
    agent: 'Which workers may take it is said with: tags = ["linux"].',
  },
};

const IN_TASK: Words = {
  ...{
    script: IN_RUN,
    command: IN_RUN,
    commands: IN_RUN,
    cmd: IN_RUN,
    config: IN_RUN,
    args: IN_RUN,
    path: IN_RUN,
    shell: IN_RUN,
  },
  ...{
    image: IMAGE,
    container: IMAGE,
    docker: IMAGE,
    environment: ENVIRONMENT,
    variables: ENVIRONMENT,
    params: ENVIRONMENT,
  },
  ...{ when: CONDITION, only: CONDITION, unless: CONDITION, retry: REPEAT, retries: REPEAT },
  ...{
    workdir: 'Where a task starts is: dir = "…".',
    working_directory: 'Where a task starts is: dir = "…".',
    cwd: 'Where a task starts is: dir = "…".',
  },
  ...{
    ignore_errors: 'A step that may fail has: allow_failure = true.',
    continue_on_error: 'A step that may fail has: allow_failure = true.',
  },
  ...{ depends_on: 'Steps run in the order of the file; those in in_parallel { … } side by side.' },
  ...{ artifacts: 'Files that must be there afterwards are: outputs = ["path"].' },
};

/** By the kind of block they stand in, as the owner of a body is called in messages. */
const WORDS: Readonly<Record<string, Words>> = {
  A: {
    ...{
      data: 'What is watched and fetched is a resource: resource "type" "name" { … }.',
      env: 'A value from outside is: variable "name" { … }.',
    },
    ...{
      stages: A_JOB,
      stage: A_JOB,
      jobs: A_JOB,
      pipeline: A_JOB,
      workflow: A_JOB,
      workflows: A_JOB,
      steps: A_JOB,
      groups: A_JOB,
    },
    ...{ resources: 'Each resource has a block of its own: resource "type" "name" { … }.' },
    ...{
      provider: 'There are no providers; built-in types need no declaration.',
      terraform: 'This is no Terraform: take it out.',
    },
    ...{ on: STARTS, triggers: STARTS, image: IMAGE, script: A_COMMAND, name: 'A pipeline is named when it is set.' },
    ...{
      get: 'A get stands in a job.',
      task: 'A task stands in a job.',
      put: 'A put stands in a job.',
      run: A_COMMAND,
    },
    ...{
      service: 'A service stands in a job.',
      in_parallel: 'An in_parallel stands in a job.',
      notify: 'A notify stands in a job.',
    },
  },
  job: IN_JOB,
  in_parallel: {
    ...IN_JOB,
    max: 'How many run at once is: limit = 2.',
    steps: 'The steps stand in the in_parallel itself.',
  },
  task: IN_TASK,
  get: {
    ...{ resource: 'The labels name the resource: get "type" "name".', depends_on: WAITING, needs: WAITING },
    ...{
      branch: 'Parameters stand in the resource, not in the get.',
      url: 'Parameters stand in the resource, not in the get.',
    },
  },
  resource: {
    ...{
      source: 'Parameters of a resource stand in: params { … }.',
      interval: 'How often it is looked at is: check_interval = "@every 1m".',
    },
    ...{ check_every: 'How often it is looked at is: check_interval = "@every 1m".' },
    ...{
      schedule: 'When it is looked at is: check_interval = "0 3 * * *".',
      cron: 'When it is looked at is: check_interval = "0 3 * * *".',
    },
    ...{ trigger: STARTS },
  },
  variable: {
    value: 'The value when none is given is: default = "…".',
    validation: 'Values are not validated here; the type is what is checked.',
    nullable: 'A variable may be null when its default is.',
  },
};

/** What to write instead, when `name` is a word of another system; `owner` is whose body it stands in: `job "test"`. */
export function wordFromElsewhere(owner: string, name: string): string | undefined {
  const words = WORDS[owner.split(' ', 1)[0] ?? ''];
  const known = name.toLowerCase().replaceAll('-', '_');
  return words !== undefined && Object.hasOwn(words, known) ? words[known] : undefined;
}

/** What is not missing as well where such a word stands: a task with `script` needs no other message about its `run`. */
export function meantElsewhere(owner: string, name: string): string | undefined {
  const words = wordFromElsewhere(owner, name);
  if (words === IN_RUN || (words === IMAGE && owner.startsWith('task '))) return 'run';
  if (owner.startsWith('variable ') && name === 'value') return 'default';
  return owner.startsWith('resource ') && name === 'source' ? 'params' : undefined;
}
