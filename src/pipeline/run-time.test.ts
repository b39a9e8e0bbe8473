import { describe, expect, test } from 'bun:test';
import type { Json } from '../lib/json.ts';
import { neededVariables } from './needed-variables.ts';
import type { PlanScope } from './plan.ts';
import type { PlanValue } from './plan-value.ts';
import { createRunTime, type RunFacts } from './run-time.ts';

const at = { file: 'pipeline.hcl', line: 3, column: 5 };
const deferred = (expression: string, needs: string[], sensitive = false): PlanValue => ({
  kind: 'deferred',
  expression,
  needs,
  at,
  sensitive,
});
const known = (value: Json): PlanValue => ({ kind: 'known', value });
const secret = (params: Record<string, PlanValue> = {}) => ({ kind: 'secret', type: 'vault', params, at }) as const;

const scope: PlanScope = {
  variables: {
    host: { kind: 'known', value: 'example.org' },
    token: { kind: 'sealed' },
    password: secret({ path: deferred('"kv/${var.token}"', ['var.token'], true) }),
  },
  locals: {
    url: deferred('"https://${var.password}@${var.host}"', ['var.password', 'var.host'], true),
    tag: deferred('"v${build.number}"', ['build.number']),
    image: deferred('"app:${local.tag}"', ['local.tag']),
  },
  each: { key: 'linux', value: { arch: 'arm64' } },
};
const facts: RunFacts = {
  build: { id: 'b', number: 7 },
  get: { 'my-app': { ref: 'abc', nested: { n: 1 } } },
  task: { compile: { VERSION: '1.2' } },
  variables: { token: 't0ken', password: 'hunter2' },
};

