import { expect, test } from 'bun:test';
import { loadText, messagesOf } from './load-fixture.ts';

const APP = 'resource "git" "app" {\n  params { url = "u" }\n}\n';
const inJob = (body: string) => `${APP}job "j" {\n${body}\n}`;
const inTask = (body: string) => inJob(`task "t" {\n${body}\nrun "exec" { path = "x" }\n}`);

/** One rule each: the text, and line, code and suggestion of what is said about it. */
const table: [rule: string, text: string, messages: string[]][] = [
  // The whole.
  ['unknown top-level block', 'jop "x" {}', ['1 unknown-block (job)']],
  ['attribute at the top', 'name = "x"', ['1 unknown-attribute']],
  ['not supported yet', 'job "a" { retain = 1 }', ['1 not-supported-yet']],
  ['syntax, and more', 'job "a" {\n  priority = \n}\njop "b" {}', ['2 missing-expression', '4 unknown-block (job)']],
  // Labels and names.
  ['a label too few', 'resource "git.app" { }', ['1 wrong-labels']],
  ['a label too many', 'job "a" "b" {}', ['1 wrong-labels']],
  ['a bad name', 'job "a b" {}', ['1 bad-name']],
  ['jobs of one name', 'job "a" {}\njob "a" {}', ['2 duplicate-name']],
  ['resources of one name', `${APP}${APP}`, ['4 duplicate-name']],
  ['variables of one name', 'variable "a" { default = 1 }\nvariable "a" { default = 1 }', ['2 duplicate-name']],
  ['locals of one name', 'locals { a = 1 }\nlocals { a = 2 }', ['2 duplicate-name']],
  [
    'types of one name',
    'runner_type "a" {\n run { path = "x" }\n}\nrunner_type "a" {\n run { path = "x" }\n}',
    ['4 duplicate-name'],
  ],
  // Variables and locals.
  ['no value', 'variable "a" {}', ['1 no-value']],
  ['default of another type', 'variable "a" {\n  type = number\n  default = "x"\n}', ['3 wrong-type']],
  ['no such type', 'variable "a" {\n  type = strin\n  default = "x"\n}', ['2 bad-type (string)']],
  [
    'default that uses a variable',
    'variable "a" { default = 1 }\nvariable "b" { default = var.a }',
    ['2 name-not-here'],
  ],
  [
    'secret with a default',
    'variable "a" {\n  default = 1\n  secret "vault" { path = "p" }\n}',
    ['w1 unused-variable', 'w2 unused-default'],
  ],
  ['secret without its path', 'variable "a" {\n  secret "vault" { key = "k" }\n}', ['2 missing-parameter']],
  ['secret of no type', 'variable "a" {\n  secret "valut" { path = "p" }\n}', ['2 unknown-secret-type (vault)']],
  ['unknown variable', 'variable "name" { default = 1 }\nlocals { a = var.nmae }', ['2 unknown-var (var.name)']],
  ['unknown local', 'locals { a = local.b }', ['1 unknown-local']],
  ['locals in a circle', 'locals {\n  a = local.b\n  b = local.c\n  c = local.a\n}', ['2 circle']],
  [
    'secrets in a circle',
    'variable "a" {\n  secret "vault" { path = local.x }\n}\nvariable "b" {\n  secret "vault" { path = var.a }\n}\nlocals { x = var.b }',
    ['2 circle'],
  ],
  [
    'a secret type in a circle with its secret',
    'secret_type "vault" {\n  source = "pikoci://vault"\n  token = var.t\n}\nvariable "t" {\n  secret "vault" { path = "p" }\n}',
    ['6 circle'],
  ],
  [
    'what needs a broken local is not wrong as well',
    'locals {\n  a = upper(1, 2)\n  b = local.a\n}\njob "j" {\n  timeout = local.b\n  for_each = local.a\n}',
    ['2 too-many-arguments'],
  ],
  [
    'what needs a variable without a value is not wrong as well',
    'variable "a" {}\njob "j" {\n  timeout = var.a\n  concurrency = local.c\n}\nlocals { c = var.a }',
    ['1 no-value'],
  ],
  [
    'what needs a local of a circle is not wrong as well',
    'locals {\n  a = local.b\n  b = local.a\n  c = local.a\n}\njob "j" { timeout = local.c }',
    ['2 circle'],
  ],
  // Types and sources.
  ['unknown built-in', 'runner_type "d" { source = "pikoci://dokcer" }', ['1 unknown-builtin (pikoci://docker)']],
  ['no such file', 'runner_type "d" { source = "./x.hcl" }', ['1 source-not-found']],
  ['a file outside', 'runner_type "d" { source = "../x.hcl" }', ['1 source-not-found']],
  ['another scheme', 'runner_type "d" { source = "ftp://x" }', ['1 bad-source']],
  ['not fetched here', 'runner_type "d" { source = "https://example.org/x.hcl" }', ['1 source-refused']],
  [
    'source and inline',
    'resource_type "g" {\n  source = "pikoci://git"\n  check "exec" { path = "x" }\n}',
    ['3 source-and-inline'],
  ],
  ['another checksum', 'runner_type "d" {\n  source = "pikoci://docker"\n  sha256 = "abc"\n}', ['3 sha256-mismatch']],
  ['service without start', 'service_type "s" { }', ['1 missing-block']],
  ['secret type without get', 'secret_type "s" { }', ['1 missing-block']],
  ['runner without run', 'runner_type "s" { }', ['1 missing-block']],
  ['runner without path', 'runner_type "s" {\n  run { args = ["a"] }\n}', ['2 missing-attribute']],
  [
    'configuration that the type does not take',
    'secret_type "vault" {\n  source = "pikoci://vault"\n  adress = "a"\n}',
    ['3 unknown-parameter (address)'],
  ],
  ['command without a runner', 'resource_type "r" {\n  check { path = "x" }\n}', ['2 wrong-labels']],
  [
    'command of an unknown runner',
    'resource_type "r" {\n  check "exce" { path = "x" }\n}',
    ['2 unknown-runner-type (exec)'],
  ],
  // Resources.
  ['unknown type', 'resource "gti" "a" {}', ['1 unknown-resource-type (git)']],
  [
    'unknown parameter that is the one needed',
    'resource "git" "a" {\n  params { ulr = "u" }\n}',
    ['2 unknown-parameter (url)'],
  ],
  ['missing parameter', 'resource "git" "a" {}', ['1 missing-parameter']],
  [
    'parameter of a type that declares none',
    'resource_type "r" {}\nresource "r" "a" {\n  params { x = 1 }\n}',
    ['3 unknown-parameter'],
  ],
  ['interval without @every', 'resource "cron" "a" { check_interval = "1m" }', ['1 bad-schedule (@every 1m)']],
  ['bad interval', 'resource "cron" "a" { check_interval = "@every soon" }', ['1 bad-schedule']],
  ['interval too short', 'resource "cron" "a" { check_interval = "@every 1ms" }', ['1 bad-schedule']],
  ['unknown nickname', 'resource "cron" "a" { check_interval = "@houlry" }', ['1 bad-schedule (@hourly)']],
  ['bad cron', 'resource "cron" "a" { check_interval = "61 * * * *" }', ['1 bad-schedule']],
  ['cron that never comes', 'resource "cron" "a" { check_interval = "0 0 31 2 *" }', ['1 bad-schedule']],
  [
    'unknown time zone',
    'resource "cron" "a" {\n  check_interval = "0 3 * * *"\n  timezone = "Europe/Mardid"\n}',
    ['2 bad-schedule'],
  ],
  ['what only a build knows', 'resource "git" "a" {\n  params { url = "u${build.number}" }\n}', ['2 name-not-here']],
  [
    'what only a build knows, by a local',
    'locals { n = "u${build.number}" }\nresource "git" "a" {\n  params { url = local.n }\n}',
    ['3 name-not-here'],
  ],
  ['empty pin', `resource "git" "a" {\n  params { url = "u" }\n  version = {}\n}`, ['3 empty-version']],
  // Jobs.
  ['unknown attribute', 'job "a" { serial_group = ["x"] }', ['1 unknown-attribute (serial_groups)']],
  ['block as attribute', 'job "a" {\n  service = "x"\n}', ['2 attribute-for-block']],
  ['attribute as block', 'job "a" {\n  timeout { }\n}', ['2 block-for-attribute']],
  ['not yet', 'job "a" {\n  approve "x" {}\n  inputs {}\n}', ['2 not-supported-yet', '3 not-supported-yet']],
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
  // What is right and does nothing.
  ['nothing', '', ['w1 empty-pipeline']],
  ['only comments', '# nothing\n/* here */\n', ['w1 empty-pipeline']],
  ['a job without steps', 'job "a" {}', ['w1 empty-job']],
  [
    'for_each of nothing',
    `job "a" {\n  for_each = toset([])\n  task "t" {\nrun "exec" { path = "x" }\n}\n}`,
    ['w1 empty-job'],
  ],
  ['a variable without use', 'variable "a" { default = 1 }', ['w1 unused-variable']],
  [
    'a variable that only another uses',
    'variable "a" { default = 1 }\nvariable "b" {\n  secret "vault" { path = var.a }\n}',
    ['w2 unused-variable'],
  ],
  ['a local without use', 'locals { a = 1 }', ['w1 unused-local']],
  [
    'locals that only a template uses',
    `locals {\n  a = { b = 1 }\n}\n${inTask('dir = "x${local.a.b}"')}`.replace(APP, ''),
    [],
  ],
  ['all variables at once', `variable "a" { default = 1 }\n${inTask('env = var')}`.replace(APP, ''), []],
  ['a resource without use', APP, ['w1 unused-resource']],
  ['a type without use', 'runner_type "r" {\n  run { path = "x" }\n}', ['w1 unused-type']],
  [
    'a runner that only a type uses',
    'runner_type "r" {\n  run { path = "x" }\n}\nresource_type "t" {\n  check "r" {}\n}',
    ['w4 unused-type'],
  ],
  [
    'a notification that is never sent',
    'notification "slack" "t" {\n  params { url = "u" }\n}',
    ['w1 unused-notification'],
  ],
  [
    'a job that never runs',
    inJob('disable_manual_trigger = true\nget "git" "app" {}\ntask "t" {\nrun "exec" { path = "x" }\n}'),
    ['w4 unreachable-job'],
  ],
  [
    'a job that runs by itself only',
    inJob('disable_manual_trigger = true\nin_parallel {\nget "git" "app" { trigger = true }\n}'),
    [],
  ],
  [
    'a timeout longer than the job',
    inTask('timeout = "2h"').replace('job "j" {', 'job "j" {\ntimeout = "1h"').replace(APP, ''),
    ['w4 useless-timeout'],
  ],
  [
    'two gets in one directory',
    `${APP}resource "git" "b" {\n  params {\n    url = "u"\n    name = "app"\n  }\n}\njob "j" {\nget "git" "app" {}\nget "git" "b" {}\n}`.replaceAll(
      'branch',
      'branch',
    ),
    ['w12 same-directory'],
  ],
  ['a name that pikoci sets', inTask('env = { WORKDIR = "x" }').replace(APP, ''), ['w3 reserved-name']],
  ['a name in a block', inTask('env {\nA-B = 1\n}'), ['7 bad-name']],
  // Ranges.
  ['a timeout of months', 'job "a" { timeout = "30d" }', ['1 out-of-range']],
  ['a limit of none', inJob('in_parallel {\nlimit = 0\nget "git" "app" {}\n}'), ['6 out-of-range']],
  ['tags in one text', 'job "a" { tags = ["linux, arm64"] }', ['1 bad-tag']],
  ['an empty tag', inTask('tags = [""]'), ['6 bad-tag']],
  ['tags of a resource', 'resource "cron" "a" { tags = ["a b"] }', ['1 bad-tag']],
  ['a parameter that is null', 'resource "git" "a" {\n  params { url = null }\n}', ['2 missing-parameter']],
  ['a parameter outside of params', 'resource "git" "a" { url = "u" }', ['1 misplaced-parameter']],
  ['services of one name', inJob('service "postgresql" {}\nservice "postgresql" {}'), ['6 environment-clash']],
  [
    'services that become one',
    inJob('service "postgresql" "a-b" {}\nservice "postgresql" "a_b" {}'),
    ['6 environment-clash'],
  ],
  // One mistake, one message.
  [
    'a type without its source, and what is of it',
    `resource_type "git" {\n  sorce = "pikoci://git"\n}\n${APP}job "j" {\nget "git" "app" { trigger = true }\n}`,
    ['2 unknown-attribute (source)'],
  ],
  [
    'a runner that could not be read, and what it runs',
    'runner_type "r" {\n  run {\n    path = "x"\n    args = ["$cmd" "y"]\n  }\n}\njob "j" {\n  task "t" {\n    run "r" { cmd = "x" }\n  }\n}',
    ['4 unexpected-in-brackets'],
  ],
  [
    'a misspelt block, and what refers to it',
    `${APP.replace('resource', 'resourse')}job "j" {\nget "git" "app" {}\n}`,
    ['1 unknown-block (resource)'],
  ],
  [
    'a label too few, and what refers to it',
    `${APP.replace('"git" "app"', '"git"')}job "j" {\nget "git" "app" {}\n}`,
    ['1 wrong-labels'],
  ],
  [
    'a type misspelt at the resource',
    `${APP.replace('git', 'gti')}job "j" {\nget "git" "app" {}\n}`,
    ['1 unknown-resource-type (git)'],
  ],
  ['a type misspelt at the get', inJob('get "gti" "app" {}'), ['5 unknown-resource (git)']],
  [
    'a default that is misspelt',
    'variable "a" { defualt = 1 }\nlocals { b = var.a }',
    ['1 unknown-attribute (default)'],
  ],
  [
    'a for_each that is misspelt',
    inTask('dir = each.key').replace('job "j" {', 'job "j" {\nforeach = toset(["a"])'),
    ['5 unknown-attribute (for_each)'],
  ],
  [
    'a for_each of a list, and each',
    inTask('timeout = each.value').replace('job "j" {', 'job "j" {\nfor_each = ["a"]'),
    ['5 wrong-type'],
  ],
  ['a run that is misspelt', inJob('task "t" {\nrnu "exec" { path = "x" }\n}'), ['6 unknown-block (run)']],
  [
    'a parameter of a runner by another name',
    inJob('task "t" {\nrun "shell" { command = "x" }\n}'),
    ['6 missing-parameter (cmd)'],
  ],
  [
    'a parameter of a type by another name',
    'resource "git" "a" {\n  params { repository = "u" }\n}',
    ['2 unknown-parameter'],
  ],
  [
    'what belongs to the task',
    inJob('task "t" {\nrun "exec" {\npath = "x"\ntimeout = "1m"\n}\n}').replace(APP, ''),
    ['w5 unused-parameter'],
  ],
  ['a name that is wrong in three places', `locals {\n  a = var.x\n  b = var.x\n  c = var.x\n}`, ['2 unknown-var']],
  ['a text without quotes', 'locals { a = secret/data/db }', ['1 unknown-variable']],
  [
    'passed where the get is misspelt',
    `${APP}job "a" {\nget "git" "ap" {}\n}\njob "b" {\nget "git" "app" { passed = ["a"] }\n}`,
    ['5 unknown-resource (app)'],
  ],
  [
    'a circle of jobs that stand for several',
    `${APP}job "a" {\nmatrix { x = [1, 2] }\nget "git" "app" { passed = ["b"] }\n}\njob "b" {\nget "git" "app" { passed = ["a"] }\n}`,
    ['9 circle'],
  ],
  // The shell's variables.
  ['BUILD_NUMBER', inJob('task "t" {\nrun "shell" { cmd = "echo ${BUILD_NUMBER}" }\n}'), ['6 shell-variable']],
  ['a bare word', inTask('dir = app'), ['6 unknown-variable']],
];
test.each(table)('%s', async (_, text, messages) => {
  expect(await messagesOf(text)).toEqual(messages);
});

