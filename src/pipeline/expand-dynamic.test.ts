import { expect, test } from 'bun:test';
import type { Json } from '../lib/json.ts';
import { planForJob } from './build-plan.ts';
import { loadGood, loadText, messagesOf } from './load-fixture.ts';
import { allSteps } from './plan-walk.ts';
import { createRunTime, type RunFacts } from './run-time.ts';

const FACTS: RunFacts = { build: { number: 7 }, get: {}, task: {}, variables: { token: 's3cret' } };

/** What each task of the job "a" has in its environment in a build, with the task's id and name. */
async function tasksOf(text: string, job = 'a'): Promise<Json[]> {
  const plan = planForJob(await loadGood(text), job);
  return [...allSteps(plan.steps, plan.hooks)].flatMap((step) => {
    if (step.kind !== 'task') return [];
    const env = createRunTime(plan.scope, FACTS).evaluateAll(step.env);
    if (env.kind === 'failed') throw new Error(env.diagnostics.map(({ detail }) => detail).join('\n'));
    const values = Object.entries(env.values).map(([name, { value }]) => `${name}=${JSON.stringify(value)}`);
    return [[`${step.id} ${step.name}`, ...values].join(' ')];
  });
}

const task = (name: string, env: string): string =>
  `task "${name}" {\n run "exec" { path = "true" }\n env = { ${env} }\n}`;

const works: [name: string, text: string, tasks: Json[]][] = [
  [
    'a list: the key is the place',
    `job "a" {
      ${task('first', '')}
      dynamic "task" {
        for_each = ["x", "y"]
        labels   = ["t-\${task.value}"]
        content {
          run "exec" { path = "true" }
          env = { K = task.key, V = task.value }
        }
      }
      ${task('last', '')}
    }`,
    ['1 first', '2 t-x K=0 V="x"', '3 t-y K=1 V="y"', '4 last'],
  ],
  [
    'a set and a map, and nested blocks that see both iterators',
    `locals { groups = { b = ["1"], a = ["1", "2"] } }
    job "a" {
      dynamic "in_parallel" {
        for_each = local.groups
        iterator = group
        content {
          dynamic "task" {
            for_each = toset(group.value)
            iterator = item
            labels   = ["\${group.key}\${item.value}"]
            content {
              run "exec" { path = "true" }
              env = { BOTH = "\${group.key}-\${item.key}-\${build.number}" }
            }
          }
        }
      }
    }`,
    ['1.1 a1 BOTH="a-1-7"', '1.2 a2 BOTH="a-2-7"', '2.1 b1 BOTH="b-1-7"'],
  ],
  [
    'values that only the run knows, in the elements and beside them',
    `variable "token" {
      secret "vault" { path = "p" }
    }
    locals { all = { plain = "p", hidden = var.token } }
    job "a" {
      dynamic "task" {
        for_each = local.all
        labels   = [task.key]
        content {
          run "exec" { path = "true" }
          env = { V = "\${task.key}=\${task.value}", N = "\${task.key} in \${build.number}" }
        }
      }
    }`,
    ['1 hidden V="hidden=s3cret" N="hidden in 7"', '2 plain V="plain=p" N="plain in 7"'],
  ],
  [
    'each.key of a job, parameters, hooks, and none at all',
    `job "a" {
      for_each = toset(["k"])
      dynamic "task" {
        for_each = [each.key]
        labels   = ["t"]
        content {
          dynamic "run" {
            for_each = ["exec"]
            labels   = [run.value]
            content { path = "true" }
          }
          env = { V = task.value, W = "\${task.value}\${build.number}" }
        }
      }
      dynamic "get" {
        for_each = []
        content {}
      }
      dynamic "on_failure" {
        for_each = [1]
        content {
          ${task('sorry', 'X = on_failure.value')}
        }
      }
    }`,
    ['1 t V="k" W="k7"', 'on_failure.1 sorry X=1'],
  ],
  [
    'texts with everything that has to be quoted',
    `job "a" {
      dynamic "task" {
        for_each = { "a \\"b\\" $\${x} %%{y}" = { l = [1, "two\\n"], n = null } }
        labels   = ["t"]
        content {
          run "exec" { path = "true" }
          env = { A = "\${task.key}\${build.number}", B = jsonencode([task.value, build.number]) }
        }
      }
    }`,
    ['1 t A="a \\"b\\" ${x} %{y}7" B="[{\\"l\\":[1,\\"two\\\\n\\"],\\"n\\":null},7]"'],
  ],
];
for (const [name, text, tasks] of works) {
  test(`dynamic: ${name}`, async () => {
    expect(await tasksOf(text, text.includes('toset(["k"])') ? 'a--k' : 'a')).toEqual(tasks);
  });
}

