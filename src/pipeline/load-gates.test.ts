import { describe, expect, test } from 'bun:test';
import { planForJob } from './build-plan.ts';
import { loadGood, messagesOf } from './load-fixture.ts';
import { outlineJob } from './outline-job.ts';

const inJob = (text: string, step = 'run "shell" { cmd = "true" }'): string =>
  `job "a" {\n${text}\ntask "t" {\n${step}\n}\n}`;

describe('inputs', () => {
  test('each has its type, said or by its default; expressions wait for their values', async () => {
    const text = inJob(
      `inputs {
         version {
           description = "What to deploy"
           required    = true
         }
         target {
           options = ["staging", "production"]
           default = "staging"
         }
         dry_run { default = false }
         replicas {
           type    = number
           options = [1, "3"]
         }
         hosts { type = list(string) }
         token { sensitive = true }
       }`,
      'env = {\nV = input.version\nT = "token ${input.token}"\n}\nif = !input.dry_run\nrun "shell" { cmd = "true" }',
    );
    const model = await loadGood(text);
    const plan = planForJob(model, 'a');
    expect(plan.inputs).toEqual([
      { name: 'version', type: 'string', description: 'What to deploy', required: true, sensitive: false },
      {
        name: 'target',
        type: 'string',
        default: 'staging',
        options: ['staging', 'production'],
        required: false,
        sensitive: false,
      },
      { name: 'dry_run', type: 'bool', default: false, required: false, sensitive: false },
      { name: 'replicas', type: 'number', options: [1, 3], required: false, sensitive: false },
      { name: 'hosts', type: 'list(string)', required: false, sensitive: false },
      { name: 'token', type: 'string', required: false, sensitive: true },
    ]);
    const [task] = plan.steps;
    if (task?.kind !== 'task') throw new Error('expected a task');
    expect(task.if).toMatchObject({ kind: 'deferred', needs: ['input.dry_run'], sensitive: false });
    expect(task.env.V).toMatchObject({ needs: ['input.version'], sensitive: false });
    expect(task.env.T).toMatchObject({ needs: ['input.token'], sensitive: true });
  });

  test('each of the jobs of a block has them, with what each knows', async () => {
    const model = await loadGood(inJob('for_each = toset(["x", "y"])\ninputs {\nv { default = each.key }\n}'));
    expect(model.jobs.map((job) => job.inputs?.[0]?.default)).toEqual(['x', 'y']);
  });

  test('a local that uses them waits like any other', async () => {
    const model = await loadGood(
      `locals { tag = "v\${input.version}" }\n${inJob('inputs {\nversion {}\n}', 'env = { T = local.tag }\nrun "shell" { cmd = "true" }')}`,
    );
    const [task] = planForJob(model, 'a').steps;
    expect(task?.kind === 'task' && task.env.T).toMatchObject({ kind: 'deferred', needs: ['local.tag'] });
  });

  const table: [string, string, string[]][] = [
    ['a type of another kind', 'inputs {\nx { type = map(string) }\n}', ['3 bad-input-type']],
    ['a misspelt type', 'inputs {\nx { type = strng }\n}', ['3 bad-type (string)']],
    ['a default of another type', 'inputs {\nx {\ntype = number\ndefault = "many"\n}\n}', ['5 wrong-type']],
    [
      'a default that may not be given',
      'inputs {\nx {\ndefault = "prod"\noptions = ["production", "pro"]\n}\n}',
      ['4 default-not-an-option (pro)'],
    ],
    ['options of another type', 'inputs {\nx {\ntype = bool\noptions = ["maybe"]\n}\n}', ['5 wrong-type']],
    ['options that are no list', 'inputs {\nx { options = "a" }\n}', ['3 wrong-type']],
    ['no options', 'inputs {\nx { options = [] }\n}', ['3 wrong-type']],
    ['an unknown attribute', 'inputs {\nx { choices = ["a"] }\n}', ['3 unknown-attribute']],
    ['a value where a block belongs', 'inputs {\nx = "a"\n}', ['3 attribute-for-block']],
    ['a label', 'inputs {\nstring "x" {}\n}', ['3 wrong-labels']],
    ['twice', 'inputs {\nx {}\nx {}\n}', ['4 duplicate-name']],
    ['two blocks', 'inputs {}\ninputs {}', ['3 repeated-block']],
    ['the same in the environment', 'inputs {\nx-y {}\nx_y {}\n}', ['4 environment-clash']],
    ['what only a run knows', 'inputs {\nx { default = build.number }\n}', ['3 not-known-yet']],
    ['required, and never missing', 'inputs {\nx {\ndefault = "a"\nrequired = true\n}\n}', ['w4 useless-required']],
    ['a secret for all to read', 'inputs {\nx {\ndefault = "a"\nsensitive = true\n}\n}', ['4 sensitive-not-allowed']],
    ['misspelt', 'input {\nx {}\n}', ['2 unknown-block (inputs)']],
  ];
  test.each(table)('%s', async (_, text, messages) => {
    expect(await messagesOf(inJob(text))).toEqual(messages);
  });

  test('an input that is not there is said with the nearest', async () => {
    const use = (name: string) => `env = { V = input.${name} }\nrun "shell" { cmd = "true" }`;
    const inputs = 'inputs {\nversion {}\n}';
    expect(await messagesOf(inJob(inputs, use('verison')))).toEqual(['6 unknown-input (input.version)']);
    expect(await messagesOf(inJob('', use('version')))).toEqual(['4 unknown-input']);
  });

  test('outside of a job they mean nothing', async () => {
    expect(await messagesOf('resource "git" "app" {\nparams { url = input.url }\n}')).toEqual(['2 name-not-here']);
  });

  const started = (attributes: string): string =>
    `resource "cron" "tick" {}\njob "a" {\ninputs {\nwho {\n${attributes}\n}\n}\nget "cron" "tick" { trigger = true }\n}`;
  test('versions cannot give what a person must', async () => {
    expect(await messagesOf(started('required = true'))).toEqual(['4 input-never-given']);
    expect(await messagesOf(started(''))).toEqual([]);
  });
});

