import { describe, expect, test } from 'bun:test';
import { planForCheck, planForJob } from './build-plan.ts';
import { describePlan } from './describe-plan.ts';
import { loadGood, loadText, messagesOf } from './load-fixture.ts';
import type { FetchedSource } from './source.ts';

const EVERYTHING = `
resource "git" "app" {
  params {
    url   = "https://x/\${local.name}"
    token = var.token
  }
  check_interval = "0 3 * * *"
  timezone       = "Europe/Madrid"
  tags           = ["inside"]
}
resource "cron" "tick" { check_interval = "@every 10s" }
variable "token" {
  secret "vault" { path = var.where }
}
variable "where" { default = "p" }
variable "unused" { default = 1 }
locals {
  name  = "app"
  other = 1
}
notification "slack" "team" {
  params { url = "https://hooks" }
  message = "\${build.job} failed"
  on      = ["failure", "error"]
  exclude = ["quiet"]
}
job "all" {
  get "git" "app" {
    trigger = true
    version = "every"
    params { depth = 1 }
  }
  service "postgresql" { password = var.token }
  service "postgresql" "second" { version = 16 }
  in_parallel {
    limit     = 2
    fail_fast = true
    task "one" {
      run "shell" { cmd = "make\\nmake install" }
      timeout       = "1m30s"
      attempts      = { count = 3, on = ["error"], delay = "5s" }
      allow_failure = true
      tags          = ["big"]
    }
    in_parallel "inner" {
      task "two" {
        run "docker" {
          image = "alpine"
          cmd   = "true"
        }
        on_failure "exec" { path = "cleanup" }
        on_failure {
          task "three" {
            run "exec" {
              path = "make"
              args = ["clean"]
            }
          }
        }
      }
    }
  }
  put "git" "app" {
    if     = task.one.X == "1"
    branch = "main"
    no_get = true
    params { tags = "t" }
  }
  notify "slack" "team" {
    message = "done \${get.app.ref}"
    channel = "#c"
  }
  ensure { 
    task "last" {
      run "exec" { path = "x" }
    }
  }
  concurrency   = 1
  serial_groups = ["deploy"]
  error_retries = 0
}
job "quiet" {
  get "cron" "tick" { version = { time = "t" } }
}
`;

describe('everything a job may say', () => {
  test('the tree of steps', async () => {
    const nodes = describePlan(planForJob(await loadGood(EVERYTHING), 'all'));
    const lines = nodes.map(({ id, kind, name, parent, hook, summary }) =>
      [id, kind, name, parent ?? '-', hook ?? '-', summary].join(' | '),
    );
    expect(lines).toMatchSnapshot();
  });

  test('the job, its plan and its check, without what they do not need', async () => {
    const pipeline = await loadGood(EVERYTHING);
    const plan = planForJob(pipeline, 'all');
    expect(plan.tags).toEqual(['big', 'inside']);
    expect(Object.keys(plan.scope.variables).sort()).toEqual(['token']);
    expect(Object.keys(plan.types.secrets)).toEqual(['vault']);
    expect(Object.keys(plan.resources)).toEqual(['git.app']);
    expect(Object.keys(plan.types.runners).sort()).toEqual(['docker', 'exec', 'shell']);
    const quiet = planForJob(pipeline, 'quiet');
    expect([Object.keys(quiet.resources), Object.keys(quiet.scope.variables), quiet.hooks]).toEqual([
      ['cron.tick'],
      [],
      {},
    ]);
    const check = planForCheck(pipeline, 'git.app');
    expect([
      Object.keys(check.types.resources),
      Object.keys(check.types.secrets),
      Object.keys(check.scope.variables),
    ]).toEqual([['git'], ['vault'], ['token']]);
    expect(pipeline.resources.map(({ schedule }) => schedule)).toEqual([
      { kind: 'cron', expression: '0 3 * * *', timezone: 'Europe/Madrid' },
      { kind: 'every', ms: 10_000 },
    ]);
    expect(pipeline.jobs).toMatchSnapshot();
  });

  test('a job that is not there', async () => {
    const pipeline = await loadGood(EVERYTHING);
    expect(() => planForJob(pipeline, 'al')).toThrow('no job "al"');
    expect(() => planForCheck(pipeline, 'git.ap')).toThrow('no resource "git.ap"');
  });
});

