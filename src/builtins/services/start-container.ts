/** A service in a container: published on 127.0.0.1 of the worker, and on the build's network under its name. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { findFreePort } from '../../lib/system/free-port.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { type ProgramResult, runProgram } from '../run-program.ts';
import type { ServicePlace, ServiceServer } from './read-server.ts';
import type { ContainerSpec } from './service-facts.ts';

const TRIES = 3;

/** Stays as long as the container: what that writes goes on into the log of the service, and it ends as the container did. */
const FOLLOW = 'docker logs --follow "$1"; exit "$(docker wait "$1")"';

/** Gives the port. The container is there even when this throws: `removeContainer` is for the caller. */
export async function startContainer(server: ServiceServer, env: CommandEnv, io: CommandIo): Promise<number> {
  for (let tried = 1; ; tried += 1) {
    const port = server.port === 0 ? await findFreePort() : server.port;
    const spec = server.facts.container({
      login: server.login,
      args: server.args,
      outside: { host: '127.0.0.1', port },
      inside:
        server.network === undefined
          ? undefined
          : { host: server.name, port: server.facts.insidePort ?? server.facts.containerPort },
    });
    await create(server, spec, port, env, io);
    await copyFiles(server, spec.files ?? {}, env);
    const started = await runProgram('docker', ['start', server.container], { env });
    if (started.exitCode === 0) {
      follow(server, env);
      io.stderr(`${server.facts.title} starts in a container of ${server.image}, on port ${port}\n`);
      return port;
    }
    const isTaken = /port is already allocated|address already in use/i.test(started.stderr);
    if (!isTaken || server.port !== 0 || tried === TRIES) throw cannotStart(server, started, isTaken);
    // Somebody took it between our look and docker's.
    await removeContainer(server, env);
  }
}

async function create(
  server: ServiceServer,
  spec: ContainerSpec,
  port: number,
  env: CommandEnv,
  io: CommandIo,
): Promise<void> {
  const { network, name } = server;
  const args = [
    ...['create', '--name', server.container, '--label', `pikoci.workdir=${server.workdir}`],
    ...(network === undefined ? [] : ['--network', network, '--network-alias', name]),
    ...['--publish', `127.0.0.1:${port}:${server.facts.containerPort}`],
    ...Object.keys(spec.env).flatMap((key) => ['--env', key]),
    ...(spec.entrypoint === undefined ? [] : ['--entrypoint', spec.entrypoint]),
    ...[server.image, ...spec.command],
  ];
  const made = await runProgram('docker', args, { env: { ...env, ...spec.env }, onStderr: io.stderr });
  if (made.exitCode !== 0) throw cannotStart(server, made, false);
}

/** Each by way of a file of ours: docker takes no text. */
async function copyFiles(
  server: ServiceServer,
  files: Readonly<Record<string, string>>,
  env: CommandEnv,
): Promise<void> {
  for (const [at, [path, text]] of Object.entries(files).entries()) {
    const file = join(server.directory, `file-${at}`);
    // Whoever runs in the container must be able to read it; here nobody else can, for the directory cannot be listed and is gone soon.
    writeFileSync(file, text, { mode: 0o600 });
    const copied = await runProgram('docker', ['cp', file, `${server.container}:${path}`], { env });
    if (copied.exitCode !== 0) throw cannotStart(server, copied, false);
  }
}

function follow(server: ServiceServer, env: CommandEnv): void {
  const defined = Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  const child = spawn('/bin/sh', ['-c', FOLLOW, 'sh', server.container], {
    env: Object.fromEntries(defined),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  child.unref();
}

function cannotStart(server: ServiceServer, result: ProgramResult, isTaken: boolean): CodedError {
  const said = result.stderr.trim().split('\n').slice(-3).join('\n');
  const message = `docker cannot start a container of ${server.image} for the service ${server.name}: ${said}`;
  const hint = isTaken
    ? `Port ${server.port} of this worker is taken: give the service another "port", or none.`
    : 'Look at "version" and "image"; with mode = "process" the server that is installed on the worker is taken.';
  return new CodedError('service_failed', message, { hint });
}

/** Whether there was one. */
export async function removeContainer({ container }: ServicePlace, env: CommandEnv): Promise<boolean> {
  const result = await runProgram('docker', ['rm', '--force', '--volumes', container], { env });
  if (result.exitCode === 0) return !/no such container/i.test(result.stderr);
  if (/no such container/i.test(result.stderr)) return false;
  throw new CodedError('service_failed', `docker could not remove ${container}: ${result.stderr.trim()}`);
}
