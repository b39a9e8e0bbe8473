import { describe, expect, test } from 'bun:test';
import { completionsAt } from './complete.ts';
import { type Completion, plainSnippet } from './completion.ts';
import { documentAt } from './marked-text.fixture.ts';

const FILES: Readonly<Record<string, readonly { name: string; isDirectory: boolean }[]>> = {
  '': [
    { name: 'types', isDirectory: true },
    { name: 'run.sh', isDirectory: false },
    { name: '.env', isDirectory: false },
  ],
  types: [{ name: 'release.hcl', isDirectory: false }],
};

function complete(source: string): Promise<readonly Completion[]> {
  const { document, offset } = documentAt(source);
  return completionsAt(document, offset, async (directory) => FILES[directory] ?? []);
}

async function labels(source: string): Promise<string[]> {
  return (await complete(source)).map(({ label }) => label);
}

/** The text after the completion of that label was taken, without snippet places. */
async function taken(source: string, label: string): Promise<string> {
  const { text } = documentAt(source);
  const found = (await complete(source)).find((completion) => completion.label === label);
  if (found === undefined) throw new Error(`no "${label}" among ${(await labels(source)).join(', ')}`);
  return text.slice(0, found.span.from) + plainSnippet(found.insert) + text.slice(found.span.to);
}

const TOP = `variable "size" {
  type    = string
  default = "small"
}
variable "place" {
  default = { city = "Vic", country = "ES" }
}
locals {
  tag = "v1"
}
resource "git" "app" {
  params { url = "u" }
}
resource "cron" "night" {}
notification "slack" "team" {
  params { url = "u" }
}
runner_type "nix" {
  run { path = "nix" }
}
job "test" {
  get "git" "app" {}
}
`;

