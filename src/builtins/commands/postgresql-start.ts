import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { dockerWorks, startContainer } from '../postgresql/container.ts';
import { startProcess } from '../postgresql/local-process.ts';
import { readServer } from '../postgresql/server.ts';

/** In a container where docker works, else as a process. */
export async function postgresqlStart(env: CommandEnv, io: CommandIo): Promise<number> {
  const server = readServer(env);
  await ((await dockerWorks(env)) ? startContainer(server, env, io) : startProcess(server, env, io));
  return 0;
}
