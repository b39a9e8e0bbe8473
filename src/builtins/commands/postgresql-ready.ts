import { connect } from 'node:net';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { readServer } from '../postgresql/server.ts';

const TIMEOUT_MS = 5_000;

/** Ends with 0 when the server asks for a password: then it takes connections. No program of PostgreSQL's is needed. */
export async function postgresqlReady(env: CommandEnv, io: CommandIo): Promise<number> {
  const server = readServer(env);
  const answer = await firstAnswer(server.port, startupMessage(server.user, server.database));
  if (answer === 'R') return 0;
  io.stderr(`not ready yet: ${answer === 'E' ? 'the server is starting up' : answer}\n`);
  return 1;
}

/** The first byte of the answer (`R` asks for authentication, `E` is an error), or why there is none. */
function firstAnswer(port: number, message: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (result: string): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(TIMEOUT_MS, () => finish('no answer'));
    socket.once('connect', () => socket.write(message));
    socket.once('data', (chunk: Buffer) => finish(String.fromCharCode(chunk[0] ?? 0)));
    socket.once('error', (error) => finish(error.message));
    socket.once('close', () => finish('the connection was closed'));
  });
}

/** Protocol 3.0: length, version, then names and values, each ended by a zero byte. */
function startupMessage(user: string, database: string): Uint8Array {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`, 'utf8');
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}