const SECRET = 'variable "pw" {\n  secret "vault" { path = "p" }\n}\n';
const exposures: [where: string, body: string, said: string[]][] = [
  ['in env', 'run "exec" { path = "x" }\nenv = { PW = var.pw }', []],
  ['in the script of shell', 'run "shell" { cmd = "echo ${var.pw}" }', []],
  ['in the script of docker', 'run "docker" {\nimage = "i"\ncmd = "echo ${var.pw}"\n}', []],
  ['in the script of exec with sh -c', 'run "exec" {\npath = "/bin/sh"\nargs = ["-ec", "echo ${var.pw}"]\n}', []],
  [
    'among the arguments',
    'run "exec" {\npath = "curl"\nargs = ["-H", "X: ${var.pw}"]\n}',
    ['9 secret-on-command-line'],
  ],
  ['through a local', 'run "exec" {\npath = "curl"\nargs = [local.pw]\n}', ['9 secret-on-command-line']],
  ['the path', 'run "exec" { path = var.pw }', ['7 secret-on-command-line']],
  ['the image', 'run "docker" {\nimage = var.pw\ncmd = "x"\n}', ['8 secret-on-command-line']],
  ['the script of a runner that is not built in', 'run "mine" { cmd = var.pw }', ['7 secret-on-command-line']],
  ['a timeout', 'run "exec" { path = "x" }\ntimeout = var.pw', ['8 sensitive-not-allowed']],
];
test.each(exposures)('a secret %s', async (_, body, said) => {
  const mine = 'runner_type "mine" {\n  run {\n    path = "sh"\n    args = ["-c", "$cmd"]\n  }\n}';
  const messages = await messagesOf(
    `${SECRET}locals { pw = "x${'${var.pw}'}" }\njob "j" {\ntask "t" {\n${body}\n}\n}\n${mine}`,
  );
  expect(messages.filter((message) => !message.includes(' unused-'))).toEqual(said);
});

test('the way out of an exposure is shown with the names at hand', async () => {
  const { diagnostics } = await loadText(
    `${SECRET}job "j" {\ntask "t" {\nrun "exec" {\npath = "x"\nargs = [var.pw]\n}\n}\n}`,
  );
  expect(diagnostics[0]?.detail).toContain('env = { PW = var.pw }');
});

test('what is wrong in a job that stands for several is said once', async () => {
  expect(await messagesOf('job "a" {\n  for_each = toset(["x", "y", "z"])\n  timout = "1m"\n}')).toEqual([
    '3 unknown-attribute (timeout)',
  ]);
});

test('a value for a variable that is not declared', async () => {
  expect(await messagesOf('variable "name" { default = 1 }', { variables: { nmae: 'x' } })).toEqual([
    ...['w0 unused-value (name)', 'w1 unused-variable'],
  ]);
});

test('a bundle without its main file', async () => {
  const { diagnostics, pipeline } = await loadText('', { files: {} });
  expect([diagnostics.map(({ code }) => code), pipeline?.jobs]).toEqual([['empty-pipeline'], []]);
});