describe('what may begin a line', () => {
  const cases: [title: string, source: string, wanted: string[], unwanted: string[]][] = [
    [
      'the top of an empty file',
      '‸',
      ['job', 'resource', 'variable', 'locals', 'runner_type', 'module'],
      ['get', 'trigger', 'approve'],
    ],
    ['half a word', 'jo‸', ['job', 'resource'], []],
    [
      'a job',
      'job "a" {\n  ‸\n}',
      ['get', 'task', 'concurrency', 'on_failure', 'matrix', 'inputs', 'approve', 'retain'],
      ['trigger', 'job', 'options'],
    ],
    ['a job that is not closed', 'job "a" {\n  ‸\n\njob "b" {\n}\n', ['get', 'task'], ['job']],
    ['a job whose task is half written', 'job "a" {\n  task "x\n  ‸\n}', ['get', 'task'], []],
    [
      'a get',
      'job "a" {\n  get "git" "app" {\n    ‸\n  }\n}',
      ['trigger', 'passed', 'version', 'if', 'ensure'],
      ['get', 'run'],
    ],
    ['a get on one line', 'job "a" {\n  get "git" "app" { ‸ }\n}', ['trigger', 'passed'], ['task']],
    [
      'an attribute that is there already',
      'job "a" {\n  get "git" "app" {\n    trigger = true\n    ‸\n  }\n}',
      ['passed'],
      ['trigger'],
    ],
    ['a task', 'job "a" {\n  task "t" {\n    ‸\n  }\n}', ['run', 'env', 'dir', 'timeout', 'reports'], ['trigger']],
    [
      'a run of a built-in',
      'job "a" {\n  task "t" {\n    run "shell" {\n      ‸\n    }\n  }\n}',
      ['cmd', 'shell'],
      ['image', 'run'],
    ],
    [
      'a run of a runner without a list',
      'job "a" {\n  task "t" {\n    run "exec" { ‸ }\n  }\n}',
      ['path', 'args', 'dir'],
      ['cmd'],
    ],
    [
      'parameters of a resource',
      'resource "git" "a" {\n  params {\n    ‸\n  }\n}',
      ['url', 'branch', 'token'],
      ['params'],
    ],
    [
      'what a put of its type takes',
      'job "j" {\n  put "git" "a" {\n    ‸\n  }\n}',
      ['branch', 'tag', 'no_get'],
      ['url'],
    ],
    ['parameters in a map', 'resource "git" "a" {\n  params = {\n    ‸\n  }\n}', ['url', 'branch'], ['check_interval']],
    ['a service', 'job "a" {\n  service "postgresql" {\n    ‸\n  }\n}', ['version', 'password'], ['url']],
    ['a secret', 'variable "a" {\n  secret "vault" {\n    ‸\n  }\n}', ['path', 'key', 'address'], []],
    ['a hook of steps', 'job "a" {\n  ensure {\n    ‸\n  }\n}', ['task', 'put'], ['concurrency', 'cmd']],
    ['a hook of a command', 'job "a" {\n  ensure "shell" {\n    ‸\n  }\n}', ['cmd', 'env'], ['task']],
    [
      'a get inside a secret type is a command',
      'secret_type "a" {\n  get "shell" {\n    ‸\n  }\n}',
      ['cmd'],
      ['trigger'],
    ],
    ['a configured secret type', 'secret_type "vault" {\n  source = "pikoci://vault"\n  ‸\n}', ['address'], []],
    ['keys of attempts', 'job "a" {\n  task "t" {\n    attempts = { ‸ }\n  }\n}', ['count', 'on', 'delay'], ['run']],
    [
      'a resource that may be got',
      `${TOP}job "b" {\n  ‸\n}`,
      ['get "git" "app"', 'put "cron" "night"', 'notify "slack" "team"'],
      [],
    ],
    [
      'behind a list that is not closed',
      'job "a" {\n  get "git" "app" {\n    passed = ["b"\n    trigger = true\n    ‸\n  }\n}',
      ['version'],
      ['file'],
    ],
    ['a comment', '# jo‸', [], ['job']],
    ['an unknown block', 'what {\n  ‸\n}', [], ['job', 'get']],
  ];
  test.each(cases)('%s', async (_, source, wanted, unwanted) => {
    const found = await labels(source);
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(found.filter((label) => unwanted.includes(label))).toEqual([]);
  });

  test('what a required parameter says', async () => {
    const found = (await complete('resource "git" "a" {\n  params {\n    ‸\n  }\n}')).find(
      ({ label }) => label === 'url',
    );
    expect(found).toMatchObject({ detail: 'of git, required', rank: 1 });
    expect(found?.doc).toContain('Where the repository is.');
    expect(found?.doc).toContain('Must be given.');
  });
});

describe('labels', () => {
  const cases: [title: string, source: string, wanted: string[]][] = [
    ['the type of a resource', 'resource "‸"', ['git', 'cron']],
    ['the type of a resource, without quotes', 'resource ‸', ['git', 'cron']],
    ['the type in a get: those that resources have', `${TOP}job "b" {\n  get "‸" "app" {}\n}`, ['git', 'cron']],
    ['the resource in a get', `${TOP}job "b" {\n  get "git" "‸`, ['app']],
    ['the resource in a put of another type', `${TOP}job "b" {\n  put "cron" "‸" {}\n}`, ['night']],
    ['the runner of a task', `${TOP}job "b" {\n  task "t" {\n    run "‸" {}\n  }\n}`, ['nix', 'exec', 'shell']],
    ['the runner of a hook', `${TOP}job "b" {\n  on_failure "‸"\n}`, ['nix', 'exec', 'shell']],
    ['a service', 'job "b" {\n  service "‸" {}\n}', ['postgresql']],
    ['a secret', 'variable "b" {\n  secret "‸"\n}', ['vault']],
    ['a notification', `${TOP}job "b" {\n  notify "slack" "‸" {}\n}`, ['team']],
    ['a variable that is used and not declared', 'locals {\n  a = var.missing\n}\nvariable "‸" {}', ['missing']],
    [
      'a job that is passed and not declared',
      'job "a" {\n  get "git" "r" { passed = ["later"] }\n}\njob "‸" {}',
      ['later'],
    ],
  ];
  test.each(cases)('%s', async (_, source, wanted) => expect(await labels(source)).toEqual(wanted));
});

