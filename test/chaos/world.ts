/** All that takes part in a run, in one directory: database, broker, servers, workers, and a proxy on each way between them. */
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type Client, createClient } from '../../src/client/client.ts';
import { DATABASE_KINDS, type DatabaseServer } from '../e2e/database-servers.ts';
import { BROKERS, type RunningBroker } from '../servers/brokers.ts';
import { type CutProxy, type Rewrite, startCutProxy } from '../servers/cut-proxy.ts';
import { freePort } from '../servers/free-port.ts';
import { makeNetworkPlace, type NetworkPlace } from '../servers/network-place.ts';
import { EXECUTABLE } from '../servers/pikoci.ts';
import { mustRun } from '../servers/run-command.ts';
import { createProgram, type Program } from './program.ts';

export interface WorldOptions {
  readonly directory: string;
  readonly database: 'sqlite' | 'postgresql' | 'mysql';
  readonly queue: string;
  readonly servers: number;
  readonly workers: number;
  readonly leaseMs: number;
  /** Each server and worker has a network of its own; else only proxies are between them. */
  readonly cables: boolean;
}

export interface Ways {
  readonly queue: CutProxy;
  readonly database: CutProxy | undefined;
}

export interface World extends AsyncDisposable {
  readonly ledger: string;
  readonly servers: readonly {
    readonly program: Program;
    readonly port: number;
    readonly database: CutProxy | undefined;
    readonly queue: CutProxy | undefined;
    readonly network: NetworkPlace | undefined;
  }[];
  readonly workers: readonly {
    readonly program: Program;
    readonly dataDir: string;
    readonly queue: CutProxy;
    readonly network: NetworkPlace | undefined;
  }[];
  readonly broker: RunningBroker | undefined;
  readonly database: DatabaseServer | undefined;
  /** Talks to that server as its admin; undefined while it has not said how. */
  client(server: number): Client | undefined;
  /** Slots that the database says are taken, in words. */
  takenSlots(): Promise<string[]>;
}

const SECRET = 'the secret of a run of chaos, long enough';
const NAME = 'chaos';
const LOOPBACK = '127.0.0.1';
const localServer = z.object({ url: z.string(), token: z.string(), pid: z.int() });

