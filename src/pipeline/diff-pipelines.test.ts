import { describe, expect, test } from 'bun:test';
import { diffPipelines } from './diff-pipelines.ts';
import { type LoadTextOptions, loadGood } from './load-fixture.ts';
import type { BlockChange, InnerChange } from './pipeline-diff.ts';

/** `job "test" > task "unit" > timeout: "5m" -> "10m"`: one line for each change. */
function linesOf(changes: readonly BlockChange[]): string[] {
  return changes.flatMap((change) => {
    if (change.action === 'delete') return [`- ${change.block}`];
    if (change.action === 'create') return [`+ ${change.block}${change.like ? ` (like ${change.like})` : ''}`];
    return change.changes.map((inner) => `~ ${[change.block, ...inner.inside].join(' > ')} > ${innerLine(inner)}`);
  });
}

function innerLine(change: InnerChange): string {
  switch (change.kind) {
    case 'attribute':
      return `${change.name}: ${change.old ?? '-'} -> ${change.new ?? '-'}`;
    case 'block':
      return `${change.action} ${change.block}`;
    case 'order':
      return `order: ${change.old.join(', ')} -> ${change.new.join(', ')}`;
  }
}

async function diff(old: string, now: string, before: LoadTextOptions = {}, after = before): Promise<string[]> {
  return linesOf(diffPipelines(await loadGood(old, before), await loadGood(now, after)));
}

const GIT = 'resource "git" "app" {\n params {\n url = "https://x"\n }\n}\n';
const job = (body: string, name = 'test'): string => `job "${name}" {\n${body}\n}\n`;
const task = (body: string, name = 'unit'): string =>
  `task "${name}" {\n run "exec" {\n path = "make"\n }\n ${body}\n}\n`;
const say = (cmd: string): string => `task "unit" {\n run "shell" {\n cmd = ${cmd}\n }\n}\n`;

