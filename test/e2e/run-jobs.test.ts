/** `pikoci run` of several jobs, again and again, from a step on, with secrets of a file, and what it says of it all. */
import { expect } from 'bun:test';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { trigger } from './build-detail.ts';
import { endedBuild, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });

const COUNTER = `resource_type "counter" {
  params = ["to"]
  check "shell" { cmd = "echo '[{\\"n\\": \\"1\\"}]'" }
  pull "shell" { cmd = "echo $version_n > $GET_DIR/n" }
  push "shell" { cmd = "echo pushing to $put_to; echo '{\\"version\\": {\\"n\\": \\"7\\"}}'" }
}
resource "counter" "app" {}
`;
const CHAIN = `${COUNTER}
job "deploy" {
  get "counter" "app" { passed = ["test"] }
  task "go" {
    run "shell" { cmd = "echo deploys $(cat app/n)" }
  }
}
job "test" {
  get "counter" "app" { passed = ["build"] }
  task "prepare" {
    run "shell" { cmd = "echo prepared > made" }
  }
  task "unit" {
    run "shell" { cmd = "echo tests $(cat app/n); test ! -e ../../../break || exit 3; cat *.txt 2> /dev/null || true" }
  }
}
job "build" {
  task "compile" {
    run "shell" { cmd = "echo compiles" }
  }
  put "counter" "app" {
    params { to = "there" }
  }
}
`;

test('all jobs, each after those it waits for; what a put made flows on', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', CHAIN);
  const made = await place.run(['run', '--all', '--allow-put', '--report', 'json=out/run.json']);
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(made.stdout).toMatch(
    /job build[\s\S]*pushing to there[\s\S]*job test[\s\S]*tests 7[\s\S]*job deploy[\s\S]*deploys 7/,
  );
  expect(made.stdout).toContain('✓ 3 of 3 jobs passed in');
  const report = JSON.parse(readFileSync(join(place.path, 'out/run.json'), 'utf8'));
  expect(report.jobs).toMatchObject([
    { job: 'build', outcome: 'succeeded', outputs: [{ resource: 'counter.app', version: { n: '7' } }] },
    { job: 'test', inputs: [{ resource: 'counter.app', version: { n: '7' } }] },
    { job: 'deploy' },
  ]);

  const left = await place.run(['run', '--job', 'test', '--job', 'build']);
  expect(left.code).toBe(0);
  expect(left.stdout).toContain('put counter.app is left out');
  expect(left.stdout).toContain('to = "there"');
  expect(left.stdout).not.toContain('pushing');
  expect(left.stdout).toContain('the put before was left out');
  expect(left.stdout).toMatch(/tests 1[\s\S]*✓ 2 of 2 jobs passed/);
});

test('a job that fails: what waits for it is not run, and the way to run only that again works', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', CHAIN.replace('test ! -e ../../../break', `test ! -e ${place.path}/break`));
  place.write('break', '');
  const failed = await place.run(['run', '--all', '--report', 'junit=results.xml']);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/✗ test .*failed: unit exited with 3\n.*- deploy {2}not run: test did not pass/);
  const [, again = ''] = /only that again: pikoci (.*)\n/.exec(failed.stdout) ?? [];
  expect(again).toBe('run --job test --job deploy');
  const xml = readFileSync(join(place.path, 'results.xml'), 'utf8');
  expect(xml).toContain('<testsuites name="pipeline" tests="6" failures="1" errors="0" skipped="2"');
  expect(xml).toContain('<failure message="exited with 3">tests 1\n</failure>');

  const alone = await place.run(['run', '--job', 'test']);
  expect(alone.stdout).toContain('from there on:   add --from unit');
  const from = await place.run(['run', '--job', 'test', '--from', 'unit']);
  expect(from.stdout).toMatch(/✓ app passed[\s\S]*- prepare skipped[\s\S]*tests 1/);
  await place.run(['fmt', 'pipeline.hcl']);
  expect(await place.run(['run', '--job', 'test', '--from', 'unti'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean unit?'),
  });
});

