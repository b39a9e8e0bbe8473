/** The built-in docker runner, and one of the user's own, against a real engine. */
import { afterAll, expect } from 'bun:test';
import { readdirSync } from 'node:fs';
import { type DockerEngine, dockerAvailability, startDocker } from '../../../test/servers/docker.ts';
import { testWith } from '../../../test/servers/required.ts';
import { silentLogger } from '../../lib/logger.ts';
import { sweepContainers } from '../containers/sweep-containers.ts';
import { loadPlan } from '../testing/load-plan.ts';
import { grantOf } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';

const testDocker = testWith({ docker: dockerAvailability() });

let starting: Promise<DockerEngine> | undefined;
async function engine(): Promise<DockerEngine> {
  starting ??= startDocker().then(async (made) => {
    await made.makeImage('busybox:1');
    return made;
  });
  return starting;
}
afterAll(async () => {
  if (starting !== undefined) await (await starting)[Symbol.asyncDispose]();
});

const environmentOf = (docker: DockerEngine) => ({ PATH: process.env.PATH ?? '', ...docker.environment });

testDocker(
  'a task in a container sees the build, hands on what it finds out, and leaves no container',
  async () => {
    const docker = await engine();
    const plan = await loadPlan(`
      job "test" {
        task "inside" {
          run "docker" {
            image = "busybox:1"
            cmd   = "pwd; echo $WORKDIR $BUILD_NUMBER $OWN; touch made; echo VERSION=3 >> $PIKOCI_OUTPUT"
          }
          env = { OWN = "a b" }
          outputs = ["made"]
        }
        task "deeper" {
          run "docker" {
            image = "busybox:1"
            cmd   = "pwd"
          }
          dir = "sub/dir"
        }
        task "after" {
          run "shell" { cmd = "echo $TASK_INSIDE_VERSION" }
        }
      }`);
    await using run = start(grantOf(plan), { environment: environmentOf(docker) });
    expect((await run.done).outcome).toBe('succeeded');
    const [inside, deeper, after] = plan.steps.map((step) => run.log(step.id));
    expect(inside).toBe('/workdir\n/workdir 7 a b\n');
    expect(deeper).toBe('/workdir/sub/dir\n');
    expect(after).toBe('3\n');
    expect(readdirSync(run.workDir)).toEqual(['made', 'sub']);
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('');
  },
  60_000,
);

testDocker(
  'a secret in cmd reaches the container in a file, not on a command line',
  async () => {
    const docker = await engine();
    const plan = await loadPlan(`
      secret_type "store" {
        get "shell" { cmd = "echo '{\\"pw\\": \\"hunter2hunter2\\"}'" }
      }
      variable "pw" {
        secret "store" { key = "pw" }
      }
      job "test" {
        task "inside" {
          run "docker" {
            image = "busybox:1"
            cmd   = "echo \${var.pw} | cut -c 8-; cat /proc/1/cmdline | tr '\\\\0' ' '"
          }
        }
      }`);
    await using run = start(grantOf(plan), { environment: environmentOf(docker) });
    expect((await run.done).outcome).toBe('succeeded');
    expect(run.log(plan.steps[0]!.id)).toMatch(/^hunter2\n\/bin\/sh -e \/workdir\/\.pikoci-.*script/);
  },
  60_000,
);

testDocker(
  'cancelled, a container whose shell does not hear TERM is gone',
  async () => {
    const docker = await engine();
    const plan = await loadPlan(`
      job "test" {
        task "inside" {
          run "docker" {
            image = "busybox:1"
            cmd   = "echo here; sleep 300"
          }
        }
      }`);
    await using run = start(grantOf(plan), { environment: environmentOf(docker) });
    await run.logged(plan.steps[0]!.id, 'here');
    run.cancel();
    expect((await run.done).outcome).toBe('cancelled');
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('');
  },
  60_000,
);

