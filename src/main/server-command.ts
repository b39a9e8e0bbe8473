/**
 * `pikoci server`, put together. In this order, so that nothing is started that has to be taken back:
 *
 * 1. the settings and the pipelines are read; a mistake in one of them is all that happens;
 * 2. the data directory is taken, the database opened and migrated;
 * 3. the port is opened, and the socket for our own worker;
 * 4. the pipelines are set, the loops begin, the worker is started.
 *
 * It ends in the opposite order.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { createUploads } from '../blobs/uploads.ts';
import { checkedRegistryUrl } from '../cli/registry-url.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError, errorText } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import { createLogger, type Logger } from '../lib/logger.ts';
import { lockDatabaseFile } from '../lib/system/lock-file.ts';
import { defaultCacheDir, defaultDataDir } from '../lib/system/paths.ts';
import { createPrivateFile, readPrivateFile } from '../lib/system/private-file.ts';
import { createHttpServerQueue } from '../queue/http/http-server-queue.ts';
import { listenForLocalWorkers } from '../queue/http/local-listener.ts';
import type { Sender } from '../queue/queue.ts';
import { systemTimers } from '../server/loops/loop.ts';
import { deriveKey } from '../server/secrets/derive-key.ts';
import { createServer } from '../server/server.ts';
import { DEFAULT_SETTINGS } from '../server/settings.ts';
import { createStorageHealth, isStorageFailure, type StorageHealth } from '../server/storage-health.ts';
import type { Store } from '../store/store.ts';
import { type ChildWorker, type SilenceLimit, startChildWorker } from './child-worker.ts';
import { whenOutputCloses } from './closed-output.ts';
import { type DataDirectory, openServerDirectory, readKey } from './data-directory.ts';
import { filesForWorkers } from './files-for-workers.ts';
import { type FlagValues, unknownEnvironment } from './flags.ts';
import { type GivenPipeline, readGivenPipelines } from './given-pipelines.ts';
import { listen } from './listen.ts';
import { allowLocalAccess } from './local-access.ts';
import { openBlobs } from './open-blobs.ts';
import { createPages } from './pages.ts';
import { createPipelineLoader } from './pipeline-loader.ts';
import { readSettings } from './read-settings.ts';
import { openSecretKey } from './secret-key.ts';
import { serverFlags } from './server-flags.ts';
import { createSourceLoader } from './source-loader.ts';
import { untilSignal } from './until-signal.ts';
import { VERSION } from './version.ts';

type Settings = FlagValues<typeof serverFlags>;

const STOP_WORKER_MS = 30_000;
const CLOSE_QUEUE_MS = 2_000;
const MIB = 1024 * 1024;
const WORKER_NAME = 'local';
/** The local worker is taken for dead after so many leases, and after this at least: it says something every 10 s. */
const SILENT_LEASES = 3;
const LEAST_SILENCE_MS = 35_000;

