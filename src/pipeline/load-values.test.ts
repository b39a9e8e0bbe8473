import { describe, expect, test } from 'bun:test';
import type { Json } from '../lib/json.ts';
import { planForCheck, planForJob } from './build-plan.ts';
import { describePlan } from './describe-plan.ts';
import { type LoadTextOptions, loadGood, loadText, messagesOf } from './load-fixture.ts';
import type { Pipeline } from './model.ts';
import type { PlanValue, TaskStep } from './plan.ts';
import { createRunTime } from './run-time.ts';
import type { FetchedSource } from './source.ts';

/** The environment of the only task of the only job, each value as text: what is known as JSON, what is not as its expression. */
async function envOf(head: string, env: string, options: LoadTextOptions = {}): Promise<Record<string, string>> {
  const pipeline = await loadGood(
    `${head}\njob "j" {\ntask "t" {\nrun "exec" { path = "x" }\nenv = ${env}\n}\n}`,
    options,
  );
  return Object.fromEntries(Object.entries(onlyTask(pipeline).env).map(([name, value]) => [name, show(value)]));
}

function onlyTask(pipeline: Pipeline): TaskStep {
  const task = pipeline.jobs.flatMap((job) => job.steps).find((step) => step.kind === 'task');
  if (task?.kind !== 'task') throw new Error('no task');
  return task;
}

function show(value: PlanValue): string {
  if (value.kind === 'known') return JSON.stringify(value.value);
  return `${value.sensitive ? 'secret ' : ''}${value.expression} <- ${value.needs.join(', ')}`;
}

describe('what is known when the pipeline is set', () => {
  const table: [what: string, head: string, value: string, expected: string][] = [
    ['a text', '', '"a"', '"a"'],
    ['a number', '', '1.50', '1.5'],
    ['a number no double holds', '', '12345678901234567890123', '"12345678901234567890123"'],
    ['nothing', '', 'null', 'null'],
    ['a list', '', '[1, "a", true]', '[1,"a",true]'],
    ['a variable', 'variable "a" { default = "x" }', 'upper(var.a)', '"X"'],
    ['a local through a local', 'locals {\n b = "${local.a}b"\n a = "a"\n}', 'local.b', '"ab"'],
    [
      'a sensitive variable',
      'variable "a" {\n default = "x"\n sensitive = true\n}',
      '"<${var.a}>"',
      'secret "<${var.a}>" <- var.a',
    ],
    ['a secret', 'variable "a" {\n secret "vault" { path = "p" }\n}', 'var.a', 'secret var.a <- var.a'],
    [
      'a secret through a local',
      'variable "a" {\n secret "vault" { path = "p" }\n}\nlocals { b = "x${var.a}" }',
      'local.b',
      'secret local.b <- local.b',
    ],
    ['the build', '', '"v${build.number}"', '"v${build.number}" <- build.number'],
    ['the build through a local', 'locals { tag = "v${build.number}" }', 'local.tag', 'local.tag <- local.tag'],
    ['a condition that is decided', 'variable "a" { default = true }', 'var.a ? "yes" : build.url', '"yes"'],
    [
      'a mixture keeps its text',
      'variable "a" { default = "x" }',
      '"${var.a}-${build.id}"',
      '"${var.a}-${build.id}" <- var.a, build.id',
    ],
    [
      'a file is read now',
      '',
      '"${file("note.txt")} ${build.id}"',
      '"${"say \\"hi\\" $${x}\\n"} ${build.id}" <- build.id',
    ],
  ];
  test.each(table)('%s', async (_, head, value, expected) => {
    const files = { 'note.txt': 'say "hi" ${x}\n' };
    expect(await envOf(head, `{ A = ${value} }`, { files })).toEqual({ A: expected });
  });

  test('files in a loop, as long as the loop is known', async () => {
    const files = { 'a.txt': 'A', 'b.txt': 'B' };
    const loop = '{ for f in fileset(".", "*.txt") : upper(trimsuffix(f, ".txt")) => file(f) }';
    expect(await envOf('', loop, { files })).toEqual({ A: '"A"', B: '"B"' });
    const late = '{ X = join("", [for f in ["a.txt"] : "${file(f)}${build.id}"]) }';
    const text = `job "j" {\ntask "t" {\nrun "exec" { path = "x" }\nenv = ${late}\n}\n}`;
    expect(await messagesOf(text, { files })).toEqual(['4 not-known-yet']);
  });

  test('one secret in a computed environment does not make the rest secret', async () => {
    const head = 'variable "a" {\n secret "vault" { path = "p" }\n}';
    expect(await envOf(head, 'merge({ A = "x" }, { B = var.a })')).toEqual({
      A: '"x"',
      B: 'secret (merge({ A = "x" }, { B = var.a }))["B"] <- var.a',
    });
  });

  test('what was left open is what the worker makes of it', async () => {
    const text = [
      'variable "a" {',
      '  secret "vault" { path = "p" }',
      '}',
      'locals {',
      '  tag  = "v${build.number}"',
      '  note = <<-EOT',
      '    ${local.tag} of ${var.a}',
      '  EOT',
      '}',
      'job "j" {',
      '  task "t" {',
      '    run "exec" { path = "x" }',
      '    env = {',
      '      A = <<-EOT',
      '        <${local.note}>',
      '      EOT',
      '      B = "${file("n")}${local.tag}"',
      '    }',
      '  }',
      '}',
    ].join('\n');
    const plan = planForJob(await loadGood(text, { files: { n: 'é"\\' } }), 'j');
    const [task] = plan.steps;
    if (task?.kind !== 'task') throw new Error('no task');
    const run = createRunTime(plan.scope, { build: { number: 7 }, get: {}, task: {}, variables: { a: 'hunter2' } });
    expect(run.evaluateAll(task.env)).toMatchObject({
      values: { A: { value: '<v7 of hunter2\n>\n', sensitive: true }, B: { value: 'é"\\v7', sensitive: false } },
    });
  });
});