describe('values', () => {
  const job = (line: string): string => `${TOP}job "b" {\n  get "git" "app" {\n    ${line}\n  }\n  task "t" {\n  }\n}`;
  const cases: [title: string, source: string, wanted: string[], unwanted: string[]][] = [
    ['variables', `${TOP}locals {\n  a = var.‸\n}`, ['size', 'place'], ['tag', 'upper']],
    ['variables, half a word', `${TOP}locals {\n  a = var.si‸ze\n}`, ['size'], []],
    ['inside a variable', `${TOP}locals {\n  a = var.place.‸\n}`, ['city', 'country'], ['size']],
    ['locals', `${TOP}locals {\n  a = local.‸\n}`, ['tag'], ['size']],
    ['in a template', `${TOP}locals {\n  a = "x-\${var.‸}-y"\n}`, ['size'], []],
    ['in a template that is not closed', `${TOP}locals {\n  a = "x-\${var.‸\n}`, ['size'], []],
    [
      'behind a template that is not closed',
      `${TOP}locals {\n  a = "x-\${var.\n}\njob "b" {\n  get "git" "app" {\n    passed = ["‸"]\n  }\n}`,
      ['test'],
      ['size'],
    ],
    ['in a template of several lines', `${TOP}locals {\n  a = "x-\${upper(\n    var.‸\n  )}-y"\n}`, ['size'], []],
    ['in a heredoc', `${TOP}locals {\n  a = <<EOT\nx \${var.‸}\nEOT\n}`, ['size'], []],
    [
      'roots and functions',
      `${TOP}locals {\n  a = ‸\n}`,
      ['var', 'local', 'upper', 'jsonencode', 'true'],
      ['each', 'job'],
    ],
    ['modules', 'module "go" {\n  source = "go.hcl"\n}\nlocals {\n  a = module.‸\n}', ['go'], []],
    ['facts of a build', job('if = build.‸'), ['number', 'pipeline'], []],
    ['what was fetched', job('if = get.‸'), ['app'], ['night']],
    ['tasks', job('if = task.‸'), ['t'], []],
    [
      'each, in a job that stands for several',
      'job "a" {\n  matrix {\n    go = ["1"]\n  }\n  task "t" {\n    dir = each.value.‸\n  }\n}',
      ['go'],
      [],
    ],
    ['each, elsewhere', job('if = ‸'), ['get'], ['each']],
    ['true or false', job('trigger = ‸'), ['true', 'false', 'var'], []],
    ['jobs, quoted', job('passed = ["‸"]'), ['test'], ['b', 'latest']],
    ['jobs, behind another', job('passed = ["x", "‸"]'), ['test'], []],
    ['jobs, without quotes', job('passed = [‸]'), ['"test"'], []],
    ['choices', job('version = "‸"'), ['latest', 'every'], ['test']],
    ['choices without quotes', job('version = ‸'), ['"latest"', '"every"'], []],
    ['choices in an object', job('attempts = { count = 2, on = ["‸"] }'), ['failure', 'error', 'timeout'], []],
    ['moments of a notification', 'notification "slack" "a" {\n  on = ["‸"]\n}', ['success', 'all'], []],
    ['types', 'variable "a" {\n  type = ‸\n}', ['string', 'list', 'object'], ['upper']],
    [
      'sources',
      'resource_type "a" {\n  source = "‸"\n}',
      ['pikoci://git', 'pikoci://cron', 'types/', 'run.sh'],
      ['.env', 'pikoci://exec'],
    ],
    ['files of a directory', 'resource_type "a" {\n  source = "./types/‸"\n}', ['release.hcl'], ['run.sh']],
    ['files for a function', 'locals {\n  a = file("‸")\n}', ['types/', 'run.sh'], ['pikoci://git']],
    ['not for its second argument', 'locals {\n  a = templatefile("x", "‸")\n}', [], ['run.sh']],
    ['the names of a for', 'locals {\n  a = [for key, item in var.x : ‸]\n}', ['key', 'item'], []],
    ['inside a call', `${TOP}locals {\n  a = upper(‸)\n}`, ['var', 'lower'], []],
    ['a text', job('if = "‸"'), [], ['var', 'test']],
    ['behind a value', job('trigger = 1 ‸'), [], ['var']],
  ];
  test.each(cases)('%s', async (_, source, wanted, unwanted) => {
    const found = await labels(source);
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(found.filter((label) => unwanted.includes(label))).toEqual([]);
  });
});