describe('evaluate', () => {
  const table: [string, PlanValue, Json, boolean][] = [
    ['known', known([1, 'a']), [1, 'a'], false],
    ['build', deferred('build.number + 1', ['build.number']), 8, false],
    ['get', deferred('get.my-app.ref', ['get.my-app.ref']), 'abc', false],
    ['nested', deferred('get.my-app.nested.n', ['get.my-app.nested.n']), 1, false],
    ['task', deferred('task.compile.VERSION', ['task.compile.VERSION']), '1.2', false],
    ['local through local', deferred('local.image', ['local.image']), 'app:v7', false],
    [
      'each',
      deferred('"${each.key}-${each.value.arch}-${build.id}"', ['each.key', 'build.id']),
      'linux-arm64-b',
      false,
    ],
    ['secret', deferred('"x ${var.password}"', ['var.password'], true), 'x hunter2', true],
    ['secret local', deferred('local.url', ['local.url'], true), 'https://hunter2@example.org', true],
    ['known variable beside a secret', deferred('var.host', ['var.host']), 'example.org', false],
    ['heredoc', deferred('<<-EOT\n  n ${build.number}\n  EOT\n', ['build.number']), 'n 7\n', false],
  ];
  test.each(table)('%s', (_, value, expected, sensitive) => {
    expect(createRunTime(scope, facts).evaluate(value)).toEqual({ kind: 'value', value: expected, sensitive });
  });

  test('which elements of a list are sensitive', () => {
    const value = deferred('["-ec", "echo ${var.password}"]', ['var.password'], true);
    expect(createRunTime(scope, facts).evaluate(value)).toEqual({
      kind: 'value',
      value: ['-ec', 'echo hunter2'],
      sensitive: true,
      elements: [false, true],
    });
  });

  const failures: [string, PlanValue, string][] = [
    [
      'a get that did not run',
      deferred('get.other.ref', ['get.other.ref']),
      'get.other.ref has no value: the step "other" has not fetched a version in this build.',
    ],
    [
      'a task that did not run',
      deferred('task.lint.X', ['task.lint.X']),
      'task.lint.X has no value: the task "lint" has not ended well in this build.',
    ],
    ['a field the version lacks', deferred('get.my-app.tag', ['get.my-app.tag']), 'tag'],
  ];
  test.each(failures)('fails: %s', (_, value, detail) => {
    const result = createRunTime(scope, facts).evaluate(value);
    expect(result.kind).toBe('failed');
    if (result.kind === 'failed') expect(result.diagnostics.map((found) => found.detail).join()).toContain(detail);
  });

  test('a secret that was not resolved', () => {
    const result = createRunTime(scope, { ...facts, variables: {} }).evaluate(
      deferred('var.token', ['var.token'], true),
    );
    expect(result).toMatchObject({
      kind: 'failed',
      diagnostics: [{ detail: 'The value of var.token is not known here.' }],
    });
  });

  test('no message shows a secret', () => {
    const result = createRunTime(scope, facts).evaluate(deferred('tonumber(var.password) + 1', ['var.password'], true));
    expect(result.kind).toBe('failed');
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('tells what is made of secrets, also in locals, and nothing of what stands in the open', () => {
    const told: string[] = [];
    const run = createRunTime(scope, facts, (text) => told.push(text));
    run.evaluateAll({
      open: deferred('upper(local.image)', ['local.image']),
      url: deferred('"${upper(local.url)}/${var.host}"', ['local.url', 'var.host'], true),
      list: deferred('["-ec", "echo ${strrev(var.token)}"]', ['var.token'], true),
    });
    expect(told).toEqual(['hunter2', 'HTTPS://HUNTER2@EXAMPLE.ORG', 't0ken', 'nek0t']);
  });

  const typed = (valueType: string, given: Json) => {
    const variables = { v: { ...secret(), valueType } };
    const run = createRunTime({ variables, locals: {} }, { get: {}, task: {}, variables: { v: given } });
    return run.evaluate(deferred('var.v', ['var.v'], true));
  };

  test.each([
    ['string', 5, '5'],
    ['number', '5', 5],
    ['bool', 'true', true],
    ['map(string)', { a: 1 }, { a: '1' }],
    ['map(string)', '{"a": "x"}', { a: 'x' }],
    ['list(number)', ['1', 2], [1, 2]],
    ['object({ user = string, port = optional(number, 5432) })', { user: 'u', more: 1 }, { user: 'u', port: 5432 }],
  ] as const)('a secret of a variable of the type %s: %j', (type, given, value) => {
    expect(typed(type, given as Json)).toMatchObject({ kind: 'value', value, sensitive: true });
  });

  test.each([
    ['string', { user: 'u', password: 'hunter2' }, 'a string is needed, and this is an object'],
    ['number', 'hunter2', 'the string does not spell a number'],
    ['map(number)', { a: 'hunter2' }, 'the string does not spell a number'],
    ['list(string)', 'hunter2', 'it is a text that spells no list of string'],
  ] as const)('a secret that is no %s is an error that does not show it: %j', (type, given, why) => {
    const result = typed(type, given as Json);
    expect(result).toMatchObject({
      kind: 'failed',
      diagnostics: [{ code: 'wrong-type', detail: expect.stringContaining(why) }],
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('all of several, or all that is wrong', () => {
    const run = createRunTime(scope, facts);
    expect(run.evaluateAll({ a: known(1), b: deferred('var.token', ['var.token'], true) })).toEqual({
      kind: 'values',
      values: { a: { value: 1, sensitive: false }, b: { value: 't0ken', sensitive: true } },
    });
    const wrong = deferred('get.x.y', ['get.x.y']);
    expect(run.evaluateAll({ a: wrong, b: known(1), c: wrong })).toMatchObject({ diagnostics: [{}, {}] });
  });
});

describe('neededVariables', () => {
  const types = {
    secrets: {
      vault: {
        name: 'vault',
        builtin: true,
        params: [],
        config: { token: deferred('var.token', ['var.token'], true) },
        get: { runner: 'exec', params: {}, at },
      },
    },
  };
  const names = (values: PlanValue[]) => neededVariables({ scope, types }, values).map((needed) => needed.name);

  test('each after those it needs', () => {
    expect(names([deferred('local.url', ['local.url'], true)])).toEqual(['token', 'password']);
  });

  test('nothing for what is known', () => {
    expect(names([known(1), deferred('var.host', ['var.host'])])).toEqual([]);
  });
});