const SECRET = `variable "password" {
  secret "vault" {
    path = "secret/data/db"
    key  = "password"
  }
}
variable "token" { sensitive = true }
job "uses" {
  task "them" {
    run "shell" { cmd = "echo $PASSWORD and $TOKEN; echo $PASSWORD | wc -c; exit 4" }
    env = {
      PASSWORD = var.password
      TOKEN    = var.token
    }
  }
}
`;

test('secrets from a file: no store is asked, nothing of it is shown, not in a report either', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', SECRET);
  const file = place.write('s.json', '{"secret/data/db": {"password": "hunter2-hunter2"}, "token": "t0ken-t0ken"}');
  chmodSync(file, 0o600);
  const ran = await place.run(['run', '--secrets', 's.json', '--report', 'junit=r.xml', '--report', 'json=r.json']);
  expect([ran.code, ran.stderr]).toEqual([1, '']);
  expect(ran.stdout).toContain('them | *** and ***\nthem | 16\n');
  expect(ran.stdout).toContain('only that again: pikoci run --job uses --secrets s.json');
  const all = ran.stdout + ['r.xml', 'r.json'].map((name) => readFileSync(join(place.path, name), 'utf8')).join('');
  expect(all).not.toMatch(/hunter2|t0ken/);

  chmodSync(place.write('less.json', '{"token": "t0ken-t0ken"}'), 0o644);
  const less = await place.run(['run', '--secrets', 'less.json']);
  expect(less.stderr).toContain('less.json can be read by others on this machine');
  expect(less.stdout).toContain('less.json has no value for the variable password, nor for the path secret/data/db');
});

test('a dry run says what would run, and runs nothing', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', CHAIN.replace('echo compiles', `touch ${place.path}/ran`) + SECRET);
  place.write('work/n', '1');
  const run = ['run', '--dry-run', '--job', 'build', '--job', 'test', '--job', 'uses', '--var', 'token=x'];
  const { code, stdout } = await place.run([...run, '--resource', 'counter.app=work']);
  expect(code).toBe(0);
  expect(stdout).toBe(`job build
  steps
    task compile  shell touch ${place.path}/ran
    put app       counter.app, left out without --allow-put

job test
  steps
    get app       counter.app, from ${place.path}/work
    task prepare  shell echo prepared > made
    task unit     shell echo tests $(cat app/n); test ! -e ../../../break || exit 3; cat *.txt 2> /dev/null || true

job uses
  steps
    task them  shell echo $PASSWORD and $TOKEN; echo $PASSWORD | wc -c; exit 4
  secrets
    password: from vault, path secret/data/db, key password
    token: the value given
`);
  expect(existsSync(join(place.path, 'ran'))).toBe(false);
  const json = await place.run([...run, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    pipeline: 'pipeline',
    jobs: [
      {
        job: 'build',
        steps: [
          { id: '1', kind: 'task' },
          { kind: 'put', note: 'left out without --allow-put' },
        ],
      },
      { job: 'test', steps: [{ version: { kind: 'newest' } }, {}, {}] },
      { job: 'uses', secrets: [{ name: 'password', from: 'vault', params: { key: 'password' } }, { name: 'token' }] },
    ],
  });
});