describe('what is written', () => {
  const cases: [title: string, source: string, label: string, after: string][] = [
    [
      'a flag',
      'job "a" {\n  get "git" "r" {\n    tri‸\n  }\n}',
      'trigger',
      'job "a" {\n  get "git" "r" {\n    trigger = true\n  }\n}',
    ],
    [
      'the name alone, where the value is there',
      'job "a" {\n  get "git" "r" {\n    tr‸i = true\n  }\n}',
      'trigger',
      'job "a" {\n  get "git" "r" {\n    trigger = true\n  }\n}',
    ],
    ['a block', 'jo‸', 'job', 'job "name" {\n  \n}'],
    [
      'a block with a block inside',
      'job "a" {\n  ta‸\n}',
      'task',
      'job "a" {\n  task "name" {\n  run "shell" {\n    \n  }\n}\n}',
    ],
    ['the type alone, where the labels are there', 'jo‸ "x" {\n}', 'job', 'job "x" {\n}'],
    ['a whole label, whatever was typed of it', 'resource "gi‸x" "a" {}', 'git', 'resource "git" "a" {}'],
    ['a label with its quotes', 'resource ‸', 'git', 'resource "git"'],
    [
      'a list of jobs',
      'job "a" {\n  get "git" "r" {\n    pas‸\n  }\n}',
      'passed',
      'job "a" {\n  get "git" "r" {\n    passed = [""]\n  }\n}',
    ],
    ['a function', 'locals {\n  a = upp‸\n}', 'upper', 'locals {\n  a = upper()\n}'],
    ['a file', 'locals {\n  a = file("types/rel‸")\n}', 'release.hcl', 'locals {\n  a = file("types/release.hcl")\n}'],
    [
      'a text behind an emoji',
      'job "🏳️‍🌈" {}\njob "a" {\n  get "git" "r" { passed = ["‸"] }\n}',
      '🏳️‍🌈',
      'job "🏳️‍🌈" {}\njob "a" {\n  get "git" "r" { passed = ["🏳️‍🌈"] }\n}',
    ],
  ];
  test.each(cases)('%s', async (_, source, label, after) => expect(await taken(source, label)).toBe(after));

  test('snippets without their places', () => {
    expect(plainSnippet('a "${1|x,y\\|z|}" "${2:name}" { $0 }$1 \\$HOME')).toBe('a "x" "name" {  } $HOME');
  });
});

test('every cursor of a text gets an answer, however the text is cut', async () => {
  const whole = `${TOP}job "b" {\n  get "git" "app" {\n    passed = ["test"]\n    if     = "\${upper("x")}" == "X" # y\n  }\n}\n`;
  for (let offset = 0; offset <= whole.length; offset += 1) {
    for (const text of [whole, whole.slice(0, offset)]) {
      const { document } = documentAt(text);
      for (const { span } of await completionsAt(document, offset)) {
        expect(span.from).toBeLessThanOrEqual(offset);
        expect(span.to).toBeGreaterThanOrEqual(offset);
      }
    }
  }
});