testDocker(
  'what a runner of the user leaves behind is found by the directory it mounts',
  async () => {
    const docker = await engine();
    const plan = await loadPlan(`
      runner_type "mine" {
        run {
          path = "docker"
          args = ["run", "-d", "-v", "$WORKDIR:/workdir", "$image", "/bin/sh", "-ec", "$cmd"]
        }
      }
      job "test" {
        task "inside" {
          run "mine" {
            image = "busybox:1"
            cmd   = "sleep 300"
          }
        }
      }`);
    const programs = new Set<string>();
    await using run = start(grantOf(plan), {
      environment: environmentOf(docker),
      onProgram: (program) => programs.add(program),
    });
    expect((await run.done).outcome).toBe('succeeded');
    expect(await docker.docker('ps', '--quiet')).not.toBe('');
    await sweepContainers(programs, run.workDir, environmentOf(docker), silentLogger);
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('');
  },
  60_000,
);

testDocker(
  'without an engine, or without the image, the step errs: no command of the pipeline failed',
  async () => {
    const docker = await engine();
    for (const [image, environment, said] of [
      ['busybox:1', { ...environmentOf(docker), DOCKER_HOST: 'unix:///nowhere/docker.sock' }, '/nowhere/docker.sock'],
      ['127.0.0.1:1/nothing:1', environmentOf(docker), '127.0.0.1:1'],
    ] as const) {
      const plan = await loadPlan(`
        job "test" {
          task "inside" {
            run "docker" {
              image = "${image}"
              cmd   = "true"
            }
          }
        }`);
      await using run = start(grantOf(plan), { environment });
      expect((await run.done).outcome).toBe('errored');
      expect(run.problem(plan.steps[0]!.id)).toMatchObject({
        code: 'runner.could_not_run',
        message: 'the runner docker could not run the command: docker exited with 125',
      });
      expect(run.log(plan.steps[0]!.id)).toContain(said);
    }
  },
  60_000,
);

testDocker(
  'without docker on the worker the step says what is missing',
  async () => {
    const plan = await loadPlan(`
      job "test" {
        task "inside" {
          run "docker" {
            image = "busybox:1"
            cmd   = "true"
          }
        }
      }`);
    await using run = start(grantOf(plan), { environment: { PATH: '/nowhere' } });
    expect((await run.done).outcome).toBe('errored');
    const problem = run.problem(plan.steps[0]!.id);
    expect(problem).toMatchObject({ code: 'exec.not_found', message: expect.stringContaining('the runner docker') });
  },
  20_000,
);

testDocker(
  'limits hold in a container, and what was killed for its memory says so',
  async () => {
    const docker = await engine();
    const plan = await loadPlan(`
      job "test" {
        task "pids" {
          run "docker" {
            image = "busybox:1"
            cmd   = "for n in 1 2 3 4 5 6; do sleep 60 & done; wait; echo all"
            pids  = 5
          }
          allow_failure = true
        }
        task "cpus" {
          run "docker" {
            image = "busybox:1"
            cmd   = "timeout 0.6 sh -c 'while :; do :; done' || times | tail -n 1"
            cpus  = 0.1
          }
        }
        task "memory" {
          run "docker" {
            image  = "busybox:1"
            cmd    = "head -c 100m /dev/zero | tail -c 1000m"
            memory = "32MB"
          }
          allow_failure = true
        }
        put "in-container" "greedy" {}
      }
      resource_type "in-container" {
        runner "docker" { image = "busybox:1" }
        push "shell" {
          cmd    = "head -c 100m /dev/zero | tail -c 1000m"
          memory = "64MB"
        }
      }
      resource "in-container" "greedy" {}`);
    await using run = start(grantOf(plan), { environment: environmentOf(docker) });
    expect((await run.done).outcome).toBe('failed');
    const [pids, cpus, memory, through] = plan.steps.map((step) => step.id);
    expect(run.log(pids!)).toContain("can't fork");
    expect(run.log(pids!)).not.toContain('all\n');
    const [, user, system] = /^0m([\d.]+)s 0m([\d.]+)s$/m.exec(run.log(cpus!)) ?? [];
    expect(Number(user) + Number(system)).toBeLessThan(0.3);
    // On a busy machine docker may not hear why: then it is only probable.
    const killed = /^killed(:|, probably because) it used more than memory = (32|64)MB$/;
    expect(run.problem(memory!)?.message).toMatch(killed);
    expect(run.problem(through!)?.message).toMatch(killed);
    expect(run.log(memory!)).toContain('warning: something was killed');
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('');
  },
  60_000,
);