describe('types and sources', () => {
  const use = 'job "j" {\n task "t" {\n  run "mine" { cmd = "x" }\n }\n}\n';
  const runner =
    'runner_type "whatever" {\n  workdir = "/w"\n  run {\n    path = "sh"\n    args = ["-c", "$cmd"]\n  }\n}';
  const fetching = (answer: FetchedSource) => ({ fetch: async () => answer });

  test('a file beside the pipeline, and an address', async () => {
    for (const [source, options] of [
      ['./types/mine.hcl', { files: { 'types/mine.hcl': runner } }],
      ['https://example.org/mine.hcl', { sources: fetching({ kind: 'text', text: runner }) }],
    ] as const) {
      const { pipeline, sources } = await loadText(`${use}runner_type "mine" { source = "${source}" }`, options);
      expect(pipeline?.types.runners.mine).toMatchObject({ name: 'mine', builtin: false, workdir: '/w' });
      expect(sources.get(source.replace('./', ''))).toBe(runner);
    }
  });

  test('the right checksum', async () => {
    const sha256 = new Bun.CryptoHasher('sha256').update(runner).digest('hex');
    const text = `${use}runner_type "mine" {\n source = "./m.hcl"\n sha256 = "${sha256}"\n}`;
    expect(await messagesOf(text, { files: { 'm.hcl': runner } })).toEqual([]);
  });

  test('a text of another kind, of several blocks, with mistakes of its own', async () => {
    const say = (text: string) =>
      messagesOf(`${use}runner_type "mine" { source = "./m.hcl" }`, { files: { 'm.hcl': text } });
    expect(await say('resource_type "x" {}')).toEqual(['6 wrong-source']);
    expect(await say(`${runner}\n${runner}`)).toEqual(['6 wrong-source']);
    expect(await say(runner.replace('workdir', 'wrkdir'))).toEqual(['2 unknown-attribute (workdir)']);
    expect(await say(runner.replace('"/w"', 'var.x'))).toEqual(['2 name-not-here']);
  });

  test('what the web answers is said at the source', async () => {
    const sources = fetching({ kind: 'problem', code: 'source_not_found', message: 'It answered 404.', hint: 'Look.' });
    const { diagnostics } = await loadText(`${use}runner_type "mine" { source = "https://x/" }`, { sources });
    expect(diagnostics.map(({ code, detail, subject }) => [code, detail, subject?.start.line])).toEqual([
      ['source-not-found', 'It answered 404. Look.', 6],
    ]);
  });

  test('a declaration wins over the built-in of its name', async () => {
    const pipeline = await loadGood(
      'runner_type "shell" {\n run {\n  path = "mine"\n  args = ["$cmd"]\n }\n}\njob "j" {\n task "t" {\n  run "shell" { cmd = "x" }\n }\n}',
    );
    expect(pipeline.types.runners.shell).toMatchObject({ builtin: false, run: { path: 'mine' } });
  });

  test('configuration of a secret type, defaults, and a runner for all commands', async () => {
    const pipeline = await loadGood(`
      variable "t" {
        default   = "x"
        sensitive = true
      }
      secret_type "vault" {
        source  = "pikoci://vault"
        address = "https://v"
        token   = var.t
      }
      resource_type "git" {
        source   = "pikoci://git"
        defaults = { branch = "main" }
        runner "docker" { image = "alpine/git" }
      }
      resource "git" "app" {
        params { url = "u" }
      }`);
    expect(Object.keys(pipeline.types.secrets.vault?.config ?? {})).toEqual(['address', 'token']);
    expect(pipeline.types.secrets.vault?.config.token).toMatchObject({ kind: 'deferred', sensitive: true });
    expect(pipeline.resources[0]?.params).toMatchObject({ branch: { value: 'main' }, url: { value: 'u' } });
    expect(pipeline.types.resources.git?.check).toMatchObject({
      runner: 'exec',
      through: { runner: 'docker', params: { image: { value: 'alpine/git' } } },
    });
    expect(Object.keys(planForCheck(pipeline, 'git.app').types.runners).sort()).toEqual(['docker', 'exec']);
  });
});