describe('approvals', () => {
  test('all of them are gates of the job', async () => {
    const text = inJob('approve "qa" {}\napprove "release" {\napprovals = 2\ntimeout = "3h"\nmessage = "Ship it?"\n}');
    expect(planForJob(await loadGood(text), 'a').approvals).toEqual([
      { label: 'qa', approvals: 1 },
      { label: 'release', approvals: 2, timeoutMs: 3 * 3_600_000, message: 'Ship it?' },
    ]);
  });

  const table: [string, string, string[]][] = [
    ['without a label', 'approve {}', ['2 wrong-labels']],
    ['twice', 'approve "a" {}\napprove "a" {}', ['3 duplicate-name']],
    ['by nobody', 'approve "a" { approvals = 0 }', ['2 out-of-range']],
    ['no length of time', 'approve "a" { timeout = 5 }', ['2 bad-duration (5s)']],
    ['a message that only a run knows', 'approve "a" { message = "build ${build.number}" }', ['2 not-known-yet']],
    [
      'in a group',
      'in_parallel {\napprove "a" {}\ntask "u" {\nrun "shell" { cmd = "true" }\n}\n}',
      ['3 approve-inside'],
    ],
    ['in a hook', 'on_success {\napprove "a" {}\n}', ['3 approve-inside']],
    ['behind a step', 'task "u" {\nrun "shell" { cmd = "true" }\n}\napprove "a" {}', ['w5 approve-after-step']],
    ['misspelt', 'aprove "a" {}', ['2 unknown-block (approve)']],
  ];
  test.each(table)('%s', async (_, text, messages) => {
    expect(await messagesOf(inJob(text))).toEqual(messages);
  });
});

describe('retain', () => {
  const table: [string, string, string[]][] = [
    ['both', 'retain {\nbuilds = 5\ndays = 30\n}', []],
    ['nothing', 'retain {}', ['w2 empty-retain']],
    ['none', 'retain { builds = 0 }', ['2 out-of-range']],
    ['misspelt', 'retain { build = 5 }', ['2 unknown-attribute (builds)']],
    ['twice', 'retain { days = 1 }\nretain { days = 2 }', ['3 repeated-block']],
  ];
  test.each(table)('%s', async (_, text, messages) => {
    expect(await messagesOf(inJob(text))).toEqual(messages);
  });
});

test('a plan shows them as their text could look', async () => {
  const model = await loadGood(
    inJob('inputs {\nv { default = "1" }\n}\napprove "qa" { approvals = 2 }\nretain { builds = 5 }'),
  );
  const outline = outlineJob(model.jobs[0]!);
  expect(outline.blocks.map(({ header }) => header)).toEqual(['inputs', 'approve "qa"', 'retain', 'task "t"']);
  expect([...(outline.blocks[0]?.blocks[0]?.attributes ?? [])].map(([name, { text }]) => [name, text])).toEqual([
    ['type', 'string'],
    ['default', '"1"'],
  ]);
  expect([...outline.attributes.keys()]).toEqual([]);
});
