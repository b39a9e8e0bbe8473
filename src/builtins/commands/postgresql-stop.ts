import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { dockerWorks, removeContainer } from '../postgresql/container.ts';
import { stopProcess } from '../postgresql/local-process.ts';
import { readServer } from '../postgresql/server.ts';

/** Stops whichever was started. Nothing there to stop is fine: `stop` runs also when `start` failed. */
export async function postgresqlStop(env: CommandEnv, io: CommandIo): Promise<number> {
  const server = readServer(env);
  const wasProcess = await stopProcess(server);
  const wasContainer = !wasProcess && (await dockerWorks(env)) && (await removeContainer(server, env));
  io.stderr(wasProcess || wasContainer ? 'PostgreSQL is stopped\n' : 'PostgreSQL was not running\n');
  return 0;
}
