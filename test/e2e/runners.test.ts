/** The runners beside exec, shell and docker, through the built executable: another machine, a pod, podman, buildah; and registries that ask who one is. */
import { afterAll, beforeAll, expect } from 'bun:test';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DockerEngine, dockerAvailability, startDocker } from '../servers/docker.ts';
import { registryAvailability, startImageRegistry } from '../servers/image-registry.ts';
import { kubectlStandIn } from '../servers/kubectl-stand-in.ts';
import { type PikociPlace, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import {
  buildahAvailability,
  type ContainerStorage,
  podmanAvailability,
  startContainerStorage,
} from '../servers/podman.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { type SshServer, sshAvailability, startSshServer } from '../servers/ssh-server.ts';
import { temporaryDirectory } from '../servers/temporary-directory.ts';
import { eventually } from './eventually.ts';

const executable = pikociAvailability();
const test = testWith({ executable });
const testSsh = testWith({ executable, ssh: sshAvailability() });
const testPodman = testWith({ executable, podman: podmanAvailability() });
const testBuildah = testWith({ executable, buildah: buildahAvailability(), registry: registryAvailability() });
const testRegistry = testWith({ executable, docker: dockerAvailability(), registry: registryAvailability() });
const TIMEOUT_MS = 120_000;

let ssh: SshServer | undefined;
let storage: ContainerStorage | undefined;
let docker: DockerEngine | undefined;
beforeAll(async () => {
  if (sshAvailability().available) ssh = await startSshServer();
  if (podmanAvailability().available) storage = await startContainerStorage();
  if (dockerAvailability().available && registryAvailability().available) docker = await startDocker();
}, TIMEOUT_MS);
afterAll(async () => {
  await ssh?.[Symbol.asyncDispose]();
  await storage?.[Symbol.asyncDispose]();
  await docker?.[Symbol.asyncDispose]();
}, TIMEOUT_MS);

async function run(place: PikociPlace, pipeline: string, args: readonly string[] = []) {
  place.write('pipeline.hcl', pipeline);
  const { code, stdout, stderr } = await place.run(['run', '--pipeline-config', 'pipeline.hcl', ...args], {
    timeoutMs: TIMEOUT_MS,
  });
  return { code, output: stdout + stderr };
}

/** What a step said. */
const saidBy = (step: string, output: string): string[] =>
  output.split('\n').flatMap((line) => (line.startsWith(`${step} | `) ? [line.slice(step.length + 3)] : []));

const variables = `variable "key" { sensitive = true }
variable "hosts" { type = string }
variable "password" { sensitive = true }`;

function onMachine(attributes: string): string {
  return `run "ssh" {
      host        = "127.0.0.1"
      port        = ${ssh?.port}
      private_key = var.key
      known_hosts = var.hosts
      ${attributes}
    }`;
}

/** A place whose account is that of the machine, too: what is made for builds there is made below it. */
function sshPlace(): { place: PikociPlace; args: string[] } {
  const place = pikociPlace();
  place.write('password', 'hunter2hunter2');
  const given = { key: ssh?.privateKeyFile, hosts: ssh?.knownHostsFile, password: join(place.path, 'password') };
  return { place, args: Object.entries(given).flatMap(([name, file]) => ['--var', `${name}=@${file}`]) };
}

testSsh(
  'ssh: the directory goes there and comes back, secrets by no command line, exit codes as they are',
  async () => {
    const { place, args } = sshPlace();
    await using _place = place;
    const done = await run(
      place,
      `${variables}
      job "there" {
        task "make" {
          run "shell" { cmd = "mkdir -p src && echo one > src/a && chmod 750 src/a" }
        }
        task "remote" {
          ${onMachine(`cmd = <<-EOT
            case "$PWD" in "$WORKDIR"/src) echo "in the directory of $BUILD_JOB_NAME" ;; esac
            cat a && stat -c %a a && echo two > b
            echo "version=7" >> "$PIKOCI_OUTPUT"
            ps -eo args | grep -v "^grep" > commands
            echo "$PASSWORD" | cut -c 1-7
            exec 1>&2; echo "it is '\${var.password}'"
          EOT`)}
          dir = "src"
          env = { PASSWORD = var.password }
        }
        task "after" {
          run "shell" { cmd = "cat src/b; echo $TASK_REMOTE_VERSION; ! grep hunter2 src/commands; grep -c 'ssh -T' src/commands > /dev/null" }
        }
        task "fails" {
          ${onMachine('cmd = "exit 7"')}
        }
      }`,
      args,
    );
    expect(done.output).toContain('fails failed: exited with 7');
    expect(done.code).toBe(1);
    expect(saidBy('remote', done.output)).toEqual([
      'in the directory of there',
      'one',
      '750',
      'hunter2',
      "it is '***'",
    ]);
    expect(saidBy('after', done.output)).toEqual(['two', '7']);
  },
  TIMEOUT_MS,
);

