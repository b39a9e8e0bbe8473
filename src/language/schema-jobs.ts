/** The schema of a job, its steps and hooks. */

import type { AttributeSchema, BlockSchema, BodySchema, JobBody } from './schema.ts';
import { GATE_BLOCKS, GATE_BODIES } from './schema-gates.ts';

const ENV_DOC = 'Environment variables: `env = { NAME = "value" }`, or the same as a block.';
const ENV_ATTRIBUTE: AttributeSchema = { doc: ENV_DOC, value: { kind: 'map' } };
const ENV_BLOCK: BlockSchema = { doc: ENV_DOC, labels: [], body: 'free', inside: '\n  ${1:NAME} = "$2"\n' };

const PARAMS_ATTRIBUTE: AttributeSchema = { doc: 'Parameters of this step.', value: { kind: 'map' } };
const paramsBlock = (body: 'params' | 'free'): BlockSchema => ({
  doc: 'Parameters of this step.',
  labels: [],
  body,
  inside: '\n  $0\n',
});

/** What every step may have. */
const META: Readonly<Record<string, AttributeSchema>> = {
  if: {
    doc: 'The step is skipped unless this is true. It may use `build`, `get` and `task`, which are known when the step begins.',
    value: { kind: 'any' },
  },
  timeout: { doc: 'How long one attempt may take: `"10m"`, `"1h30m"`.', value: { kind: 'duration' } },
  attempts: {
    doc: 'How often it is tried: `3`, or `{ count = 3, on = ["error"], delay = "10s" }`.',
    value: {
      kind: 'object',
      keys: {
        count: { doc: 'How often at most, from 1 to 100.', value: { kind: 'number' } },
        on: {
          doc: 'After what it is tried again; after all three, unless given.',
          value: {
            kind: 'choice',
            list: true,
            values: { failure: 'It failed.', error: 'It could not be run.', timeout: 'It took too long.' },
          },
        },
        delay: { doc: 'How long to wait between two attempts.', value: { kind: 'duration' } },
      },
    },
  },
  allow_failure: { doc: 'When it fails, the build goes on and ends with a warning.', value: { kind: 'flag' } },
  tags: { doc: 'The build runs on a worker that has all these tags.', value: { kind: 'texts' } },
};

function hook(doc: string): BlockSchema {
  return {
    doc: `${doc} With a label it is one command of that runner; without one it holds steps.`,
    labels: [],
    body: 'hook steps',
    labelled: { labels: ['runner type'], body: 'hook command' },
    inside: '\n  $0\n',
  };
}

const HOOKS: Readonly<Record<string, BlockSchema>> = {
  on_success: hook('Runs after this succeeded.'),
  on_failure: hook('Runs after this failed.'),
  on_error: hook('Runs after something around this went wrong: a worker was lost, a program was not there.'),
  on_cancel: hook('Runs after this was cancelled.'),
  ensure: hook('Runs after this, however it ended.'),
};

const STEPS: Readonly<Record<string, BlockSchema>> = {
  get: {
    doc: 'Fetches a version of a resource into a directory of its name.',
    labels: ['resource type', 'resource'],
    body: 'get',
    inside: ' trigger = ${1:true} ',
  },
  task: {
    doc: 'Runs a command of yours.',
    labels: ['name'],
    body: 'task',
    inside: '\n  run "${1:shell}" {\n    $0\n  }\n',
  },
  put: {
    doc: 'Pushes to a resource. What was pushed becomes a version of it.',
    labels: ['resource type', 'resource'],
    body: 'put',
    inside: '\n  $0\n',
  },
  notify: {
    doc: 'Tells somebody. That it fails is a warning, never a failure of the build.',
    labels: ['notification type', 'notification'],
    body: 'notify',
    inside: '\n  message = "$0"\n',
  },
  set_pipeline: {
    doc: 'Sets a pipeline, this one or another of the team, from a file of the build.',
    labels: ['name'],
    body: 'set_pipeline',
    inside: '\n  file = "$0"\n',
  },
  in_parallel: {
    doc: 'Steps that run side by side.',
    labels: [],
    body: 'in_parallel',
    labelled: { labels: ['name'], body: 'in_parallel' },
    inside: '\n  $0\n',
  },
};

