import { describe, expect, test } from 'bun:test';
import type { Json } from '../lib/json.ts';
import { planForJob } from './build-plan.ts';
import { type LoadTextOptions, loadGood, loadText, messagesOf } from './load-fixture.ts';
import type { Pipeline } from './model.ts';
import type { TaskStep } from './plan-step.ts';
import type { PlanValue } from './plan-value.ts';
import { createRunTime } from './run-time.ts';

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

test('the plan says what a secret has to be', async () => {
  const head =
    'variable "a" {\n type = object({ user = string, port = optional(number, 1) })\n secret "vault" { path = "p" }\n}';
  const { scope } = await loadGood(`${head}\nvariable "b" {\n secret "vault" { path = "p" }\n}`);
  expect(scope.variables.a).toMatchObject({ valueType: 'object({ user = string, port = optional(number, 1) })' });
  expect(scope.variables.b).not.toHaveProperty('valueType');
});

test('a sensitive value that is not of its type is not in the message, however deep it lies', async () => {
  const head = 'variable "a" {\n type = map(number)\n sensitive = true\n}';
  const { diagnostics } = await loadText(head, { variables: { a: { b: 'hunter2' } } });
  expect(diagnostics.map(({ code }) => code)).toContain('wrong-type');
  expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
});