describe('one change of the text is one line', () => {
  test.each<[name: string, old: string, now: string, lines: string[]]>([
    ['nothing', job(task('')), job(task('')), []],
    ['where it stands, and what is said beside it', job(task('')), `# why\n\n\n${job(task(''))}`, []],
    ['what has its default', job(task('')), job(task('allow_failure = false\n inputs = []')), []],
    ['the order of blocks', `${GIT}${job(task(''))}`, `${job(task(''))}${GIT}`, []],
    ['a job more', job(task('')), `${job(task(''))}${job(say('"x"'), 'deploy')}`, ['+ job "deploy"']],
    ['a job less', `${job(task(''))}${job(say('"x"'), 'deploy')}`, job(task('')), ['- job "deploy"']],
    ['a resource more', job(task('')), `${GIT}${job(task(''))}`, ['+ resource "git" "app"']],
    [
      'an attribute of a step',
      job(task('timeout = "5m"')),
      job(task('timeout = "10m"')),
      ['~ job "test" > task "unit" > timeout: "5m" -> "10m"'],
    ],
    [
      'one that is new',
      job(task('')),
      job(task('timeout = "90s"')),
      ['~ job "test" > task "unit" > timeout: - -> "1m30s"'],
    ],
    ['one that goes', job(task('dir = "a"')), job(task('')), ['~ job "test" > task "unit" > dir: "a" -> -']],
    [
      'the environment, name by name',
      job(task('env = { A = "1", B = "2" }')),
      job(task('env = { A = "1", B = "3", C = "4" }')),
      ['~ job "test" > task "unit" > env > B: "2" -> "3"', '~ job "test" > task "unit" > env > C: - -> "4"'],
    ],
    [
      'what a task runs',
      job(say('"make"')),
      job(say('"make test"')),
      ['~ job "test" > task "unit" > run "shell" > cmd: "make" -> "make test"'],
    ],
    [
      'how it runs',
      job(say('"make"')),
      job(task('')),
      ['~ job "test" > task "unit" > create run "exec"', '~ job "test" > task "unit" > delete run "shell"'],
    ],
    [
      'a script of lines',
      job(say('"make\\n"')),
      job(say('"make\\nmake test\\n"')),
      ['~ job "test" > task "unit" > run "shell" > cmd: <<EOT\nmake\nEOT -> <<EOT\nmake\nmake test\nEOT'],
    ],
    [
      'an attribute of the job',
      job(task('')),
      job(`concurrency = 2\n serial_groups = ["db"]\n error_retries = 0\n priority = 1\n${task('')}`),
      [
        '~ job "test" > concurrency: - -> 2',
        '~ job "test" > serial_groups: - -> ["db"]',
        '~ job "test" > error_retries: - -> 0',
        '~ job "test" > priority: - -> 1',
      ],
    ],
    [
      'a step more, in the middle',
      job(task('', 'a') + task('', 'c')),
      job(task('', 'a') + task('', 'b') + task('', 'c')),
      ['~ job "test" > create task "b"'],
    ],
    [
      'the order of steps',
      job(task('', 'a') + task('', 'b')),
      job(task('', 'b') + task('', 'a')),
      ['~ job "test" > order: task "a", task "b" -> task "b", task "a"'],
    ],
    [
      'a hook that is a command, and one that has steps',
      job(task('')),
      job(`${task('on_failure "exec" {\n path = "x"\n }')} ensure {\n ${task('', 'last')} }`),
      ['~ job "test" > task "unit" > create on_failure', '~ job "test" > create ensure'],
    ],
    [
      'inside a hook',
      job(task('on_failure "exec" {\n path = "x"\n }')),
      job(task('on_failure "exec" {\n path = "y"\n }')),
      ['~ job "test" > task "unit" > on_failure > run "exec" > path: "x" -> "y"'],
    ],
    [
      'inside steps that run at once',
      job(`in_parallel {\n limit = 1\n ${task('', 'a')} }`),
      job(`in_parallel {\n limit = 2\n ${task('timeout = "1m"', 'a')} }`),
      ['~ job "test" > in_parallel > limit: 1 -> 2', '~ job "test" > in_parallel > task "a" > timeout: - -> "1m"'],
    ],
    [
      'what a get waits for',
      `${GIT}${job('get "git" "app" { trigger = true }')}${job('get "git" "app" {}', 'b')}`,
      `${GIT}${job('get "git" "app" {}')}${job('get "git" "app" {\n passed = ["test"]\n version = "every"\n }', 'b')}`,
      [
        '~ job "test" > get "git" "app" > trigger: true -> -',
        '~ job "b" > get "git" "app" > passed: - -> ["test"]',
        '~ job "b" > get "git" "app" > version: - -> "every"',
      ],
    ],
    [
      'when a resource is looked at',
      GIT.replace('params', 'check_interval = "@every 1m"\n params'),
      GIT.replace('params', 'check_interval = "@hourly"\n tags = ["x"]\n params'),
      [
        '~ resource "git" "app" > check_interval: "@every 1m" -> "@hourly"',
        '~ resource "git" "app" > timezone: - -> "UTC"',
        '~ resource "git" "app" > tags: - -> ["x"]',
      ],
    ],
    [
      'a type that is declared',
      `runner_type "own" {\n run {\n path = "a"\n args = ["$x"]\n }\n}\n${job(task(''))}`,
      `runner_type "own" {\n run {\n path = "b"\n args = ["$x"]\n }\n}\n${job(task(''))}`,
      ['~ runner_type "own" > run > path: "a" -> "b"'],
    ],
    [
      'a local and what is made of it',
      `locals {\n image = "a"\n}\n${job(say('local.image'))}`,
      `locals {\n image = "b"\n}\n${job(say('local.image'))}`,
      ['~ local.image > value: "a" -> "b"', '~ job "test" > task "unit" > run "shell" > cmd: "a" -> "b"'],
    ],
    [
      'where a secret comes from',
      'variable "p" {\n secret "vault" {\n path = "a"\n }\n}\n',
      'variable "p" {\n secret "vault" {\n path = "b"\n }\n}\n',
      ['~ variable "p" > secret "vault" > path: "a" -> "b"'],
    ],
  ])('%s', async (_name, old, now, lines) => {
    expect(await diff(old, now)).toEqual(lines);
  });
});

test('variables: values in the open are shown, secret ones are not, nor what became secret', async () => {
  const open = `variable "v" {}\n${job(task('env = { V = var.v }'))}`;
  const secret = open.replace('{}', '{ sensitive = true }');
  const [a, b] = [{ variables: { v: 'alpha' } }, { variables: { v: 'beta' } }];
  expect(await diff(open, open, a, b)).toEqual([
    '~ variable "v" > value: "alpha" -> "beta"',
    '~ job "test" > task "unit" > env > V: "alpha" -> "beta"',
  ]);
  const hidden = [
    '~ variable "v" > value: (sensitive) -> (sensitive)',
    '~ job "test" > task "unit" > env > V: (sensitive) -> var.v',
  ];
  expect(await diff(open, secret, a)).toEqual(hidden);
  const stored = open.replace('{}', '{\n secret "vault" {\n path = "a"\n }\n}');
  expect(await diff(open, stored, a, {})).toEqual([
    '~ variable "v" > value: "(sensitive)" -> -',
    '~ variable "v" > create secret "vault"',
    ...hidden.slice(1),
  ]);
  const old = await loadGood(secret, a);
  const now = await loadGood(secret, b);
  expect(diffPipelines(old, now)).toEqual([]);
  expect(diffPipelines(old, now, { changedSecrets: new Set(['v']) })).toEqual([
    {
      action: 'update',
      type: 'variable',
      name: 'v',
      block: 'variable "v"',
      builtin: false,
      changes: [{ kind: 'attribute', inside: [], name: 'value', old: '(sensitive)', new: '(sensitive)' }],
      forgets: false,
    },
  ]);
});