export const JOB_BODIES: Readonly<Record<JobBody, BodySchema>> = {
  job: {
    attributes: {
      for_each: {
        doc: 'One job for each key of a map or element of a set: `toset(["a", "b"])`. The jobs are named `job--key` and know `each.key` and `each.value`.',
        value: { kind: 'any' },
      },
      concurrency: { doc: 'How many of its builds may run at once.', value: { kind: 'number' } },
      serial_groups: { doc: 'Of all jobs that share a group, one build runs at a time.', value: { kind: 'texts' } },
      priority: {
        doc: 'Of several builds that wait, the highest goes first; 0 unless given.',
        value: { kind: 'number' },
      },
      timeout: { doc: 'How long a build may take: `"30m"`, `"2h"`.', value: { kind: 'duration' } },
      tags: { doc: 'Its builds run on workers that have all these tags.', value: { kind: 'texts' } },
      interruptible: {
        doc: 'Builds that something newer makes needless are stopped.',
        value: { kind: 'flag' },
      },
      error_retries: {
        doc: 'How often a build that errored is tried again by itself. What the server says, unless given.',
        value: { kind: 'number' },
      },
      disable_manual_trigger: { doc: 'Nobody can start it by hand.', value: { kind: 'flag' } },
    },
    blocks: {
      ...STEPS,
      service: {
        doc: 'Runs beside the steps: started before the first, stopped after the last, whatever happened.',
        labels: ['service type'],
        body: 'service',
        labelled: { labels: ['service type'], body: 'service' },
        inside: '\n  $0\n',
      },
      matrix: {
        doc: 'One job for each combination of the axes: `go = ["1.24", "1.25"]`. Expressions know `each.key` and `each.value.AXIS`.',
        labels: [],
        body: 'free',
        inside: '\n  ${1:axis} = [$0]\n',
      },
      ...GATE_BLOCKS,
      ...HOOKS,
    },
  },
  get: {
    attributes: {
      trigger: { doc: 'A new version starts the job.', value: { kind: 'flag' } },
      passed: { doc: 'Only versions that these jobs passed with.', value: { kind: 'jobs' } },
      version: {
        doc: 'Which version: `"latest"`, `"every"`, or the fields of one: `{ ref = "…" }`.',
        value: {
          kind: 'choice',
          values: { latest: 'The newest; those between are skipped.', every: 'Each one, one after the other.' },
        },
      },
      params: PARAMS_ATTRIBUTE,
      ...META,
    },
    blocks: { params: paramsBlock('free'), ...HOOKS },
  },
  put: {
    attributes: {
      no_get: { doc: 'What was pushed is not fetched again.', value: { kind: 'flag' } },
      params: PARAMS_ATTRIBUTE,
      ...META,
    },
    blocks: { params: paramsBlock('free'), ...HOOKS },
    parameters: 'of its step',
  },
  task: {
    attributes: {
      env: ENV_ATTRIBUTE,
      dir: { doc: 'Where the command starts, in the directory of the build.', value: { kind: 'text' } },
      inputs: { doc: 'Paths that must be there before it runs.', value: { kind: 'texts' } },
      outputs: { doc: 'Paths that must be there after it ran.', value: { kind: 'texts' } },
      ...META,
    },
    blocks: {
      run: {
        doc: 'The command, and the runner it is for.',
        labels: ['runner type'],
        body: 'command',
        inside: '\n  $0\n',
      },
      env: ENV_BLOCK,
      cache: {
        doc: 'Paths that are brought back before the task and kept after it, under a key.',
        labels: [],
        body: 'cache',
        inside: '\n  key   = "$0"\n  paths = [""]\n',
      },
      reports: {
        doc: 'Files that tell how tests went: shown on the build, with what is new and what is flaky.',
        labels: [],
        body: 'reports',
        inside: '\n  junit = ["$0"]\n',
      },
      id_token: {
        doc: 'A token that says which build this is, for others to trust: `PIKOCI_ID_TOKEN`.',
        labels: [],
        body: 'id_token',
        inside: '\n  aud = "$0"\n',
      },
      ...HOOKS,
    },
  },
  id_token: {
    attributes: { aud: { doc: 'Whom it is for: `"sts.amazonaws.com"`.', value: { kind: 'text' } } },
    blocks: {},
  },
  cache: {
    attributes: {
      key: {
        doc: 'By what it is found again: `"npm-${hashfiles("package-lock.json")}"`. A cache never changes; another key is another cache.',
        value: { kind: 'text' },
      },
      paths: { doc: 'What is kept: paths and patterns in the directory of the build.', value: { kind: 'texts' } },
      restore_keys: {
        doc: 'Beginnings of keys: when nothing has the key itself, the newest with such a beginning is taken.',
        value: { kind: 'texts' },
      },
    },
    blocks: {},
  },
  reports: {
    attributes: {
      junit: { doc: 'Patterns of JUnit XML files: `["build/**/*.xml"]`.', value: { kind: 'texts' } },
    },
    blocks: {},
  },
  notify: {
    attributes: {
      message: { doc: 'What is said.', value: { kind: 'text' } },
      params: PARAMS_ATTRIBUTE,
      ...META,
    },
    blocks: { params: paramsBlock('free'), ...HOOKS },
    parameters: 'of its step',
  },
  set_pipeline: {
    attributes: {
      file: { doc: 'The file of the pipeline, in the directory of the build.', value: { kind: 'text' } },
      vars: { doc: 'Values of its variables: `vars = { region = "eu" }`.', value: { kind: 'map' } },
      instance_vars: {
        doc: 'Variables that make an instance of it, such as `{ branch = get.my-app.branch }`: a pipeline of its own, named `name--value`.',
        value: { kind: 'map' },
      },
      ...META,
    },
    blocks: HOOKS,
  },
  in_parallel: {
    attributes: {
      limit: { doc: 'How many of them run at once; all, unless given.', value: { kind: 'number' } },
      fail_fast: { doc: 'When one fails, the others are stopped.', value: { kind: 'flag' } },
      ...META,
    },
    blocks: { ...STEPS, ...HOOKS },
  },
  service: {
    attributes: { params: PARAMS_ATTRIBUTE },
    blocks: { params: paramsBlock('params') },
    parameters: 'of its type',
  },
  'hook steps': { attributes: {}, blocks: STEPS },
  dynamic: {
    attributes: {
      for_each: {
        doc: 'One block for each element of this list, set, map or object. How many there are must be known when the pipeline is set.',
        value: { kind: 'any' },
      },
      labels: { doc: 'The labels of each block.', value: { kind: 'texts' } },
      iterator: {
        doc: 'What the element is called in `labels` and `content`; without it, the type of the block.',
        value: { kind: 'any' },
      },
    },
    blocks: {
      content: { doc: 'What each block holds.', labels: [], body: 'free', inside: '\n  $0\n' },
    },
  },
  'hook command': {
    attributes: { env: ENV_ATTRIBUTE },
    blocks: { env: ENV_BLOCK },
    parameters: 'of its type',
  },
  ...GATE_BODIES,
};