describe('variables', () => {
  const text = (body: string) => `variable "a" {\n${body}\n}`;
  const table: [string, string, LoadTextOptions, Json][] = [
    [
      'given beats the environment',
      'default = "d"',
      { variables: { a: 'given' }, env: { PIKOCI_VAR_a: 'env' } },
      'given',
    ],
    ['the environment beats the default', 'default = "d"', { env: { PIKOCI_VAR_a: 'env' } }, 'env'],
    ['the default', 'default = "d"', {}, 'd'],
    ['a text becomes a number', 'type = number', { variables: { a: '1.5' } }, 1.5],
    ['a text becomes a bool', 'type = bool', { variables: { a: 'true' } }, true],
    ['a text is read as a list', 'type = list(string)', { variables: { a: '["x", "y"]' } }, ['x', 'y']],
    ['a text is read as a map', 'type = map(number)', { env: { PIKOCI_VAR_a: '{ x = 1 }' } }, { x: 1 }],
    ['a list of another type', 'type = list(string)', { variables: { a: [1, 2] } }, ['1', '2']],
    ['no type: as it is', '', { variables: { a: { b: [1] } } }, { b: [1] }],
    [
      'optional attributes',
      'type = object({ a = string, b = optional(number, 2) })',
      { variables: { a: { a: 'x' } } },
      { a: 'x', b: 2 },
    ],
  ];
  test.each(table)('%s', async (_, body, options, expected) => {
    const pipeline = await loadGood(text(body), options);
    expect(pipeline.scope.variables.a).toEqual({ kind: 'known', value: expected });
  });

  test('a value given for a secret replaces it, and is kept apart', async () => {
    const { pipeline, secretsOfVariables } = await loadText(text('secret "vault" { path = "p" }'), {
      variables: { a: 'hunter2' },
    });
    expect(pipeline?.scope.variables.a).toEqual({ kind: 'sealed' });
    expect(secretsOfVariables).toEqual({ a: 'hunter2' });
    expect(JSON.stringify(pipeline)).not.toContain('hunter2');
  });

  test('a wrong value of a sensitive variable is not shown', async () => {
    const { diagnostics } = await loadText(text('type = number\nsensitive = true'), { variables: { a: 'hunter2' } });
    expect(diagnostics.map(({ code }) => code)).toEqual(['wrong-type']);
    expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
  });
});