test('a pipeline that is new comes with everything in it, but not the types it found built in', async () => {
  const now = await loadGood(`${GIT}${job(`get "git" "app" {}\n${task('')}`)}`);
  expect(diffPipelines(undefined, now)).toEqual([
    {
      action: 'create',
      type: 'resource',
      name: 'git.app',
      block: 'resource "git" "app"',
      contents: ['cache = true', 'params { url = "https://x" }'],
      like: undefined,
    },
    {
      action: 'create',
      type: 'job',
      name: 'test',
      block: 'job "test"',
      contents: ['get "git" "app"', 'task "unit"'],
      like: undefined,
    },
  ]);
});

test.each([
  ['its parameters', GIT.replace('https://x', 'https://y'), true],
  ['a parameter more', GIT.replace('url', 'branch = "b"\n url'), true],
  ['how often it is looked at', GIT.replace('params', 'check_interval = "@every 5s"\n params'), false],
])('a resource forgets its versions with %s', async (_name, now, forgets) => {
  const [change] = diffPipelines(await loadGood(GIT), await loadGood(now));
  expect(change).toMatchObject({ action: 'update', forgets });
});

test('a built-in type whose text is another', async () => {
  const old = await loadGood(job(task('')));
  const { exec } = old.types.runners;
  if (exec === undefined) throw new Error('the fixture has exec');
  const now = { ...old, types: { ...old.types, runners: { exec: { ...exec, run: { ...exec.run, path: 'other' } } } } };
  expect(diffPipelines(old, now)).toMatchObject([
    { action: 'update', block: 'runner_type "exec"', builtin: true, changes: [{ name: 'path', new: '"other"' }] },
  ]);
});

test.each<[name: string, old: string, now: string, lines: string[]]>([
  [
    'the same job by another name',
    job(task('')),
    job(task(''), 'unit'),
    ['+ job "unit" (like job "test")', '- job "test"'],
  ],
  [
    'much the same',
    job(task('', 'a') + task('', 'b') + task('', 'c')),
    job(task('', 'a') + task('', 'b') + task('timeout = "1m"', 'c'), 'other'),
    ['+ job "other" (like job "test")', '- job "test"'],
  ],
  ['something else', job(task('')), job(say('"x"'), 'other'), ['+ job "other"', '- job "test"']],
  [
    'each old one once, the nearest',
    job(task('timeout = "1m"\n dir = "d"'), 'a') + job(task('timeout = "2m"\n dir = "d"'), 'b'),
    job(task('timeout = "2m"\n dir = "d"'), 'x') + job(task('timeout = "3m"\n dir = "d"'), 'y'),
    ['+ job "x" (like job "b")', '+ job "y" (like job "a")', '- job "a"', '- job "b"'],
  ],
  [
    'a resource',
    GIT,
    GIT.replace('"app"', '"application"'),
    ['+ resource "git" "application" (like resource "git" "app")', '- resource "git" "app"'],
  ],
])('renamed? %s', async (_name, old, now, lines) => {
  expect(await diff(old, now)).toEqual(lines);
});

test('what became secret is hidden in the middle of a text too, and in blocks that go', async () => {
  const text = (variable: string, rest: string): string => `variable "v" ${variable}\n${rest}`;
  const url = 'env = { U = "https://user:${var.v}@host" }';
  const open = text('{}', job(task(url)) + job(task(url), 'gone') + job(say('"curl ${var.v}"'), 'other'));
  const now = text('{ sensitive = true }', job(task('')) + job(task(''), 'other'));
  const changes = diffPipelines(
    await loadGood(open, { variables: { v: 'hunter2' } }),
    await loadGood(now, { variables: { v: 'hunter2' } }),
  );
  expect(JSON.stringify(changes)).not.toContain('hunter2');
  expect(linesOf(changes)).toEqual([
    '~ variable "v" > value: (sensitive) -> (sensitive)',
    '~ job "test" > task "unit" > delete env',
    '~ job "other" > task "unit" > create run "exec"',
    '~ job "other" > task "unit" > delete run "shell"',
    '- job "gone"',
  ]);
  expect(changes[1]).toMatchObject({ changes: [{ contents: ['U = "https://user:(sensitive)@host"'] }] });
});
