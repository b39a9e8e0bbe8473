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