describe('for_each and matrix', () => {
  const namesOf = async (body: string) => (await loadGood(`job "a" {\n${body}\n}`)).jobs.map((job) => job.name);

  const table: [string, string, string[]][] = [
    ['a set', 'for_each = toset(["y", "x"])', ['a--x', 'a--y']],
    ['a map', 'for_each = { one = 1, two = 2 }', ['a--one', 'a--two']],
    ['a set of numbers', 'for_each = toset([1, 2])', ['a--1', 'a--2']],
    ['none', 'for_each = toset([])', []],
    ['keys as slugs', 'for_each = toset(["a b/c", "1.25"])', ['a--1.25', 'a--a-b-c']],
    [
      'a matrix, axes in their order',
      'matrix {\n os = ["linux", "mac"]\n go = ["1.24", "1.25"]\n}',
      ['a--linux-1.24', 'a--linux-1.25', 'a--mac-1.24', 'a--mac-1.25'],
    ],
  ];
  test.each(table)('%s', async (_, body, names) => {
    expect(await namesOf(body)).toEqual(names);
  });

  test('each has its own values, in the job, its steps and on the worker', async () => {
    const pipeline = await loadGood(
      'job "a" {\nmatrix {\n os = ["linux"]\n n = [1]\n}\npriority = each.value.n\ntask "t" {\nrun "exec" { path = each.value.os }\nenv = {\nA = each.key\nB = "${each.value.os}-${build.number}"\n}\n}\n}',
    );
    expect(pipeline.jobs[0]).toMatchObject({
      name: 'a--linux-1',
      group: 'a',
      priority: 1,
      each: { key: 'linux-1', value: { os: 'linux', n: 1 } },
    });
    const plan = planForJob(pipeline, 'a--linux-1');
    const [task] = plan.steps;
    if (task?.kind !== 'task') throw new Error('no task');
    expect(task.run.params.path).toEqual({ kind: 'known', value: 'linux' });
    const run = createRunTime(plan.scope, { build: { number: 7 }, get: {}, task: {}, variables: {} });
    expect(run.evaluateAll(task.env)).toMatchObject({ values: { A: { value: 'linux-1' }, B: { value: 'linux-7' } } });
  });

  test('passed waits for all of them', async () => {
    const app = 'resource "git" "app" {\n params { url = "u" }\n}\n';
    const pipeline = await loadGood(
      `${app}job "a" {\n for_each = toset(["x", "y"])\n get "git" "app" {}\n}\njob "b" {\n get "git" "app" { passed = ["a"] }\n}\njob "c" {\n get "git" "app" { passed = ["a--x"] }\n}`,
    );
    const passed = pipeline.jobs.flatMap((job) =>
      job.steps.map((step) => [job.name, step.kind === 'get' && step.passed]),
    );
    expect(passed).toEqual([
      ['a--x', []],
      ['a--y', []],
      ['b', ['a--x', 'a--y']],
      ['c', ['a--x']],
    ]);
  });
});

