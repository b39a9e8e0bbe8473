import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { runProgram } from '../run-program.ts';
import type { PostgresqlServer } from './server.ts';

/** Whether there is a docker that answers. */
export async function dockerWorks(env: CommandEnv): Promise<boolean> {
  try {
    const result = await runProgram('docker', ['version', '--format', '{{.Server.Version}}'], { env });
    return result.exitCode === 0 && result.stdout.trim() !== '';
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

export async function startContainer(server: PostgresqlServer, env: CommandEnv, io: CommandIo): Promise<void> {
  const args = [
    ...['run', '--detach', '--name', server.container],
    ...['--label', `pikoci.workdir=${server.workdir}`],
    ...['--publish', `127.0.0.1:${server.port}:5432`],
    // By name: the values are in the environment of docker, not on its command line.
    ...['--env', 'POSTGRES_USER', '--env', 'POSTGRES_PASSWORD', '--env', 'POSTGRES_DB'],
    `postgres:${server.version}`,
  ];
  const secrets = { POSTGRES_USER: server.user, POSTGRES_PASSWORD: server.password, POSTGRES_DB: server.database };
  const result = await runProgram('docker', args, { env: { ...env, ...secrets }, onStderr: io.stderr });
  if (result.exitCode !== 0) {
    // Docker makes the container before it finds out that it cannot start it.
    await removeContainer(server, env);
    throw new CodedError('service_failed', 'docker could not start the PostgreSQL container; it says why above.');
  }
  io.stderr(`PostgreSQL ${server.version} starts in the container ${server.container} on port ${server.port}\n`);
}

/** Whether there was one. */
export async function removeContainer(server: PostgresqlServer, env: CommandEnv): Promise<boolean> {
  const result = await runProgram('docker', ['rm', '--force', '--volumes', server.container], { env });
  if (result.exitCode === 0) return !/no such container/i.test(result.stderr);
  if (/no such container/i.test(result.stderr)) return false;
  throw new CodedError('service_failed', `docker could not remove ${server.container}: ${result.stderr.trim()}`);
}