test('watched: run again when a file changes, what runs then is cancelled, Ctrl-C ends it', async () => {
  await using place = pikociPlace();
  place.write('work/n', 'one\n');
  const pipeline = (text: string): string => `${COUNTER}
job "look" {
  get "counter" "app" {}
  task "at" {
    run "shell" { cmd = "${text}" }
    on_cancel {
      task "stopped" {
        run "shell" { cmd = "echo was stopped" }
      }
    }
  }
}
`;
  place.write('pipe/pipeline.hcl', pipeline('cat app/n; echo seen'));
  const program = place.start([
    ...['run', '--watch', '--pipeline-config', 'pipe/pipeline.hcl', '--resource', 'counter.app=work'],
    ...['--report', 'json=pipe/report.json'],
  ]);
  await program.waitForOutput(/at \| one[\s\S]*passed[\s\S]*waiting for a file to change/);
  place.write('work/n', 'two\n');
  await program.waitForOutput(/work\/n changed: running again[\s\S]*at \| two[\s\S]*waiting/);
  place.write('pipe/pipeline.hcl', pipeline('cat app/n; echo endless; sleep 1000'));
  await program.waitForOutput(/pipeline.hcl changed: running again[\s\S]*endless\n/);
  place.write('work/n', 'three\n');
  await program.waitForOutput(/was stopped[\s\S]*work\/n changed: running again[\s\S]*at \| three\n/);
  place.write('pipe/pipeline.hcl', 'job "look" {');
  // The two are said on different streams.
  await Promise.all(
    [/error: Unclosed block/, /waiting for a file to change/].map((said) => program.waitForOutput(said)),
  );
  place.write('pipe/pipeline.hcl', pipeline('echo mended'));
  await program.waitForOutput(/at \| mended[\s\S]*waiting/);
  // The report was written into the watched directory each time.
  expect(JSON.parse(readFileSync(join(place.path, 'pipe/report.json'), 'utf8'))).toMatchObject({
    pipeline: 'pipeline',
  });
  program.signal('SIGINT');
  expect(await program.exited).toBe(0);
  expect(program.output().match(/running again/g)).toHaveLength(5);
}, 90_000);

test('kill -9 leaves nothing: what a step had running is ended, ensure runs, the directory goes', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `job "long" {
      task "wait" {
        run "shell" { cmd = "sleep 600 & sleep 600" }
      }
      ensure "shell" { cmd = "echo $BUILD_STATUS > ${place.path}/ensured" }
    }`,
  );
  const run = place.start(['run']);
  await run.waitForOutput(/> wait/);
  await run.kill9();
  const left = (): string[] => readdirSync(join(place.path, 'tmp')).filter((name) => name.startsWith('pikoci-run-'));
  const isClean = async () => (left().length === 0 && processesOf(place.path).length === 0 ? true : undefined);
  await eventually('its processes and its directory are gone', isClean, { timeoutMs: 60_000 });
  expect(readFileSync(join(place.path, 'ensured'), 'utf8')).toBe('errored\n');
}, 90_000);

test('an allowed failure and a key that is not there are told as what they are', async () => {
  await using place = pikociPlace();
  place.write('secret.json', '{"user": "somebody"}');
  place.write(
    'pipeline.hcl',
    `variable "password" {
      secret "file" {
        path = "${place.path}/secret.json"
        key  = "password"
      }
    }
    job "test" {
      task "lint" {
        allow_failure = true
        run "shell" { cmd = "exit 3" }
      }
      task "push" {
        attempts = 3
        run "shell" { cmd = "true" }
        env = { PASSWORD = var.password }
      }
    }`,
  );
  const { code, stdout } = await place.run(['run']);
  expect(code).toBe(1);
  expect(stdout).toContain('! lint failed (allowed): exited with 3');
  expect(stdout).toMatch(/! push errored: cannot get the variable password .*secret\.json has no key "password"/);
  expect(stdout).not.toContain('(try 2)');
});

test('the log is the one a server keeps', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `job "says" {
      task "much" {
        run "shell" { cmd = "echo one; echo two >&2; printf '\\\\033[31mred\\\\033[0m\\\\n'; printf 'no end'" }
      }
    }`,
  );
  const run = await place.run(['run']);
  await using server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  await trigger(server, 'says');
  await endedBuild(server, 'pipeline', 'says', 1);
  const kept = await logOf(server, 'pipeline', 'says', 1);
  const lines = run.stdout.split('\n').filter((line) => line.startsWith('much | '));
  expect(lines.map((line) => line.slice('much | '.length))).toEqual(kept.replace(/\x1b\[[0-9;]*m/g, '').split('\n'));
});
