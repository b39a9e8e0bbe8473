import { expect, test } from 'bun:test';
import { messagesOf } from './load-fixture.ts';

const APP = 'resource "git" "app" {\n  params { url = "u" }\n}\n';
const inJob = (body: string) => `${APP}job "j" {\n${body}\n}`;
const inTask = (body: string) => inJob(`task "t" {\n${body}\nrun "exec" { path = "x" }\n}`);

/** Of jobs and steps, one rule each: the text, and line, code and suggestion of what is said about it. */
const table: [rule: string, text: string, messages: string[]][] = [
  // Jobs.
  ['unknown attribute', 'job "a" { serial_group = ["x"] }', ['1 unknown-attribute (serial_groups)']],
  ['block as attribute', 'job "a" {\n  service = "x"\n}', ['2 attribute-for-block']],
  ['attribute as block', 'job "a" {\n  timeout { }\n}', ['2 block-for-attribute']],
  ['no concurrency', 'job "a" { concurrency = 0 }', ['1 out-of-range']],
  ['a number with a fraction', 'job "a" { priority = 1.5 }', ['1 out-of-range']],
  ['timeout without unit', 'job "a" { timeout = 30 }', ['1 bad-duration (30s)']],
  ['timeout that only a run knows', 'job "a" { timeout = build.id }', ['1 not-known-yet']],
  ['for_each of a list', 'job "a" { for_each = ["x"] }', ['1 wrong-type']],
  ['keys that clash', 'job "a" { for_each = toset(["x y", "x+y"]) }', ['1 duplicate-name']],
  ['for_each and matrix', 'job "a" {\n  for_each = toset(["x"])\n  matrix { a = [1] }\n}', ['2 for-each-and-matrix']],
  ['empty axis', 'job "a" {\n  matrix { a = [] }\n}', ['2 wrong-type']],
  ['too many jobs', 'job "a" {\n  matrix {\n    a = range(30)\n    b = range(30)\n  }\n}', ['2 too-many-jobs']],
  [
    'too many jobs of all blocks',
    Array.from({ length: 5 }, (_, n) => `job "j${n}" { for_each = toset(range(450)) }`).join('\n'),
    ['5 too-many-jobs'],
  ],
  ['each without for_each', inTask('dir = each.key'), ['6 name-not-here']],
  // Steps.
  [
    'what a type says that a put takes',
    `resource_type "r" {\n step_params = ["branch", "tag"]\n push "exec" { path = "x" }\n}\nresource "r" "a" {}\njob "j" {\n put "r" "a" {\n brnch = "x"\n tag = "y"\n params { depth = 1 }\n }\n}`,
    ['8 unknown-parameter (branch)', '10 unknown-parameter'],
  ],
  [
    'what a type says that a notify takes',
    'notification_type "n" {\n step_params = []\n notify "exec" { path = "x" }\n}\njob "j" {\n notify "n" "a" {\n mesage = "x"\n thread = 1\n }\n}',
    ['7 unknown-parameter (message)', '8 unknown-parameter'],
  ],
  [
    'a type that does not say what its steps take',
    'notification_type "n" {\n notify "exec" { path = "x" }\n}\njob "j" {\n notify "n" "a" {\n thread = 1\n }\n}',
    [],
  ],
  [
    'names of the environment, each at its key',
    inTask('env = {\nA = 1\n"B C" = 1\n(lower("D-E")) = 1\n}'),
    ['8 bad-name', '9 bad-name'],
  ],
  ['unknown step', inJob('taks "t" {\nrun "exec" { path = "x" }\n}'), ['5 unknown-block (task)']],
  ['unknown resource', inJob('get "git" "ap" {}'), ['5 unknown-resource (app)']],
  [
    'unknown job in passed',
    `job "build" {}\n${inJob('get "git" "app" { passed = ["biuld"] }')}`,
    ['6 unknown-job (build)'],
  ],
  [
    'passed where it is not used',
    `job "build" {}\n${inJob('get "git" "app" { passed = ["build"] }')}`,
    ['6 not-passed-there'],
  ],
  [
    'jobs in a circle',
    `${APP}job "a" {\n  get "git" "app" { passed = ["b"] }\n}\njob "b" {\n  get "git" "app" { passed = ["a"] }\n}`,
    ['8 circle'],
  ],
  ['a job that waits for itself', inJob('get "git" "app" { passed = ["j"] }'), ['5 circle']],
  ['the same get twice', inJob('get "git" "app" {}\nget "git" "app" {}'), ['6 duplicate-step']],
  [
    'the same task twice',
    inJob('task "t" {\nrun "exec" { path = "x" }\n}\ntask "t" {\nrun "exec" { path = "x" }\n}'),
    ['8 duplicate-step'],
  ],
  [
    'names that become one',
    inJob('task "a-b" {\nrun "exec" { path = "x" }\n}\ntask "a_b" {\nrun "exec" { path = "x" }\n}'),
    ['8 environment-clash'],
  ],
  ['bare parameter of a get', inJob('get "git" "app" { depth = 1 }'), ['5 unknown-attribute']],
  ['no choice of version', inJob('get "git" "app" { version = "lates" }'), ['5 bad-version (latest)']],
  ['put without push', 'resource "cron" "c" {}\njob "j" {\n  put "cron" "c" {}\n}', ['3 no-push']],
  ['task without run', inJob('task "t" {}'), ['5 missing-block']],
  ['two runs', inTask('run "exec" { path = "y" }'), ['7 repeated-block']],
  ['unknown runner', inJob('task "t" {\nrun "dokcer" { image = "x" }\n}'), ['6 unknown-runner-type (docker)']],
  ['runner without what it needs', inJob('task "t" {\nrun "exec" { args = ["x"] }\n}'), ['6 missing-parameter']],
  [
    'parameter without effect',
    inJob('task "t" {\nrun "exec" {\npath = "x"\narg = ["y"]\n}\n}'),
    ['w1 unused-resource', 'w8 unused-parameter (args)'],
  ],
  ['bad name in env', inTask('env = { "A-B" = 1 }'), ['6 bad-name']],
  ['a token for nobody', inTask('id_token {}'), ['6 missing-attribute']],
  ['a token of another kind', inTask('id_token { audd = "x" }'), ['6 unknown-attribute (aud)']],
  ['reports of nothing', inTask('reports {}'), ['6 missing-attribute']],
  ['reports of another kind', inTask('reports { junt = ["a.xml"] }'), ['6 unknown-attribute (junit)']],
  ['reports elsewhere', inTask('reports { junit = ["../a.xml"] }'), ['6 bad-pattern']],
  ['reports with an open bracket', inTask('reports { junit = ["a[.xml"] }'), ['6 bad-pattern']],
  ['reports as an attribute', inTask('reports = ["a.xml"]'), ['6 attribute-for-block']],
  ['attempts of none', inTask('attempts = 0'), ['6 bad-attempts']],
  ['attempts after what', inTask('attempts = { count = 2, on = ["failre"] }'), ['6 bad-attempts']],
  ['if of text', inTask('if = "maybe"'), ['6 wrong-type']],
  [
    'a later task',
    inJob('task "a" {\nif = task.b.X == "1"\nrun "exec" { path = "x" }\n}\ntask "b" {\nrun "exec" { path = "x" }\n}'),
    ['6 step-comes-later'],
  ],
  [
    'a neighbour in parallel',
    inJob(
      'in_parallel {\ntask "a" {\nrun "exec" { path = "x" }\n}\ntask "b" {\nif = task.a.X == "1"\nrun "exec" { path = "x" }\n}\n}',
    ),
    ['10 step-comes-later'],
  ],
  ['an unknown get', inTask('if = get.ap.ref == "x"'), ['6 unknown-get']],
  ['an unknown fact', inTask('if = build.nubmer == 1'), ['6 unknown-build (build.number)']],
  ['empty group', inJob('in_parallel {}'), ['w1 unused-resource', 'w5 empty-group']],
  ['unknown service', inJob('service "postgersql" {}'), ['5 unknown-service-type (postgresql)']],
  ['service parameter', inJob('service "postgresql" { verison = 1 }'), ['5 unknown-parameter (version)']],
  ['notification that is not declared', inJob('notify "slack" "team" {}'), ['5 unknown-notification']],
  [
    'moment of a notification',
    'notification "slack" "t" {\n  params { url = "u" }\n  on = "sucess"\n}',
    ['3 bad-moment (success)'],
  ],
  [
    'job of a notification',
    'job "build" {}\nnotification "slack" "t" {\n  params { url = "u" }\n  jobs = ["biuld"]\n}',
    ['4 unknown-job (build)'],
  ],
];
test.each(table)('%s', async (_, text, messages) => {
  expect(await messagesOf(text)).toEqual(messages);
});