const EVERYTHING = `
resource "git" "app" {
  params {
    url   = "https://x/\${local.name}"
    token = var.token
  }
  check_interval = "0 3 * * *"
  timezone       = "Europe/Madrid"
  tags           = ["inside"]
}
resource "cron" "tick" { check_interval = "@every 10s" }
variable "token" {
  secret "vault" { path = var.where }
}
variable "where" { default = "p" }
variable "unused" { default = 1 }
locals {
  name  = "app"
  other = 1
}
notification "slack" "team" {
  params { url = "https://hooks" }
  message = "\${build.job} failed"
  on      = ["failure", "error"]
  exclude = ["quiet"]
}
job "all" {
  get "git" "app" {
    trigger = true
    version = "every"
    params { depth = 1 }
  }
  service "postgresql" { password = var.token }
  service "postgresql" "second" { version = 16 }
  in_parallel {
    limit     = 2
    fail_fast = true
    task "one" {
      run "shell" { cmd = "make\\nmake install" }
      timeout       = "1m30s"
      attempts      = { count = 3, on = ["error"], delay = "5s" }
      allow_failure = true
      tags          = ["big"]
    }
    in_parallel "inner" {
      task "two" {
        run "docker" {
          image = "alpine"
          cmd   = "true"
        }
        on_failure "exec" { path = "cleanup" }
        on_failure {
          task "three" {
            run "exec" {
              path = "make"
              args = ["clean"]
            }
          }
        }
      }
    }
  }
  put "git" "app" {
    if     = task.one.X == "1"
    branch = "main"
    no_get = true
    params { tags = "t" }
  }
  notify "slack" "team" {
    message = "done \${get.app.ref}"
    channel = "#c"
  }
  ensure { 
    task "last" {
      run "exec" { path = "x" }
    }
  }
  concurrency   = 1
  serial_groups = ["deploy"]
  error_retries = 0
}
job "quiet" {
  get "cron" "tick" { version = { time = "t" } }
}
`;

describe('everything a job may say', () => {
  test('the tree of steps', async () => {
    const nodes = describePlan(planForJob(await loadGood(EVERYTHING), 'all'));
    const lines = nodes.map(({ id, kind, name, parent, hook, summary }) =>
      [id, kind, name, parent ?? '-', hook ?? '-', summary].join(' | '),
    );
    expect(lines).toMatchSnapshot();
  });

  test('the job, its plan and its check, without what they do not need', async () => {
    const pipeline = await loadGood(EVERYTHING);
    const plan = planForJob(pipeline, 'all');
    expect(plan.tags).toEqual(['big', 'inside']);
    expect(Object.keys(plan.scope.variables).sort()).toEqual(['token']);
    expect(Object.keys(plan.types.secrets)).toEqual(['vault']);
    expect(Object.keys(plan.resources)).toEqual(['git.app']);
    expect(Object.keys(plan.types.runners).sort()).toEqual(['docker', 'exec', 'shell']);
    const quiet = planForJob(pipeline, 'quiet');
    expect([Object.keys(quiet.resources), Object.keys(quiet.scope.variables), quiet.hooks]).toEqual([
      ['cron.tick'],
      [],
      {},
    ]);
    const check = planForCheck(pipeline, 'git.app');
    expect([
      Object.keys(check.types.resources),
      Object.keys(check.types.secrets),
      Object.keys(check.scope.variables),
    ]).toEqual([['git'], ['vault'], ['token']]);
    expect(pipeline.resources.map(({ schedule }) => schedule)).toEqual([
      { kind: 'cron', expression: '0 3 * * *', timezone: 'Europe/Madrid' },
      { kind: 'every', ms: 10_000 },
    ]);
    expect(pipeline.jobs).toMatchSnapshot();
  });

  test('a job that is not there', async () => {
    const pipeline = await loadGood(EVERYTHING);
    expect(() => planForJob(pipeline, 'al')).toThrow('no job "al"');
    expect(() => planForCheck(pipeline, 'git.ap')).toThrow('no resource "git.ap"');
  });
});

