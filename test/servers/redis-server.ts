/** Redis as an ordinary process on loopback, which a test may kill and start again on its port. */
import { type BrokerProcess, hears, startBroker } from './broker-process.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { programsAvailability } from './installed-programs.ts';
import type { Availability } from './required.ts';
import { mustRun } from './run-command.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface RedisServer extends BrokerProcess, AsyncDisposable {
  readonly port: number;
  /** Without user and password. */
  readonly url: string;
  /** What redis-cli printed. */
  control(...args: string[]): Promise<string>;
}

export interface RedisServerOptions {
  /** Arguments of `redis-server` beside address and directory: `--requirepass`, `p`, … */
  readonly args?: readonly string[];
  /** Listens with TLS alone, with this certificate and key. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

const READY_MS = 20_000;

export function redisAvailability(): Availability {
  return programsAvailability(['redis-server', 'redis-cli'], 'redis-server');
}

export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const [program, cli] = ['redis-server', 'redis-cli'].map(findProgram);
  if (program === undefined || cli === undefined) throw new Error('redis-server is not installed');
  const directory = temporaryDirectory('redis');
  const port = await freePort();
  const { certificate, key } = options.tls ?? {};
  const args = [
    ...['--bind', '127.0.0.1', '--dir', directory.path, '--save', ''],
    ...(certificate === undefined || key === undefined
      ? ['--port', String(port)]
      : [
          ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'optional'],
          ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate],
        ]),
    ...(options.args ?? []),
  ];
  const broker = await startBroker({
    ...{ title: 'redis-server', program, args, options: { cwd: directory.path }, readyMs: READY_MS },
    ready: () => hears(port, 'connect'),
  });
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    ...broker,
    control: (...command) => mustRun(cli, ['-p', String(port), ...command]),
    async [Symbol.asyncDispose]() {
      await broker.kill9();
      await directory[Symbol.asyncDispose]();
    },
  };
}
