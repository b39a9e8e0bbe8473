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
  ['not supported yet', 'job "a" { reports = 1 }', ['1 not-supported-yet']],
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
  ['whom a token is for', 'run "exec" { path = "x" }\nid_token { aud = var.pw }', []],
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
