import { expect, test } from 'bun:test';
import { createStyle } from '../cli/style.ts';
import { planForJob } from '../pipeline/build-plan.ts';
import { loadGood } from '../pipeline/load-fixture.ts';
import { planFrom } from '../pipeline/plan-from.ts';
import { planRun, renderPlannedJob } from './dry-run.ts';
import type { RunSettings } from './run-flags.ts';

const TEXT = `
variable "db" {
  secret "vault" {
    path = "db/\${var.stage}"
    key  = "password"
  }
}
variable "stage" { default = "test" }
variable "token" { sensitive = true }
resource "git" "app" {
  params {
    url   = "https://x"
    token = var.token
  }
}
resource "git" "lib" {
  version = { ref = "v1" }
  params { url = "https://y" }
}
job "all" {
  timeout = "10m"
  tags    = ["gpu"]
  service "postgresql" { password = var.db }
  get "git" "app" {}
  get "git" "lib" {}
  in_parallel {
    task "a" {
      run "shell" { cmd = "true" }
    }
    task "b" {
      run "shell" { cmd = "true" }
      if = build.number > 1
    }
  }
  put "git" "app" {}
  on_failure {
    task "tell" {
      run "shell" { cmd = "echo failed" }
    }
  }
}
`;

async function planned(options: { allowPut?: boolean; from?: string; directory?: string; secrets?: boolean } = {}) {
  const pipeline = await loadGood(TEXT, { variables: { token: 't' } });
  const plan = planForJob(pipeline, 'all');
  const [job] = pipeline.jobs;
  return planRun({
    pipeline,
    jobs: [{ job: job!, plan: options.from === undefined ? plan : planFrom(plan, options.from), inputValues: {} }],
    directories: new Map(options.directory === undefined ? [] : [['git.app', options.directory]]),
    givenSecrets: options.secrets === true ? { from: 's.json', values: {} } : undefined,
    settings: { allowPut: options.allowPut === true } as RunSettings,
  });
}
const lines = async (options: Parameters<typeof planned>[0] = {}): Promise<string> =>
  (await planned(options)).flatMap((job) => renderPlannedJob(job, createStyle(false))).join('\n');

test('a job as it would run', async () => {
  expect(await lines()).toBe(`job all
  services
    postgresql
  steps
    get app                  git.app, the newest version
    get lib                  git.lib, version {"ref":"v1"}
    in_parallel 3            2 steps
      task a                 shell true
      task b                 shell true, if build.number > 1
    put app                  git.app, left out without --allow-put
      on_failure: task tell  shell echo failed
  secrets
    db: from vault, path db/test, key password
    token: the value given
  timeout 10m 00s
  tags gpu: not looked at here`);
});

test('what changes with directories, secrets of a file, a step to begin at, and pushing', async () => {
  const text = await lines({ directory: '/work', secrets: true, from: 'app', allowPut: true });
  expect(text).toContain('git.app, from /work');
  expect(text).toContain('db: from s.json, path');
  const later = await lines({ from: '4' });
  expect(later).toMatch(/task a +shell true, skipped\n +task b +shell true, skipped/);
});

test('for machines', async () => {
  const [job] = await planned({ allowPut: true });
  expect(job).toMatchObject({
    job: 'all',
    timeoutMs: 600_000,
    tags: ['gpu'],
    secrets: [
      { name: 'db', from: 'vault' },
      { name: 'token', from: 'given' },
    ],
  });
  expect(job?.steps.find(({ kind }) => kind === 'put')).not.toHaveProperty('note');
});

test('what a job is given, and who has to say yes', async () => {
  const pipeline = await loadGood(`job "release" {
  inputs {
    version { required = true }
    hosts {
      type    = list(string)
      default = []
    }
  }
  approve "lead" {}
  task "t" {
    run "shell" { cmd = "true" }
  }
}
`);
  const [job] = pipeline.jobs;
  const [planned] = planRun({
    pipeline,
    jobs: [{ job: job!, plan: planForJob(pipeline, 'release'), inputValues: {} }],
    directories: new Map(),
    givenSecrets: undefined,
    settings: { allowPut: false } as RunSettings,
  });
  expect(renderPlannedJob(planned!, createStyle(false)).slice(0, 5)).toEqual([
    'job release',
    '  inputs',
    '    version (string, needed)',
    '    hosts (list(string))',
    '  approval by lead',
  ]);
});
