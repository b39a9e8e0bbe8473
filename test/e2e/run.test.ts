import { expect } from 'bun:test';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gitAvailability } from '../servers/git-server.ts';
import { pikociAvailability, pikociPlace, type RunningProgram } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const test = testWith({ executable: pikociAvailability() });
const withGit = testWith({ executable: pikociAvailability(), git: gitAvailability() });

const RUN = ['run', '--pipeline-config', 'pipeline.hcl'];

test('a job runs without a server; its exit code is the outcome', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `variable "who" { default = "nobody" }
    job "good" {
      task "greet" {
        run "exec" {
          path = "echo"
          args = ["hello \${var.who}"]
        }
      }
    }
    job "bad" {
      task "fall" {
        run "shell" { cmd = "echo falling; exit 7" }
      }
    }`,
  );
  const good = await place.run([...RUN, '--job', 'good', '--var', 'who=world']);
  expect([good.code, good.stdout + good.stderr]).toEqual([0, expect.stringContaining('hello world')]);
  const bad = await place.run([...RUN, '--job', 'bad']);
  expect([bad.code, bad.stdout + bad.stderr]).toEqual([1, expect.stringMatching(/falling[\s\S]*7/)]);
  const unknown = await place.run([...RUN, '--job', 'god']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean "good"?')]);
});

test('--keep leaves the work directory to be looked into', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    'job "j" {\n  task "t" {\n    run "shell" { cmd = "echo made > file; exit 1" }\n  }\n}\n',
  );
  const kept = await place.run([...RUN, '--keep']);
  const [, directory = ''] = /the work directory is kept: (\S+)/.exec(kept.stdout) ?? [];
  expect([kept.code, readFileSync(join(directory, 'file'), 'utf8')]).toEqual([1, 'made\n']);
  rmSync(join(directory, '../..'), { recursive: true });
});

withGit('a resource may be a directory, as it lies there', async () => {
  await using place = pikociPlace();
  place.write('work/greeting', 'uncommitted\n');
  place.write(
    'pipeline.hcl',
    `resource "git" "my-app" {
      params {
        url  = "http://127.0.0.1:1/nowhere"
        name = "app"
      }
    }
    job "test" {
      get "git" "my-app" { trigger = true }
      task "read" {
        run "shell" { cmd = "cat app/greeting && echo changed > app/greeting" }
      }
    }`,
  );
  const { code, stdout, stderr } = await place.run([...RUN, '--job', 'test', '--resource', 'git.my-app=./work']);
  expect([code, stdout + stderr]).toEqual([0, expect.stringContaining('uncommitted')]);
  expect(readFileSync(join(place.path, 'work/greeting'), 'utf8')).toBe('uncommitted\n');
});

for (const [what, interrupt] of [
  ['Ctrl-C', (program) => program.signal('SIGINT')],
  ['a terminal that is closed', (program) => program.signal('SIGHUP')],
  // Only the next write tells that nobody reads any more.
  ['a reader that leaves', (program) => program.closeOutput()],
] as readonly [string, (program: RunningProgram) => void][]) {
  test(`${what} cancels: hooks and service stops run, nothing is left`, () => cancelledBy(interrupt));
}

async function cancelledBy(interrupt: (program: RunningProgram) => void): Promise<void> {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `service_type "beside" {
      start "shell" { cmd = "sleep 1000 & echo started" }
      stop "shell" { cmd = "echo stopped > ${place.path}/stopped" }
    }
    job "long" {
      service "beside" {}
      task "wait" {
        run "shell" { cmd = "echo ready; while sleep 0.05; do echo more; done" }
        on_cancel {
          task "note" {
            run "shell" { cmd = "echo $BUILD_STATUS > ${place.path}/cancelled" }
          }
        }
      }
      ensure {
        task "always" {
          run "shell" { cmd = "touch ${place.path}/ensured" }
        }
      }
    }`,
  );
  const program = place.start([...RUN, '--job', 'long']);
  await program.waitForOutput(/ready/);
  interrupt(program);
  expect(await program.exited).toBe(1);
  expect(readFileSync(join(place.path, 'cancelled'), 'utf8')).toBe('cancelled\n');
  expect(['stopped', 'ensured'].filter((name) => !existsSync(join(place.path, name)))).toEqual([]);
  expect(readdirSync(join(place.path, 'tmp'))).toEqual([]);
  expect(program.output()).not.toContain('EPIPE');
}

test('without a PATH the usual one is there', async () => {
  await using place = pikociPlace({ environment: {} });
  place.write(
    'pipeline.hcl',
    'job "a" {\n  task "b" {\n    run "exec" {\n      path = "echo"\n      args = ["found"]\n    }\n  }\n}\n',
  );
  const { code, stdout } = await place.run([...RUN, '--job', 'a']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('found')]);
});
