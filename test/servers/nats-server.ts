/** NATS as an ordinary process on loopback, which a test may kill and start again on its port. */
import { type BrokerProcess, hears, startBroker } from './broker-process.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { programsAvailability } from './installed-programs.ts';
import type { Availability } from './required.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface NatsServer extends BrokerProcess, AsyncDisposable {
  readonly port: number;
  /** Without user and password. */
  readonly url: string;
}

export interface NatsServerOptions {
  /** Arguments of `nats-server` beside address and directory: `--user`, `--pass`, `-c`, … */
  readonly args?: readonly string[];
  readonly jetStream?: boolean;
}

const READY_MS = 20_000;

export function natsAvailability(): Availability {
  return programsAvailability(['nats-server'], 'nats-server');
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const program = findProgram('nats-server');
  if (program === undefined) throw new Error('nats-server is not installed');
  const directory = temporaryDirectory('nats');
  const port = await freePort();
  const args = [
    ...['--addr', '127.0.0.1', '--port', String(port)],
    ...(options.jetStream === false ? [] : ['--jetstream', '--store_dir', directory.path]),
    ...(options.args ?? []),
  ];
  const broker = await startBroker({
    ...{ title: 'nats-server', program, args, readyMs: READY_MS },
    // It says who it is to whoever comes.
    ready: () => hears(port, 'data'),
  });
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    ...broker,
    async [Symbol.asyncDispose]() {
      await broker.kill9();
      await directory[Symbol.asyncDispose]();
    },
  };
}