describe('types and sources', () => {
  const use = 'job "j" {\n task "t" {\n  run "mine" { cmd = "x" }\n }\n}\n';
  const runner =
    'runner_type "whatever" {\n  workdir = "/w"\n  run {\n    path = "sh"\n    args = ["-c", "$cmd"]\n  }\n}';
  const fetching = (answer: FetchedSource) => ({ fetch: async () => answer });

  test('a file beside the pipeline, and an address', async () => {
    for (const [source, options] of [
      ['./types/mine.hcl', { files: { 'types/mine.hcl': runner } }],
      ['https://example.org/mine.hcl', { sources: fetching({ kind: 'text', text: runner }) }],
    ] as const) {
      const { pipeline, sources } = await loadText(`${use}runner_type "mine" { source = "${source}" }`, options);
      expect(pipeline?.types.runners.mine).toMatchObject({ name: 'mine', builtin: false, workdir: '/w' });
      expect(sources.get(source.replace('./', ''))).toBe(runner);
    }
  });

  test('the right checksum', async () => {
    const sha256 = new Bun.CryptoHasher('sha256').update(runner).digest('hex');
    const text = `${use}runner_type "mine" {\n source = "./m.hcl"\n sha256 = "${sha256}"\n}`;
    expect(await messagesOf(text, { files: { 'm.hcl': runner } })).toEqual([]);
  });

  test('a text of another kind, of several blocks, with mistakes of its own', async () => {
    const say = (text: string) =>
      messagesOf(`${use}runner_type "mine" { source = "./m.hcl" }`, { files: { 'm.hcl': text } });
    expect(await say('resource_type "x" {}')).toEqual(['6 wrong-source']);
    expect(await say(`${runner}\n${runner}`)).toEqual(['6 wrong-source']);
    expect(await say(runner.replace('workdir', 'wrkdir'))).toEqual(['2 unknown-attribute (workdir)']);
    expect(await say(runner.replace('"/w"', 'var.x'))).toEqual(['2 name-not-here']);
  });

  test('what the web answers is said at the source', async () => {
    const sources = fetching({ kind: 'problem', code: 'source_not_found', message: 'It answered 404.', hint: 'Look.' });
    const { diagnostics } = await loadText(`${use}runner_type "mine" { source = "https://x/" }`, { sources });
    expect(diagnostics.map(({ code, detail, subject }) => [code, detail, subject?.start.line])).toEqual([
      ['source-not-found', 'It answered 404. Look.', 6],
    ]);
  });

  test('a declaration wins over the built-in of its name', async () => {
    const pipeline = await loadGood(
      'runner_type "shell" {\n run {\n  path = "mine"\n  args = ["$cmd"]\n }\n}\njob "j" {\n task "t" {\n  run "shell" { cmd = "x" }\n }\n}',
    );
    expect(pipeline.types.runners.shell).toMatchObject({ builtin: false, run: { path: 'mine' } });
  });

  test('configuration of a secret type, defaults, and a runner for all commands', async () => {
    const pipeline = await loadGood(`
      variable "t" {
        default   = "x"
        sensitive = true
      }
      secret_type "vault" {
        source  = "pikoci://vault"
        address = "https://v"
        token   = var.t
      }
      resource_type "git" {
        source   = "pikoci://git"
        defaults = { branch = "main" }
        runner "docker" { image = "alpine/git" }
      }
      resource "git" "app" {
        params { url = "u" }
      }`);
    expect(Object.keys(pipeline.types.secrets.vault?.config ?? {})).toEqual(['address', 'token']);
    expect(pipeline.types.secrets.vault?.config.token).toMatchObject({ kind: 'deferred', sensitive: true });
    expect(pipeline.resources[0]?.params).toMatchObject({ branch: { value: 'main' }, url: { value: 'u' } });
    expect(pipeline.types.resources.git?.check).toMatchObject({
      runner: 'exec',
      through: { runner: 'docker', params: { image: { value: 'alpine/git' } } },
    });
    expect(Object.keys(planForCheck(pipeline, 'git.app').types.runners).sort()).toEqual(['docker', 'exec']);
  });
});