test('dynamic blocks in a resource, its type, a notification and a matrix', async () => {
  const pipeline = await loadGood(`
    locals { urls = ["https://x"] }
    resource_type "own" {
      dynamic "check" {
        for_each = ["exec"]
        labels   = [check.value]
        content { path = "checker" }
      }
    }
    resource "own" "r" {}
    resource "git" "repo" {
      dynamic "params" {
        for_each = local.urls
        content { url = params.value }
      }
    }
    job "a" {
      dynamic "matrix" {
        for_each = [["1", "2"]]
        content { go = matrix.value }
      }
      get "git" "repo" {}
    }`);
  expect(pipeline.resources[1]?.params.url).toEqual({ kind: 'known', value: 'https://x' });
  expect(pipeline.types.resources.own?.check?.params.path).toEqual({ kind: 'known', value: 'checker' });
  expect(pipeline.jobs.map(({ name }) => name)).toEqual(['a--1', 'a--2']);
});

const job = (inner: string): string => `job "a" {\n${inner}\n}`;
const wrong: [name: string, text: string, messages: string[]][] = [
  ['no for_each', job('dynamic "task" {\n content {}\n}'), ['2 missing-attribute']],
  ['no content', job('dynamic "task" {\n for_each = []\n}'), ['2 missing-block']],
  ['no label', job('dynamic {\n for_each = []\n content {}\n}'), ['2 wrong-labels']],
  ['known only in a run', job('dynamic "task" {\n for_each = build.number\n content {}\n}'), ['3 not-known-yet']],
  ['not a collection', job('dynamic "task" {\n for_each = 3\n content {}\n}'), ['3 wrong-type']],
  [
    'a mistake in the content is shown where it stands, once',
    job(
      'dynamic "task" {\n for_each = [1, 2]\n labels = ["t${task.value}"]\n content {\n run "exec" { path = "x" }\n env = { A = task.vlaue }\n dri = "."\n }\n}',
    ),
    ['7 unknown-task (task.value)', '8 unknown-attribute (dir)'],
  ],
  [
    'an iterator that means something else',
    job('dynamic "task" {\n for_each = []\n iterator = var\n content {}\n}'),
    ['4 bad-iterator'],
  ],
  [
    'an iterator in quotes',
    job('dynamic "task" {\n for_each = []\n iterator = "x"\n content {}\n}'),
    ['4 bad-iterator'],
  ],
  [
    'an unknown type',
    job('dynamic "tsk" {\n for_each = [1]\n labels = ["t"]\n content {\n run "exec" { path = "x" }\n }\n}'),
    ['2 unknown-block (task)'],
  ],
  [
    'unknown attribute of the block itself',
    job('dynamic "task" {\n foreach = [1]\n for_each = []\n content {}\n}'),
    ['3 unknown-attribute (for_each)'],
  ],
  ['too many', job('dynamic "task" {\n for_each = range(1001)\n content {}\n}'), ['3 too-many-blocks']],
  [
    'a secret collection',
    'variable "s" {\n sensitive = true\n default = "x"\n}\njob "a" {\n dynamic "task" {\n for_each = toset([var.s])\n content {}\n }\n}',
    ['7 sensitive-not-allowed'],
  ],
];
for (const [name, text, messages] of wrong) {
  test(`dynamic, mistakes: ${name}`, async () => {
    expect(await messagesOf(text)).toEqual(messages);
  });
}

test('what a dynamic block says in full', async () => {
  const { diagnostics } = await loadText(
    job(
      'get "git" "app" {}\ndynamic "get" {\n for_each = build.number\n content {}\n}\ndynamic "get" {\n for_each = [1]\n labels = ["git", get.app]\n content {}\n}',
    ),
  );
  expect(diagnostics.map(({ detail }) => detail)).toEqual([
    'There is no resource "git" "app". Declare it: resource "git" "app" { … }.',
    '"for_each" must be known when the pipeline is set. build.number will only be known in a run.',
    'There is no attribute of get "app" here. Here get is the iterator of the dynamic block: it has key and value. With iterator = NAME in that block it is called otherwise.',
  ]);
});

test('dynamic blocks of a type from a source are expanded, and see no name of the pipeline', async () => {
  const dynamic = (forEach: string): string =>
    `resource_type "x" {\n dynamic "check" {\n for_each = ${forEach}\n labels = ["exec"]\n content { path = check.value }\n }\n}`;
  const main = 'resource_type "x" { source = "x.hcl" }\nresource "x" "y" {}\njob "j" {\n get "x" "y" {}\n}';
  const { types } = await loadGood(main, { files: { 'x.hcl': dynamic('["look"]') } });
  expect(types.resources.x?.check).toMatchObject({ runner: 'exec', params: { path: { value: 'look' } } });
  expect(await messagesOf(main, { files: { 'x.hcl': dynamic('[var.a]') } })).toEqual(['3 name-not-here']);
});