export async function startWorld(options: WorldOptions): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const { directory } = options;
  const [ledger, logs, tmp] = ['ledger', 'logs', 'tmp'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [ledger, join(ledger, 'out'), logs, tmp]) mkdirSync(path, { recursive: true });
  cpSync(resolve(import.meta.dirname, 'pipeline'), ledger, { recursive: true });
  for (const file of ['marks', 'pushed']) writeFileSync(join(ledger, file), '');
  const env = { PATH: process.env.PATH ?? '', HOME: directory, TMPDIR: tmp, PIKOCI_JWT_SECRET: SECRET };

  const kind = DATABASE_KINDS.find(({ system }) => system === options.database);
  const database = kind === undefined ? undefined : stack.use(await kind.start());
  await database?.query(`create database ${NAME}`);
  const brokerRow = BROKERS.find(({ system }) => system === options.queue);
  const broker = brokerRow === undefined ? undefined : stack.use(await brokerRow.start());
  const brokerPort = broker === undefined ? undefined : portOf(broker.url);
  const rewrite = brokerPort === undefined ? undefined : brokerRow?.rewrite?.({ port: brokerPort });
  /** What tells a server or a worker where the broker is, by a way of its own. */
  const toBroker = (way: CutProxy | undefined, from: NetworkPlace | undefined): Readonly<Record<string, string>> =>
    broker === undefined || brokerRow === undefined || way === undefined
      ? {}
      : {
          [brokerRow.variable]: broker.url.replace(
            /127\.0\.0\.1:\d+(?=\/|$)/,
            `${from?.around ?? LOOPBACK}:${way.port}`,
          ),
        };

  const ownNetwork = async (): Promise<NetworkPlace | undefined> =>
    options.cables ? stack.use(await makeNetworkPlace()) : undefined;
  /** A way from who is in that network to what is on loopback. */
  const proxyTo = async (
    port: number | undefined,
    from: NetworkPlace | undefined,
    change?: Rewrite,
  ): Promise<CutProxy | undefined> =>
    port === undefined ? undefined : stack.use(await startCutProxy(port, change, { near: from?.around }));
  const program = (
    name: string,
    network: NetworkPlace | undefined,
    args: readonly string[],
    more: Readonly<Record<string, string>>,
  ): Program =>
    createProgram({
      ...{ name, cwd: directory, env: { ...env, ...more } },
      command: network?.enter([EXECUTABLE, ...args]) ?? [EXECUTABLE, ...args],
      output: join(logs, `${name}.log`),
    });

  const servers: World['servers'][number][] = [];
  for (let number = 0; number < options.servers; number += 1) {
    const network = await ownNetwork();
    const [port, toDatabase, toQueue] = [
      await freePort(),
      await proxyTo(database?.port, network),
      await proxyTo(brokerPort, network, rewrite),
    ];
    const args = [
      ...[
        'server',
        '--port',
        `${port}`,
        '--host',
        network?.own ?? LOOPBACK,
        '--data-dir',
        join(directory, `server-${number}`),
        '--run-worker=false',
      ],
      ...['--pubsub-system', options.queue, '--lease', `${options.leaseMs}ms`],
      ...['--pipeline-config', join(ledger, 'pipeline.hcl'), '--var', `ledger=${ledger}`],
      ...(database === undefined ? [] : ['--blobs-system', 'database']),
    ];
    const server = program(`server-${number}`, network, args, {
      PIKOCI_SECRET_KEY: SECRET,
      ...(database && { PIKOCI_DB_URL: databaseUrl(database, toDatabase, network) }),
      ...toBroker(toQueue, network),
    });
    servers.push({ program: server, port, database: toDatabase, queue: toQueue, network });
  }

  const token = await mustRun(EXECUTABLE, ['worker-token', '--jwt-secret', SECRET], { env });
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, token);
  chmodSync(tokenFile, 0o600);
  const workers: World['workers'][number][] = [];
  for (let number = 0; number < options.workers; number += 1) {
    const server = servers[number % servers.length];
    const network = await ownNetwork();
    const hosts = { near: network?.around, far: server?.network?.own };
    const toServer = stack.use(await startCutProxy(server?.port ?? 0, undefined, hosts));
    const queue = (await proxyTo(brokerPort, network, rewrite)) ?? toServer;
    const dataDir = join(directory, `worker-${number}`);
    const args = [
      ...['worker', '--name', `worker-${number}`, '--data-dir', dataDir, '--concurrency', '3'],
      ...['--pubsub-system', options.queue, '--worker-token-file', tokenFile],
      ...['--pikoci-url', `http://${network?.around ?? LOOPBACK}:${toServer.port}`],
    ];
    workers.push({
      program: program(`worker-${number}`, network, args, toBroker(queue, network)),
      dataDir,
      queue,
      network,
    });
  }

  const owned = stack.move();
  return {
    ...{ ledger, servers, workers, broker, database },
    client(number) {
      const server = servers[number];
      if (server === undefined) return undefined;
      try {
        const file = join(directory, '.local/state/pikoci/servers', `${server.port}.json`);
        const { url, token: bearer } = localServer.parse(JSON.parse(readFileSync(file, 'utf8')));
        return createClient({ baseUrl: url, token: bearer, fetch: (request) => fetch(request, { keepalive: false }) });
      } catch {
        // It has not started yet, or has just written half of it.
        return undefined;
      }
    },
    takenSlots: () => takenSlots(database, join(directory, 'server-0/server/pikoci.db')),
    async [Symbol.asyncDispose]() {
      await Promise.all([...workers, ...servers].map(({ program }) => program.end('SIGKILL')));
      await owned[Symbol.asyncDispose]();
    },
  };
}

function databaseUrl(database: DatabaseServer, way: CutProxy | undefined, from: NetworkPlace | undefined): string {
  const url = new URL(database.url);
  url.hostname = from?.around ?? database.host;
  url.port = `${way?.port ?? database.port}`;
  url.pathname = `/${NAME}`;
  return url.href;
}

/** Of `scheme://user@host:port` or `host:port`. */
const portOf = (address: string): number => Number(/:(\d+)(?=\/|$)/.exec(address.replace(/^\w+:\/\//, ''))?.[1]);

const TAKEN = [
  ['jobs with builds that hold a slot', 'select count(*) as n from jobs where held <> 0'],
  ['serial groups that are taken', 'select count(*) as n from slots'],
  ['builds that hold a slot', 'select count(*) as n from builds where holds_slot = 1'],
] as const;

async function takenSlots(database: DatabaseServer | undefined, file: string): Promise<string[]> {
  const ask = async (sql: string): Promise<number> => {
    if (database !== undefined) return Number((await database.query(sql, NAME)).trim());
    const { Database } = await import('bun:sqlite');
    using sqlite = new Database(file, { readonly: true });
    return z.object({ n: z.int() }).parse(sqlite.query(sql).get()).n;
  };
  const found = await Promise.all(TAKEN.map(async ([what, sql]) => ({ what, count: await ask(sql) })));
  return found.filter(({ count }) => count > 0).map(({ what, count }) => `${count} ${what}`);
}
