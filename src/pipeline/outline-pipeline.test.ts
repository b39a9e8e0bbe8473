import { expect, test } from 'bun:test';
import { diffPipelines } from './diff-pipelines.ts';
import { loadGood } from './load-fixture.ts';
import type { Pipeline } from './model.ts';

/** Something of everything, so that each field of the model stands somewhere. */
const EVERYTHING = `
variable "plain" { default = ["a"] }
variable "stored" {
  secret "vault" {
    path = "p"
  }
}
locals { name = "n" }
runner_type "own" {
  workdir = "/w"
  run {
    path = "a"
    args = ["$x"]
  }
  cancel { path = "c" }
}
resource_type "own" {
  params = ["p"]
  check "own" { x = "1" }
  pull "exec" { path = "x" }
  runner "docker" { image = "i" }
}
notification "slack" "team" {
  params { url = "https://hooks" }
  message = "m"
  on = "failure"
}
resource "git" "app" {
  check_interval = "0 3 * * *"
  timezone = "Europe/Madrid"
  tags = ["t"]
  version = { ref = "1" }
  params { url = "https://x" }
}
resource "own" "o" {
  check_interval = "@every 1m"
  params { p = "1" }
}
job "all" {
  matrix { axis = ["one"] }
  concurrency = 2
  serial_groups = ["g"]
  priority = 3
  timeout = "1h"
  tags = ["j"]
  interruptible = true
  error_retries = 1
  disable_manual_trigger = true
  service "postgresql" { password = "x" }
  get "git" "app" {
    trigger = true
    passed = ["first"]
    version = { ref = "2" }
    params { depth = 1 }
  }
  in_parallel {
    limit = 1
    fail_fast = true
    task "unit" {
      run "exec" {
        path = "make"
        args = ["a"]
      }
      if = build.number > 1
      env = { V = var.stored, N = local.name }
      dir = "d"
      inputs = ["i"]
      outputs = ["o"]
      timeout = "5m"
      attempts = { count = 2, on = ["error"], delay = "3s" }
      allow_failure = true
      ensure "exec" { path = "clean" }
    }
  }
  put "git" "app" {
    no_get = true
    params { force = true }
  }
  notify "slack" "team" {
    message = "done"
    extra = "e"
  }
}
job "first" {
  get "git" "app" { version = "every" }
}
`;

/** Where things stand, what they are called inside, and what only says how the rest is to be evaluated. */
const SAYS_NOTHING = new Set(['schema', 'at', 'id', 'kind', 'needs', 'sensitive', 'builtin', 'type', 'runner']);

/** Names that the model keeps beside an address or a key, and how a step that is tried once would be tried again. */
const REPEATED =
  /^(resources|types\.\w+)\.\w+\.name$|^jobs\.[01]\.steps\.[012]\.name$|(?<!steps\.1\.steps\.0)\.attempts\.(on\.\d|delayMs)$/;

function* leavesIn(value: unknown, path: readonly (string | number)[] = []): Generator<(string | number)[]> {
  if (typeof value !== 'object' || value === null) {
    yield [...path];
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (!SAYS_NOTHING.has(key)) yield* leavesIn(inner, [...path, key]);
  }
}

test('whatever of a model changes is told', async () => {
  const old = await loadGood(EVERYTHING);
  const paths = [...leavesIn(old)].filter((path) => !REPEATED.test(path.join('.')));
  expect(paths.length).toBeGreaterThan(100);
  const unseen = paths.filter((path) => {
    const now: Pipeline = structuredClone(old);
    let holder: Record<string | number, unknown> = now as never;
    for (const key of path.slice(0, -1)) holder = holder[key] as never;
    const last = path.at(-1) ?? '';
    const value = holder[last];
    holder[last] = typeof value === 'boolean' ? !value : typeof value === 'number' ? value + 1 : `${value} x`;
    return diffPipelines(old, now).length === 0;
  });
  expect(unseen.map((path) => path.join('.'))).toEqual([]);
});

const MODULE = `
variable "name" { type = string }
variable "token" {}
variable "count" {
  type    = number
  default = 1
}
locals { greeting = "hello \${var.name}, \${build.number}" }
module "inner" {
  source = "./inner.hcl"
  secret = var.token
}
job "test" {
  task "t" {
    run "shell" { cmd = "true" }
    env = {
      TOKEN = var.token
      GREET = local.greeting
      INNER = module.inner.out
    }
  }
}
output "summary" { value = "\${var.name} with \${var.token}" }
`;
const INNER = 'variable "secret" { type = string }\noutput "out" { value = "<${var.secret}>" }\n';
const WITH_MODULES = `
variable "token" {
  secret "vault" { path = "p" }
}
module "hello" {
  source   = "parts/hello.hcl"
  for_each = toset(["a"])
  name     = each.key
  token    = var.token
}
job "report" {
  task "t" {
    run "shell" { cmd = "true" }
    env = { SUMMARY = module.hello["a"].summary }
  }
}
`;

test('a module is told as the text has it, once, and its jobs and callers by the names they use', async () => {
  const files = { 'parts/hello.hcl': MODULE, 'parts/inner.hcl': INNER };
  const pipeline = await loadGood(WITH_MODULES, { files });
  const told = diffPipelines(undefined, pipeline).map((change) =>
    change.action === 'create' ? [change.block, ...change.contents] : change,
  );
  expect(told).toEqual([
    ['variable "token"', 'secret "vault" { path = "p" }'],
    [
      'module.hello--a',
      'name = "a"',
      'count = 1',
      'token = var.token',
      'local.greeting = "hello ${var.name}, ${build.number}"',
      'output.summary = "${var.name} with ${var.token}"',
    ],
    ['module.hello--a.module.inner', 'secret = var.token', 'output.out = "<${var.secret}>"'],
    ['job "report"', 'task "t"'],
    ['job "hello--a--test"', 'task "t"'],
  ]);

  const other = { ...files, 'parts/hello.hcl': MODULE.replace('TOKEN = var.token', 'TOKEN = module.inner.out') };
  expect(diffPipelines(pipeline, await loadGood(WITH_MODULES, { files: other }))).toMatchObject([
    {
      block: 'job "hello--a--test"',
      changes: [{ kind: 'attribute', old: 'var.token', new: 'module.inner.out' }],
    },
  ]);
  const away = WITH_MODULES.replace('module.hello["a"].summary', 'var.token');
  expect(diffPipelines(pipeline, await loadGood(away, { files }))).toMatchObject([
    { block: 'job "report"', changes: [{ old: 'module.hello--a.summary', new: 'var.token' }] },
  ]);
});

test('a secret input of a module that changed is told, its value is not', async () => {
  const files = {
    'm.hcl':
      'variable "key" { sensitive = true }\njob "j" {\n task "t" {\n run "shell" { cmd = "x" }\n env = { K = var.key }\n }\n}\n',
  };
  const text = 'module "m" {\n source = "m.hcl"\n key = "alpha"\n}\n';
  const [old, now] = [await loadGood(text, { files }), await loadGood(text.replace('alpha', 'beta'), { files })];
  const changes = diffPipelines(old, now, { changedSecrets: new Set(['m:key']) });
  expect(changes).toMatchObject([
    { block: 'module.m', changes: [{ name: 'key', old: '(sensitive)', new: '(sensitive)' }] },
  ]);
  expect(JSON.stringify(changes)).not.toMatch(/alpha|beta/);
});