testSsh(
  'ssh: a command that is stopped says its last words, and kill -9 of the run ends it there, too',
  async () => {
    const { place, args } = sshPlace();
    await using _place = place;
    const mark = join(place.path, 'there');
    const pipeline = (limit: string): string => `${variables}
      job "long" {
        task "remote" {
          ${onMachine(`cmd = "echo begun in $WORKDIR; trap 'echo last words' TERM; sleep 1000 & wait; : ${mark}"`)}
          ${limit}
        }
      }`;
    const stopped = await run(place, pipeline('timeout = "2s"'), args);
    expect(saidBy('remote', stopped.output).at(-1)).toBe('last words');
    const [begun = ''] = saidBy('remote', stopped.output);
    const directory = begun.replace('begun in ', '').replace(/\/work$/, '');
    const isGone = (path: string): true | undefined =>
      readdirSync('/tmp').some((name) => path.endsWith(name)) ? undefined : true;
    await eventually('the directory there is gone', async () => isGone(directory));

    place.write('pipeline.hcl', pipeline(''));
    const running = place.start(['run', '--pipeline-config', 'pipeline.hcl', ...args]);
    const [, there = ''] = await running.waitForOutput(/begun in (\S+)\/work/, 60_000);
    expect(there).toMatch(/^\/tmp\/pikoci-/);
    await running.kill9();
    await eventually('nothing of it runs there', async () =>
      [there, place.path].every((path) => processesOf(path).length === 0) && isGone(there) ? true : undefined,
    );
  },
  TIMEOUT_MS,
);

testSsh(
  'ssh: a machine that is not there, another key, and another machine are errors of ours',
  async () => {
    const { place, args } = sshPlace();
    await using _place = place;
    place.write(
      'other',
      '[127.0.0.1]:1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1x2n6m6fYvZb8fS1WqZ0Q1y2v3b4n5m6k7j8h9g0f1\n',
    );
    const pipeline = `${variables}
      job "there" {
        error_retries = 0
        task "remote" {
          ${onMachine('cmd = "echo never"')}
        }
      }`;
    const stranger = await run(place, pipeline, [...args, '--var', 'hosts=@other']);
    expect(stranger.output).toContain('Host key verification failed');
    expect(stranger.output).toContain('remote errored');
    const nobody = await run(place, pipeline.replace(`= ${ssh?.port}`, '= 1'), args);
    expect(nobody.output).toContain("sending the build's directory to the machine 127.0.0.1 failed");
    expect(nobody.output).toContain('remote errored');
    const odd = await run(place, pipeline.replace('"127.0.0.1"', '"-oProxyCommand=touch x"'), args);
    expect(odd.output).toContain('the "host" of the runner ssh cannot be "-oProxyCommand=touch x"');
  },
  TIMEOUT_MS,
);

test(
  'kubernetes: a pod of its own, by what is asked of kubectl',
  async () => {
    await using directory = temporaryDirectory('kubectl');
    const kubectl = kubectlStandIn(directory.path);
    await using place = pikociPlace({
      environment: { PATH: `${kubectl.bin}:${process.env.PATH}`, HOME: directory.path },
    });
    const pipeline = (image: string): string => `job "there" {
        error_retries = 0
        task "make" {
          run "shell" { cmd = "echo one > a" }
        }
        task "inside" {
          run "kubernetes" {
            image     = "${image}"
            namespace = "ci"
            memory    = "512Mi"
            cpus      = "1.5"
            cmd       = "cat a; echo two > b; exit $CODE"
          }
          env = { CODE = 3 }
          allow_failure = true
        }
        task "after" {
          run "shell" { cmd = "cat b" }
        }
      }`;
    const { code, output } = await run(place, pipeline('busybox:1'));
    expect({ code, output }).toEqual({ code: 0, output });
    expect(saidBy('inside', output)).toEqual(['the pod waits: ContainerCreating', 'one']);
    expect(output).toContain('exited with 3');
    expect(saidBy('after', output)).toEqual(['two']);
    const calls = kubectl.calls();
    expect(calls.map((call) => call.replace(/pikoci-[0-9a-z]+/, 'POD'))).toEqual([
      '--namespace=ci create --filename=-',
      '--namespace=ci get pod POD --output=json',
      '--namespace=ci get pod POD --output=json',
      '--namespace=ci exec',
      '--namespace=ci exec',
      '--namespace=ci exec',
      '--namespace=ci delete pod POD --ignore-not-found --wait=false',
    ]);
    const nowhere = await run(place, pipeline('nowhere:1'));
    expect(nowhere.output).toContain('the pod with nowhere:1 does not start: ErrImagePull: no such image');
    expect(kubectl.calls().at(-1)).toContain('delete pod');
  },
  TIMEOUT_MS,
);

function podmanPlace(): PikociPlace {
  return pikociPlace({
    environment: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...storage?.environment },
  });
}
const PODMAN = ['--pass-env', 'CONTAINERS_STORAGE_CONF', '--pass-env', 'CONTAINERS_CONF'];

