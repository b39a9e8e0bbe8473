/** What pikoci is installed on for a measurement, and such an installation: its server, its worker, whoever looks at it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { assertNever } from '../src/lib/assert-never.ts';
import { freePort } from '../test/servers/free-port.ts';
import { natsAvailability, startNatsServer } from '../test/servers/nats-server.ts';
import { type PostgresServer, postgresAvailability, startPostgres } from '../test/servers/postgres-local.ts';
import { type BenchDatabase, openPostgresDatabase, openSqliteDatabase } from './database.ts';
import { type MeasuredServer, startPikoci } from './pikoci-server.ts';
import { familyOf } from './proc.ts';
import { PROGRAM, type Workplace, workplace } from './program.ts';
import { runOutput } from './run-output.ts';
import { type SignedIn, signIn } from './sign-in.ts';

/** `sqlite+mem`: one server and the worker beside it. `postgresql+nats`: a server, and a worker that knows the broker alone. */
export const STACK_NAMES = ['sqlite+mem', 'postgresql+nats'] as const;
export type StackName = (typeof STACK_NAMES)[number];

export interface InstallOptions {
  /** Pipelines by name, set at the start. */
  readonly pipelines?: Readonly<Record<string, string>>;
  /** More arguments of the server. */
  readonly args?: readonly string[];
  /** Builds at a time. */
  readonly slots?: number;
}

export interface Installation extends AsyncDisposable, SignedIn {
  readonly place: Workplace;
  readonly database: BenchDatabase;
  /** The server's own process. */
  serverPid(): number;
  /** That of the worker. */
  workerPid(): number;
  /** What the server said so far. */
  output(): string;
  /** SIGKILL to the server alone. */
  killServer(): Promise<void>;
  /** SIGTERM to the server: its database is at rest then. */
  stopServer(): Promise<void>;
  /** On the same port. Resolves when its API answers. */
  startServer(): Promise<void>;
  /** SIGKILL to the worker. A stack whose server does not start it again has another one waiting. */
  killWorker(): Promise<void>;
}

/** Servers that a run of benchmarks shares. */
export interface Backing extends AsyncDisposable {
  install(stack: StackName, options?: InstallOptions): Promise<Installation>;
}

/** Why this stack cannot be had here. */
export function whyNot(stack: StackName): string | undefined {
  if (stack === 'sqlite+mem') return undefined;
  const [missing] = [postgresAvailability(), natsAvailability()].filter((found) => !found.available);
  return missing?.available === false ? missing.reason : undefined;
}

export function createBacking(): Backing {
  let postgres: Promise<PostgresServer> | undefined;
  return {
    async install(stack, options = {}) {
      const ending = new AsyncDisposableStack();
      try {
        const place = ending.use(workplace());
        const names = Object.entries(options.pipelines ?? {}).flatMap(([name, text]) => [
          '--pipeline-config',
          place.write(`${name}.hcl`, text),
        ]);
        const port = await freePort();
        const common = [...names, ...(options.args ?? []), '--port', String(port)];
        const slots = ['--concurrency', String(options.slots ?? 2)];
        switch (stack) {
          case 'sqlite+mem': {
            const path = join(place.path, 'bench.db');
            const args = ['--db-system', 'sqlite', '--db-name', path, '--data-dir', join(place.path, 'data')];
            const start = () => startPikoci(place, [...args, ...common, ...slots]);
            return await installation({ place, ending, start, database: openSqliteDatabase(path), workers: [] });
          }
          case 'postgresql+nats': {
            postgres ??= startPostgres({ durable: true });
            const server = await postgres;
            const name = `bench_${randomUUID().replaceAll('-', '')}`;
            await server.query(`create database ${name}`);
            ending.defer(async () => void (await server.query(`drop database if exists ${name} with (force)`)));
            const nats = ending.use(await startNatsServer());
            const url = server.url.replace(/\/postgres$/, `/${name}`);
            const args = [
              ...['--db-url', url, '--data-dir', join(place.path, 'data'), '--run-worker=false'],
              ...['--pubsub-system', 'nats', '--nats-server-url', nats.url, '--jwt-secret', JWT_SECRET],
            ];
            const start = () => startPikoci(place, [...args, ...common]);
            const token = (await runOutput(PROGRAM, ['worker-token', '--jwt-secret', JWT_SECRET], place)).trim();
            const startWorker = (n: number): ChildProcess =>
              spawn(
                PROGRAM,
                [
                  ...['worker', '--pubsub-system', 'nats', '--nats-server-url', nats.url, '--name', `bench-${n}`],
                  ...['--worker-token', token, '--data-dir', join(place.path, `worker-${n}`), ...slots],
                ],
                { cwd: place.path, env: place.environment, stdio: 'ignore' },
              );
            const workers: ChildProcess[] = [];
            ending.defer(() => stopAll(workers));
            const database = openPostgresDatabase((sql) => server.query(sql, name));
            const made = await installation({ place, ending, start, database, workers, startWorker });
            await untilWorker(made);
            return made;
          }
          default:
            return assertNever(stack);
        }
      } catch (error) {
        await ending.disposeAsync();
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await (await postgres)?.[Symbol.asyncDispose]();
    },
  };
}

const JWT_SECRET = 'a secret of thirty-two characters';

async function installation(parts: {
  readonly place: Workplace;
  readonly ending: AsyncDisposableStack;
  readonly start: () => Promise<MeasuredServer>;
  readonly database: BenchDatabase;
  /** Those that the server does not start. */
  readonly workers: ChildProcess[];
  readonly startWorker?: (n: number) => ChildProcess;
}): Promise<Installation> {
  const { place, ending, start, workers, startWorker } = parts;
  let server = await start();
  let gone = false;
  ending.defer(async () => {
    if (!gone) await server[Symbol.asyncDispose]();
  });
  const signedIn = await signIn(server.url, server.signInLink);
  if (startWorker !== undefined) workers.push(startWorker(0));
  const workerPid = (): number => {
    const pid = startWorker === undefined ? familyOf(server.pid)[1] : workers.at(-1)?.pid;
    if (pid === undefined) throw new Error(`there is no worker\n${server.output()}`);
    return pid;
  };
  return {
    ...signedIn,
    place,
    database: parts.database,
    serverPid: () => server.pid,
    workerPid,
    output: () => server.output(),
    async killServer() {
      gone = true;
      await server.kill9();
    },
    async stopServer() {
      gone = true;
      await server[Symbol.asyncDispose]();
    },
    async startServer() {
      server = await start();
      gone = false;
    },
    async killWorker() {
      if (startWorker !== undefined) workers.push(startWorker(workers.length));
      process.kill(startWorker === undefined ? workerPid() : (workers.at(-2)?.pid ?? 0), 'SIGKILL');
    },
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  };
}

async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(timer);
    }),
  );
}

async function untilWorker({ client, output }: Installation): Promise<void> {
  for (let look = 0; look < 400; look++) {
    if ((await client.call('listWorkers', { params: {} })).length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no worker came within 10 s\n${output()}`);
}
