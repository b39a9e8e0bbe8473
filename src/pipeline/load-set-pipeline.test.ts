import { expect, test } from 'bun:test';
import { planForJob } from './build-plan.ts';
import { describePlan } from './describe-plan.ts';
import { describeInstance, instanceName } from './instance-name.ts';
import { loadGood, messagesOf } from './load-fixture.ts';
import { outlineJob } from './outline-job.ts';

const HEAD = `resource "git" "app" {
  params { url = "u" }
}
variable "token" {
  sensitive = true
  default   = "t"
}
variable "password" {
  secret "vault" { path = "p" }
}
locals { login = "x:\${var.password}" }
`;
const inJob = (body: string): string => `${HEAD}job "j" {\n  get "git" "app" { trigger = true }\n${body}\n}\n`;
const BLOCK = `set_pipeline "deploy" {
  file          = "app/ci/\${each.key}.hcl"
  vars          = { region = "eu", token = var.token, ref = get.app.ref }
  instance_vars = { branch = get.app.branch }
  attempts      = 2
  on_failure "exec" { path = "tell" }
}`;

test('a step with everything is read, described and outlined', async () => {
  const pipeline = await loadGood(inJob(BLOCK).replace('job "j" {', 'job "j" {\n  for_each = toset(["prod"])'));
  const plan = planForJob(pipeline, 'j--prod');
  const [, step] = plan.steps;
  expect(step).toMatchObject({
    kind: 'set_pipeline',
    name: 'deploy',
    pipeline: 'deploy',
    file: { kind: 'known', value: 'app/ci/prod.hcl' },
    vars: {
      region: { kind: 'known', value: 'eu' },
      token: { kind: 'deferred', sensitive: true },
      ref: { kind: 'deferred', sensitive: false },
    },
    instanceVars: { branch: { kind: 'deferred', needs: ['get.app.branch'] } },
    attempts: { count: 2 },
    hooks: { onFailure: [{ kind: 'task' }] },
  });
  expect(plan.scope.variables).toHaveProperty('token');
  expect(describePlan(plan)).toContainEqual({
    ...{ id: '2', name: 'deploy', kind: 'set_pipeline', summary: 'app/ci/prod.hcl' },
  });
  const [job] = pipeline.jobs;
  const outline = job && outlineJob(job).blocks.find(({ header }) => header.startsWith('set_pipeline'));
  expect([outline?.header, ...(outline?.blocks ?? []).map(({ header }) => header)]).toEqual([
    'set_pipeline "deploy"',
    'vars',
    'instance_vars',
    'on_failure',
  ]);
});

test('an instance that is known when the pipeline is set is shown by its whole name', async () => {
  const known = BLOCK.replaceAll('${each.key}', 'x').replace('get.app.branch', '"feature/a"');
  const [job] = (await loadGood(inJob(known))).jobs;
  expect(job?.steps[1]).toMatchObject({ name: 'deploy--feature-a', pipeline: 'deploy' });
});

test.each([
  ['no file', 'set_pipeline "d" {}', ['14 missing-attribute']],
  ['no name', 'set_pipeline { file = "x" }', ['14 wrong-labels']],
  ['a name with a slash', 'set_pipeline "a/b" { file = "x" }', ['14 bad-name']],
  [
    'a misspelt attribute',
    'set_pipeline "d" {\n file = "x"\n instance_var = {}\n}',
    ['16 unknown-attribute (instance_vars)'],
  ],
  ['vars that are no map', 'set_pipeline "d" {\n file = "x"\n vars = ["a"]\n}', ['16 wrong-type']],
  [
    'a sensitive instance',
    'set_pipeline "d" {\n file = "x"\n instance_vars = { a = var.token }\n}',
    ['16 sensitive-not-allowed'],
  ],
  [
    'a secret that would be kept',
    'set_pipeline "d" {\n file = "x"\n vars = { a = var.password }\n}',
    ['16 secret-kept'],
  ],
  ['one in a local', 'set_pipeline "d" {\n file = "x"\n vars = { a = local.login }\n}', ['16 secret-kept']],
])('mistakes: %s', async (_, block, messages) => {
  const errors = (await messagesOf(inJob(block))).filter((message) => !message.startsWith('w'));
  expect(errors).toEqual(messages);
});

test.each([
  [{ branch: 'feature/login' }, 'deploy--feature-login', 'branch = feature/login'],
  [{ number: 12, branch: 'main' }, 'deploy--main-12', 'branch = main, number = 12'],
  [{ branch: 'Zürich' }, 'deploy--Zurich', 'branch = Zürich'],
  [{ tags: ['a', 'b'] }, 'deploy--a-b', 'tags = ["a","b"]'],
  [{ branch: '//' }, undefined, 'branch = //'],
  [{ branch: null }, undefined, 'branch = '],
  [{}, undefined, ''],
])('an instance with %j is called %p', (vars, name, described) => {
  expect(instanceName('deploy', vars)).toBe(name as never);
  expect(describeInstance(vars)).toBe(described);
});