testPodman(
  'podman: a step in a container, limited, and gone when it is stopped',
  async () => {
    await using place = podmanPlace();
    const { code, output } = await run(
      place,
      `job "inside" {
        task "look" {
          run "podman" {
            image = "localhost/busybox:1"
            cmd   = "pwd; echo $OWN; echo made > made; echo VERSION=3 >> $PIKOCI_OUTPUT; cat /sys/fs/cgroup/pids/pids.max"
            pids  = 40
          }
          env     = { OWN = "a b" }
          outputs = ["made"]
        }
        task "after" {
          run "shell" { cmd = "echo $TASK_LOOK_VERSION" }
        }
        task "long" {
          run "podman" {
            image = "localhost/busybox:1"
            cmd   = "echo here; sleep 1000"
          }
          timeout = "2s"
        }
      }`,
      PODMAN,
    );
    expect(saidBy('look', output)).toEqual(['/workdir', 'a b', '40']);
    expect(saidBy('after', output)).toEqual(['3']);
    expect(output).toContain('long failed: the step took longer');
    expect(code).toBe(1);
    expect(await storage?.podman('ps', '--all', '--quiet')).toBe('');
    const absent = await run(
      place,
      `job "absent" {
        error_retries = 0
        task "look" {
          run "podman" {
            image = "localhost/nothing:1"
            cmd   = "true"
            args  = ["--pull", "never"]
          }
        }
      }`,
      PODMAN,
    );
    expect(absent.output).toContain('look errored: the runner podman could not run the command');
  },
  TIMEOUT_MS,
);

testBuildah(
  'buildah: a Dockerfile is built, its image pushed to a registry that asks who one is',
  async () => {
    await using registry = await startImageRegistry({ login: { username: 'ci', password: 'hunter2hunter2' } });
    await using place = podmanPlace();
    place.write('password', 'hunter2hunter2');
    place.write('wrong', 'not the password');
    const pipeline = `variable "password" { sensitive = true }
      job "image" {
        task "sources" {
          run "shell" {
            cmd = <<-EOT
              mkdir app && echo hello > app/motd
              printf 'FROM localhost/busybox:1\\nARG VERSION\\nCOPY motd /motd\\nRUN echo "building $VERSION" > /version\\n' > app/Dockerfile
            EOT
          }
        }
        task "build" {
          run "buildah" {
            tag         = ["${registry.host}/org/app:1.2"]
            context     = "app"
            build_args  = { VERSION = "1.2" }
            push        = true
            remove      = true
            insecure    = true
            credentials = { registry = "${registry.host}", username = "ci", password = var.password }
          }
        }
        task "look" {
          run "shell" { cmd = "echo $TASK_BUILD_IMAGE $TASK_BUILD_DIGEST" }
        }
      }`;
    const { code, output } = await run(place, pipeline, ['--var', 'password=@password', ...PODMAN]);
    expect({ code, output }).toEqual({ code: 0, output });
    expect(output).toContain('STEP 4/4: RUN echo "building $VERSION" > /version');
    expect(saidBy('look', output)[0]).toMatch(/^sha256:[0-9a-f]{64} sha256:[0-9a-f]{64}$/);
    expect(output).not.toContain('hunter2');
    const refused = await run(place, pipeline, ['--var', 'password=@wrong', ...PODMAN]);
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('authentication required')]);
    expect(await storage?.podman('images', '--quiet', '--filter', 'reference=*/org/app')).toBe('');
  },
  TIMEOUT_MS,
);

testRegistry(
  'docker: an image of a registry that asks who one is',
  async () => {
    await using registry = await startImageRegistry({ login: { username: 'ci', password: 'hunter2hunter2' } });
    if (docker === undefined) throw new Error('docker is not there');
    await docker.makeImage(`${registry.host}/org/tool:1`);
    await using place = pikociPlace({
      environment: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...docker.environment },
    });
    const config = temporaryDirectory('docker-config');
    await using _config = config;
    const auth = Buffer.from('ci:hunter2hunter2').toString('base64');
    writeFileSync(join(config.path, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    await docker.docker('--config', config.path, 'push', `${registry.host}/org/tool:1`);
    await docker.docker('rmi', '--force', `${registry.host}/org/tool:1`);
    place.write('password', 'hunter2hunter2');
    const pipeline = (credentials: string): string => `variable "password" { sensitive = true }
      job "inside" {
        error_retries = 0
        task "look" {
          run "docker" {
            image = "${registry.host}/org/tool:1"
            cmd   = "echo inside"
            ${credentials}
          }
        }
      }`;
    const args = ['--var', 'password=@password', '--pass-env', 'DOCKER_HOST', '--pass-env', 'DOCKER_CONFIG'];
    const stranger = await run(place, pipeline(''), args);
    expect(stranger.output).toContain('look errored');
    const known = await run(
      place,
      pipeline(`credentials = [{ registry = "${registry.host}", username = "ci", password = var.password }]`),
      args,
    );
    expect(saidBy('look', known.output)).toContain('inside');
    expect(known.code).toBe(0);
    const odd = await run(place, pipeline('credentials = { user = "ci", password = var.password }'), args);
    expect(odd.output).toContain('the "credentials" of the runner are not what a registry asks for');
  },
  TIMEOUT_MS,
);
