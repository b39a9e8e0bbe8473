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
import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { createUploads } from '../blobs/uploads.ts';
import { checkedRegistryUrl } from '../cli/registry-url.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import { createLogger, type Logger } from '../lib/logger.ts';
import { fileError } from '../lib/system/file-error.ts';
import { lockDatabaseFile } from '../lib/system/lock-file.ts';
import { defaultCacheDir, defaultDataDir } from '../lib/system/paths.ts';
import { createPrivateFile, readPrivateFile } from '../lib/system/private-file.ts';
import { listenForLocalWorkers } from '../queue/http/local-listener.ts';
import { systemTimers } from '../server/loops/loop.ts';
import { deriveKey } from '../server/secrets/derive-key.ts';
import { createServer } from '../server/server.ts';
import { DEFAULT_SETTINGS } from '../server/settings.ts';
import { createStorageHealth } from '../server/storage-health.ts';
import { createWorkerTokens } from '../server/workers/worker-tokens.ts';
import { announce } from './announce-server.ts';
import { openBroker } from './brokers.ts';
import { type ChildWorker, type SilenceLimit, startChildWorker } from './child-worker.ts';
import { type ChosenDatabase, chooseDatabase } from './choose-database.ts';
import { whenOutputCloses } from './closed-output.ts';
import { type DataDirectory, openServerDirectory, readKey } from './data-directory.ts';
import { filesForWorkers } from './files-for-workers.ts';
import { type FlagValues, secretNames, unknownEnvironment } from './flags.ts';
import { readGivenPipelines } from './given-pipelines.ts';
import { listen } from './listen.ts';
import { allowLocalAccess } from './local-access.ts';
import { openBlobs } from './open-blobs.ts';
import { openStore } from './open-store.ts';
import { createPages } from './pages.ts';
import { createPipelineLoader } from './pipeline-loader.ts';
import { readSettings } from './read-settings.ts';
import { openSecretKey } from './secret-key.ts';
import { serverFlags } from './server-flags.ts';
import { openServerQueue } from './server-queue.ts';
import { createSourceLoader } from './source-loader.ts';
import { untilSignal } from './until-signal.ts';
import { VERSION } from './version.ts';

type Settings = FlagValues<typeof serverFlags>;

const STOP_WORKER_MS = 30_000;
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
  const database = await chooseDatabase(settings);
  const registryUrl = checkedRegistryUrl(settings.registryUrl);
  const sources = createSourceLoader({
    allowPrivate: settings.allowPrivateSources,
    cacheDir: serverCacheDir(settings, database),
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
    temporary: database.system === 'mem',
    environment: process.env,
    cwd: process.cwd(),
  });
  ending.defer(() => directory.release());
  const jwtSecret = await readKey(directory.server, 'jwt-secret', settings.jwtSecret);
  if (database.system === 'sqlite' && database.path !== undefined) {
    const lock = lockDatabaseFile(databasePath(database.path), 'pikoci server');
    ending.defer(() => lock.release());
  }
  const storage = createStorageHealth(systemClock, logger);
  const store = await openStore(database, {
    directory: directory.server,
    runMigrations: settings.runMigrations,
    watch: storage,
  });
  ending.defer(() => store.close());
  const { secretKey: key, secretKeyFile: keyFile, replaceSecretKey: replace } = settings;
  const secretKey = await openSecretKey(directory.server, { key, keyFile, replace }, store);

  const localToken = Buffer.from(deriveKey(jwtSecret, 'token of the local worker 1')).toString('base64url');
  const localWorker = await workerId(directory);
  const workers = openServerQueue({
    broker: await openBroker(settings, 'pikoci server'),
    tokens: createWorkerTokens(jwtSecret, systemClock),
    local: { token: localToken, worker: localWorker },
    logger,
  });
  ending.defer(() => workers.close());
  const { queue } = workers;

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
    directory: directory.server,
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
      database: database.system,
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

  const workerFiles = filesForWorkers(workers.senderOf, server);
  const listener = listen({
    host: settings.host,
    port: settings.port,
    server,
    pages: createPages(),
    workerFiles: settings.pubsubSystem === 'mem' ? undefined : workerFiles,
    queue: settings.pubsubSystem === 'http' ? queue : undefined,
  });
  ending.defer(() => listener.stop(true));
  const address = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${listener.port}`;
  if (origin === '') origin = address;

  await server.firstAdmin(await adminPassword(settings));
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
        ...{ settings, database, directory, socket, localToken, localWorker, slots, logger },
        silence: {
          limitMs: Math.max(SILENT_LEASES * settings.lease, LEAST_SILENCE_MS),
          heardAt: workers.localHeardAt,
        },
      })
    : undefined;
  const kept = given.length === 0 ? (await store.listPipelines()).map(({ name }) => name) : [];
  announce({ settings, database, directory, given, kept, address, slots, signIn: await server.oneTimeLink() });

  const how = await asked;
  logger.info(how === 'drain' ? 'finishing what runs, taking nothing new' : 'ending');
  // First: what ends now frees slots, and the next build would go to a worker that leaves.
  await server.stopGranting();
  if (how === 'drain') await worker?.drain();
  else await worker?.stop(STOP_WORKER_MS);
  return 0;
}

/** Of the administrator whom a first start makes. Blanks and ends of line around it are those of the file. */
async function adminPassword({ adminPasswordFile: path }: Settings): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, 'read', path);
  });
  return text.trim();
}

/** Beside the database; a server that keeps nothing shares what its account has fetched before. */
function serverCacheDir({ dataDir }: Settings, { system }: ChosenDatabase): string {
  if (dataDir !== undefined) return join(resolve(dataDir), 'server');
  if (system === 'mem') return defaultCacheDir(process.env, process.cwd());
  return join(defaultDataDir(process.env, process.cwd()), 'server');
}

/** Through links, so that two names of one file are one database. */
function databasePath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** What only the server has to know is not left where the commands of builds run. */
const WITHOUT_SECRETS: Readonly<Record<string, undefined>> = Object.fromEntries(
  secretNames(serverFlags).map((name) => [name, undefined]),
);

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
  readonly database: ChosenDatabase;
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
      ...(parts.database.system === 'mem' ? ['--orphan-after', '0s'] : []),
      ...['--pubsub-system', 'http', '--pikoci-url', `unix:${socket}`],
      ...['--name', WORKER_NAME],
      ...['--data-dir', directory.worker],
      ...['--concurrency', String(slots)],
      ...['--cleanup-timeout', `${settings.cleanupTimeout}ms`],
      ...['--log-level', settings.logLevel],
      ...settings.workerTags.flatMap((tag) => ['--tags', tag]),
      ...settings.passEnv.flatMap((name) => ['--pass-env', name]),
    ],
    environment: {
      ...WITHOUT_SECRETS,
      PIKOCI_WORKER_TOKEN: parts.localToken,
      PIKOCI_WORKER_TOKEN_FILE: undefined,
      PIKOCI_WORKER_ID: parts.localWorker,
    },
    logger,
    silence,
  });
}