/** Runs a server until it is told to end. Gives the exit code. */
export async function runServer(options: Readonly<Record<string, unknown>>): Promise<number> {
  // A server is there to serve, whoever reads what it says.
  whenOutputCloses(() => undefined);
  const settings = await readSettings(serverFlags, options);
  for (const warning of unknownEnvironment(serverFlags, process.env)) process.stderr.write(`pikoci: ${warning}\n`);
  const registryUrl = checkedRegistryUrl(settings.registryUrl);
  const sources = createSourceLoader({
    allowPrivate: settings.allowPrivateSources,
    cacheDir: serverCacheDir(settings),
  });
  const given = await readGivenPipelines(settings, sources, registryUrl);
  if (given === 'invalid') return 1;

  const logger = createLogger({
    level: settings.logLevel as 'info',
    format: 'text',
    write: (line) => process.stderr.write(line),
    now: Date.now,
  });
  await using ending = new AsyncDisposableStack();
  const directory = openServerDirectory({
    dataDir: settings.dataDir,
    temporary: settings.dbSystem === 'mem',
    environment: process.env,
    cwd: process.cwd(),
  });
  ending.defer(() => directory.release());
  const jwtSecret = await readKey(directory.server, 'jwt-secret', settings.jwtSecret);
  if (settings.dbSystem === 'sqlite' && settings.dbName !== undefined) {
    const lock = lockDatabaseFile(databasePath(resolve(settings.dbName)), 'pikoci server');
    ending.defer(() => lock.release());
  }
  const storage = createStorageHealth(systemClock, logger);
  const store = await openStore(settings, directory, storage);
  ending.defer(() => store.close());
  const { secretKey: key, secretKeyFile: keyFile, replaceSecretKey: replace } = settings;
  const secretKey = await openSecretKey(directory.server, { key, keyFile, replace }, store);

  const localToken = Buffer.from(deriveKey(jwtSecret, 'token of the local worker 1')).toString('base64url');
  const localWorker = await workerId(directory);
  // Compared by digests, so that the time it takes tells nothing about the token.
  const senderOf = (token: string): Sender | undefined =>
    timingSafeEqual(digest(token), digest(localToken)) ? { worker: localWorker } : undefined;
  let heardAt: number | undefined;
  const queue = createHttpServerQueue({
    onHeard: ({ worker }) => {
      if (worker === localWorker) heardAt = performance.now();
    },
    authenticate: senderOf,
    // What could not be stored is tried again: nobody else would hear why builds stand still.
    onHandlerError: (error, { worker }) => {
      if (!isStorageFailure(error)) logger.error(`a worker's message: ${errorText(error)}`, { worker });
    },
  });
  ending.defer(() => queue.close({ graceMs: CLOSE_QUEUE_MS }));

  const blobs = await openBlobs(settings, { directory: directory.server, store, environment: process.env });
  ending.defer(() => blobs.close());
  const uploads = createUploads({
    directory: join(directory.server, 'uploads'),
    blobs,
    maxBytes: settings.maxArtifactSize * MIB,
  });

  const instance = newId();
  let origin = settings.externalUrl?.replace(/\/+$/, '') ?? '';
  const server = createServer({
    store,
    queue,
    blobs,
    uploads,
    clock: systemClock,
    timers: systemTimers,
    logger,
    storage,
    loader: createPipelineLoader(sources, registryUrl, process.env),
    settings: {
      ...DEFAULT_SETTINGS,
      version: VERSION,
      instance,
      externalUrl: () => origin,
      database: settings.dbSystem,
      queue: settings.pubsubSystem,
      jwtSecret,
      secretKey,
      leaseMs: settings.lease,
      errorRetries: settings.errorRetries,
      retention: {
        builds: settings.retainBuilds || undefined,
        days: settings.retainDays || undefined,
        logsDays: settings.retainLogsDays || undefined,
      },
      caches: { maxAgeMs: settings.cacheMaxAge, maxBytes: settings.cacheMaxSize * MIB },
      checkIntervalMs: settings.defaultCheckInterval,
    },
  });

  const workerFiles = filesForWorkers(senderOf, server);
  const listener = listen({
    host: settings.host,
    port: settings.port,
    server,
    pages: createPages(),
    workerFiles,
    queue: settings.pubsubSystem === 'http' ? queue : undefined,
  });
  ending.defer(() => listener.stop(true));
  const address = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${listener.port}`;
  if (origin === '') origin = address;

  // Pipelines can be set in it although none was given.
  await store.ensureTeam(settings.team);
  for (const pipeline of given) {
    await server.setPipeline(settings.team, pipeline.name, { bundle: pipeline.bundle, variables: pipeline.variables });
  }
  server.start();
  ending.defer(() => server.stop());
  const here = { url: address, token: server.localToken(), pid: process.pid, instance, startedAt: Date.now() };
  ending.defer(await allowLocalAccess(listener.port, here, logger));

  // Before anybody is told that the server is there: who hears of it may end it at once.
  const asked = untilSignal();
  const slots = settings.concurrency || Math.max(2, availableParallelism());
  const socket = join(directory.server, 'worker.sock');
  const local = listenForLocalWorkers(queue, socket, workerFiles);
  ending.defer(() => local.stop());
  const worker = settings.runWorker
    ? startLocalWorker({
        ...{ settings, directory, socket, localToken, localWorker, slots, logger },
        silence: {
          limitMs: Math.max(SILENT_LEASES * settings.lease, LEAST_SILENCE_MS),
          heardAt: () => heardAt,
        },
      })
    : undefined;
  const kept = given.length === 0 ? (await store.listPipelines()).map(({ name }) => name) : [];
  announce({ settings, directory, given, kept, address, slots, signIn: server.oneTimeLink() });

  const how = await asked;
  logger.info(how === 'drain' ? 'finishing what runs, taking nothing new' : 'ending');
  // First: what ends now frees slots, and the next build would go to a worker that leaves.
  await server.stopGranting();
  if (how === 'drain') await worker?.drain();
  else await worker?.stop(STOP_WORKER_MS);
  return 0;
}

/** Beside the database; a server that keeps nothing shares what its account has fetched before. */
function serverCacheDir({ dataDir, dbSystem }: Settings): string {
  if (dataDir !== undefined) return join(resolve(dataDir), 'server');
  if (dbSystem === 'mem') return defaultCacheDir(process.env, process.cwd());
  return join(defaultDataDir(process.env, process.cwd()), 'server');
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Through links, so that two names of one file are one database. */
function databasePath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

async function openStore(settings: Settings, directory: DataDirectory, watch: StorageHealth): Promise<Store> {
  const { createSqliteStore } = await import('../store/sql/sqlite/sqlite-store.ts');
  const path =
    settings.dbSystem === 'mem' ? ':memory:' : resolve(settings.dbName ?? join(directory.server, 'pikoci.db'));
  const store = createSqliteStore({ path, watch });
  try {
    await store.migrate();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** The local worker is the same one after a restart: its journal says what it owes. */
async function workerId(directory: DataDirectory): Promise<string> {
  const path = join(directory.server, 'worker-id');
  await createPrivateFile(path, newId());
  const id = (await readPrivateFile(path))?.trim();
  if (id === undefined || id === '') {
    throw new CodedError('data_dir.damaged', `${path} is empty`, { hint: 'remove it; the worker gets a new id' });
  }
  return id;
}

function startLocalWorker(parts: {
  readonly settings: Settings;
  readonly directory: DataDirectory;
  readonly socket: string;
  readonly localToken: string;
  readonly localWorker: string;
  readonly slots: number;
  readonly logger: Logger;
  readonly silence: SilenceLimit;
}): ChildWorker {
  const { settings, directory, socket, slots, logger, silence } = parts;
  return startChildWorker({
    args: [
      '--supervised',
      // A server that keeps nothing cannot come back.
      ...(settings.dbSystem === 'mem' ? ['--orphan-after', '0s'] : []),
      ...['--pikoci-url', `unix:${socket}`],
      ...['--name', WORKER_NAME],
      ...['--data-dir', directory.worker],
      ...['--concurrency', String(slots)],
      ...['--log-level', settings.logLevel],
      ...settings.workerTags.flatMap((tag) => ['--tags', tag]),
      ...settings.passEnv.flatMap((name) => ['--pass-env', name]),
    ],
    environment: { PIKOCI_WORKER_TOKEN: parts.localToken, PIKOCI_WORKER_ID: parts.localWorker },
    logger,
    silence,
  });
}

/** What a person needs to know, in a few lines. */
function announce(parts: {
  readonly settings: Settings;
  readonly directory: DataDirectory;
  readonly given: readonly GivenPipeline[];
  /** Names of pipelines that are in the database already, when none is given. */
  readonly kept: readonly string[];
  readonly address: string;
  readonly slots: number;
  readonly signIn: string;
}): void {
  const { settings, directory, given, kept, address, slots } = parts;
  const SHOWN = 5;
  const lines: [string, string][] = [
    ['listening', address],
    ...given.map((one): [string, string] => [
      'pipeline',
      `${settings.team}/${one.name}, ${one.summary}, from ${one.file}`,
    ]),
    ...(kept.length > 0
      ? [
          [
            'pipelines',
            `${kept.slice(0, SHOWN).join(', ')}${kept.length > SHOWN ? ` and ${kept.length - SHOWN} more` : ''}, kept from before`,
          ] as [string, string],
        ]
      : []),
    ...(given.length + kept.length === 0
      ? [['pipeline', 'none given; set one with: pikoci pipelines set NAME --pipeline-config FILE'] as [string, string]]
      : []),
    ['worker', settings.runWorker ? `beside the server, ${slots} builds at a time` : 'none here'],
    ['kept', settings.dbSystem === 'mem' ? 'nothing: all is gone at the end' : directory.path],
    ['open', `${parts.signIn}\n             signs in as admin; works once`],
  ];
  process.stdout.write(`pikoci ${VERSION}\n${lines.map(([name, text]) => `  ${name.padEnd(10)} ${text}\n`).join('')}`);
}
