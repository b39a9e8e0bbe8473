/**
 * `pikoci server`, put together. In this order, so that nothing is started that has to be taken back:
 *
 * 1. the settings and the pipelines are read; a mistake in one of them is all that happens;
 * 2. the data directory is taken, the database opened and migrated;
 * 3. the port is opened, and the socket for our own worker;
 * 4. the pipelines are set, the loops begin, the worker is started.
 *
 * It ends in the opposite order.
 *
 * With `--takeover` another server has the data directory and the port. It goes on through all of that; only when nothing is left that can go wrong does it pause, and
 * what was paused goes on here (takeover-messages.ts).
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { readProviderFile } from '../cli/provider-file.ts';
import { checkedRegistryUrl } from '../cli/registry-url.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import { createLogger } from '../lib/logger.ts';
import { fileError } from '../lib/system/file-error.ts';
import { steerConnections } from '../lib/system/listening-port.ts';
import { defaultCacheDir, defaultDataDir } from '../lib/system/paths.ts';
import { listenForLocalWorkers } from '../queue/http/local-listener.ts';
import { systemTimers } from '../server/loops/loop.ts';
import { createServer } from '../server/server.ts';
import { DEFAULT_SETTINGS } from '../server/settings.ts';
import { createStorageHealth } from '../server/storage-health.ts';
import { createRevokedTokens } from '../server/workers/revoked-tokens.ts';
import { createWorkerTokens } from '../server/workers/worker-tokens.ts';
import type { Store } from '../store/store.ts';
import { announce } from './announce-server.ts';
import { openBroker } from './brokers.ts';
import { buildsOn } from './builds-on.ts';
import { type ChosenDatabase, chooseDatabase } from './choose-database.ts';
import { whenOutputCloses } from './closed-output.ts';
import { openServerDirectory, readKey } from './data-directory.ts';
import { openDatabaseLine } from './database-line.ts';
import { filesForWorkers } from './files-for-workers.ts';
import { type FlagValues, unknownEnvironment } from './flags.ts';
import { createFront } from './front.ts';
import { createGivingOver } from './give-over.ts';
import { readGivenPipelines } from './given-pipelines.ts';
import { readGivenUsers } from './given-users.ts';
import { joinServers } from './join-servers.ts';
import { untilLeaving } from './leave.ts';
import { listen, listenForSuccessors } from './listen.ts';
import { allowLocalAccess } from './local-access.ts';
import { freePlace, startLocalWorkers, workerPlaces } from './local-workers.ts';
import { openBlobs } from './open-blobs.ts';
import { openStore } from './open-store.ts';
import { openUploads } from './open-uploads.ts';
import { createPages } from './pages.ts';
import { createPipelineLoader } from './pipeline-loader.ts';
import { providersOfFlags } from './provider-flags.ts';
import { readSettings } from './read-settings.ts';
import { createReadiness } from './readiness.ts';
import { claimSecretKey, findSecretKey } from './secret-key.ts';
import { serverFlags } from './server-flags.ts';
import { serverLocks } from './server-locks.ts';
import { openServerQueue } from './server-queue.ts';
import { isShared, settled, whyAlone } from './shared-database.ts';
import { createSourceLoader } from './source-loader.ts';
import { startSuccessor } from './successor.ts';
import { notifySystemd } from './systemd.ts';
import { findPredecessor } from './take-over.ts';
import { untilSignal } from './until-signal.ts';
import { VERSION } from './version.ts';

type Settings = ReturnType<typeof settled<FlagValues<typeof serverFlags>>>;

const MIB = 1024 * 1024;
/** While another takes over, requests wait: those under way are not waited for longer than this. */
const UNDER_WAY_MS = 2_000;

/** Runs a server until it is told to end. Gives the exit code. */
export async function runServer(options: Readonly<Record<string, unknown>>): Promise<number> {
  // A server is there to serve, whoever reads what it says.
  whenOutputCloses(() => undefined);
  const read = await readSettings(serverFlags, options);
  for (const warning of unknownEnvironment(serverFlags, process.env)) process.stderr.write(`pikoci: ${warning}\n`);
  const database = await chooseDatabase(read);
  const settings = settled(read, database);
  if (settings.takeover && database.system === 'mem') {
    throw new CodedError(
      'usage.bad_value',
      '--takeover: a server that keeps everything in memory has nothing to hand over',
      {
        hint: 'run both with --db-system sqlite, or one with a server of its own',
      },
    );
  }
  const registryUrl = checkedRegistryUrl(settings.registryUrl);
  const sources = createSourceLoader({
    allowPrivate: settings.allowPrivateSources,
    cacheDir: serverCacheDir(settings, database),
  });
  const given = await readGivenPipelines(settings, sources, registryUrl);
  const users = settings.users === undefined ? [] : await readGivenUsers(settings.users, process.cwd());
  const providers =
    settings.providers === undefined ? [] : await readProviderFile(settings.providers, process.cwd(), process.env);
  providers.push(...(await providersOfFlags(settings, process.cwd())));
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
  const frontSocket = join(directory.server, 'front.sock');
  const predecessor = settings.takeover ? await findPredecessor(frontSocket) : undefined;
  ending.defer(() => predecessor?.leave());
  ending.defer(() => directory.release());
  const locks = serverLocks(directory, database);
  ending.defer(() => locks.free());
  /** From here on what is kept is ours alone. */
  const claim = async (): Promise<void> => {
    await predecessor?.pause();
    locks.take();
  };
  if (predecessor === undefined) locks.take();
  const jwtSecret = await readKey(directory.server, 'jwt-secret', settings.jwtSecret);
  const storage = createStorageHealth(systemClock, logger);
  const open = {
    directory: directory.server,
    runMigrations: settings.runMigrations,
    watch: storage,
    wait: { waitMs: settings.dbWait, tell: (text: string) => logger.warn(text) },
  };
  const store = await (predecessor === undefined ? openStore(database, open) : openShared(database, open, claim));
  ending.defer(() => store.close());
  const { secretKey: key, secretKeyFile: keyFile, replaceSecretKey: replace } = settings;
  const keySource = { key, keyFile, replace, beforeReplacing: claim };
  const secretKey = await findSecretKey(directory.server, keySource, store);
  const instance = newId();
  const register = () =>
    joinServers({
      ...{ directory: directory.server, store, instance, version: VERSION, queue: settings.pubsubSystem },
      ...{ exclusive: whyAlone(settings, database), sole: !isShared(database), keys: [jwtSecret, secretKey] },
    });
  // Whom we replace is written down until it has given over.
  let me = predecessor === undefined ? await register() : undefined;
  // Where the database is away, its time runs out.
  ending.defer(() => store.leaveServer(instance).catch(() => undefined));
  // Not before it is sure that no other server has another one.
  await claimSecretKey(secretKey, directory.server, keySource, store);

  const revokedTokens = createRevokedTokens(store, systemClock);
  await revokedTokens.refresh();
  const places = await workerPlaces(directory, jwtSecret);
  const workers = openServerQueue({
    broker: await openBroker(settings, 'pikoci server'),
    system: settings.pubsubSystem,
    tokens: createWorkerTokens(jwtSecret, systemClock, revokedTokens.has),
    locals: places,
    logger,
  });
  ending.defer(() => workers.close());
  const { queue } = workers;
  const databaseLine = openDatabaseLine(store, jwtSecret);
  ending.defer(() => databaseLine.close());
  let refused = false;

  const blobs = await openBlobs(settings, { directory: directory.server, store, environment: process.env });
  ending.defer(() => blobs.close());
  const uploads = openUploads({
    ...{ directory: join(directory.server, 'uploads'), blobs, maxBytes: settings.maxArtifactSize * MIB },
    shared: isShared(database) && settings.blobsSystem !== 'fs' ? store : undefined,
  });

  let address = '';
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
    among: {
      // It is written down before anything asks.
      server: () => written(me)(address),
      sole: !isShared(database),
      line: databaseLine.line,
      onRefused(error) {
        refused = true;
        logger.error(`ending: ${error.message}`);
        process.kill(process.pid, 'SIGTERM');
      },
    },
    revokedTokens,
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
      corsOrigins: settings.corsOrigin,
    },
  });

  const workerFiles = filesForWorkers(workers.senderOf, server);
  const front = createFront();
  const readiness = createReadiness(() => store.latestCursor());
  const requests = {
    ...{ server, front, readiness, pages: createPages() },
    workerFiles: settings.pubsubSystem === 'mem' ? undefined : workerFiles,
    queue: settings.pubsubSystem === 'http' ? queue : undefined,
  };
  // Any free one: that of the server that is replaced is as good as free.
  const port = settings.port === 0 && predecessor !== undefined ? predecessor.port : settings.port;
  const beside = predecessor?.port === port;
  const listener = listen({ ...requests, host: settings.host, port, beside });
  ending.defer(() => listener.stop(true));
  address = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${listener.port}`;
  if (origin === '') origin = address;

  const givingOver = createGivingOver({
    port: listener.port,
    async pause() {
      await Promise.all([front.hold(UNDER_WAY_MS), server.pause()]);
      locks.free();
    },
    async resume() {
      locks.take();
      await store.goOnWithSchema();
      if (!successors.isThere()) {
        await successors.stop();
        successors = listenForSuccessors(frontSocket, forSuccessors, 'now');
      }
      server.resume();
      front.open();
    },
    logger,
  });
  const forSuccessors = { ...requests, workerFiles, successors: givingOver.sockets };
  let successors = listenForSuccessors(frontSocket, forSuccessors, 'later');
  ending.defer(() => successors.stop());
  const socket = join(directory.server, 'worker.sock');
  const local = listenForLocalWorkers(queue, socket, workerFiles, 'later');
  ending.defer(() => local.stop());

  // Before the first request: those of who was here before come with it.
  const token = server.localToken();
  const password = await adminPassword(settings);
  await claim();
  me ??= await register();
  await server.firstAdmin(password);
  await server.keepUsers(users);
  await server.keepProviders(providers);
  // Pipelines can be set in it although none was given.
  await store.ensureTeam(settings.team);
  for (const pipeline of given) {
    await server.setPipeline(settings.team, pipeline.name, { bundle: pipeline.bundle, variables: pipeline.variables });
  }
  server.start();
  ending.defer(() => server.stop());
  successors.take();
  if (beside) steerConnections(listener.port, 'later');
  await predecessor?.replace(frontSocket);
  local.take();
  // Before anybody is told that the server is there: who hears of it may end it at once.
  const asked = untilSignal();
  if (settings.drain) asked.drainOnTerm();
  const here = { url: address, token, pid: process.pid, instance, startedAt: Date.now() };
  const forgetLocally = await allowLocalAccess(listener.port, here, logger);
  let isReplaced = false;
  ending.defer(() => forgetLocally(isReplaced));

  const slots = settings.concurrency || Math.max(2, availableParallelism());
  // Of a server that was killed the worker may be there: it finishes, and ours waits for its place (decision 3).
  const place = predecessor === undefined ? places[0] : freePlace(places);
  const worker = settings.runWorker
    ? startLocalWorkers(places, place, {
        ...{ settings, socket, slots, logger, heardAt: workers.localHeardAt },
        keepsNothing: database.system === 'mem',
      })
    : undefined;
  const kept = given.length === 0 ? (await store.listPipelines()).map(({ name }) => name) : [];
  process.on('SIGUSR2', () => startSuccessor(logger));
  notifySystemd(`MAINPID=${process.pid}\nREADY=1\n`, logger);
  announce({ settings, database, directory, given, kept, address, slots, signIn: await server.oneTimeLink() });

  const how = await untilLeaving({
    ...{ asked, givingOver, server, queue, front, readiness, listener, worker, logger },
    running: () => buildsOn(store, place.worker),
    drainDelayMs: settings.drainDelay,
    drainTimeoutMs: settings.drainTimeout,
  });
  isReplaced = how === 'replaced';
  return refused ? 1 : 0;
}

type Written = Awaited<ReturnType<typeof joinServers>>;

function written(me: Written | undefined): Written {
  if (me === undefined) throw new Error('the server was started before it was written down');
  return me;
}

/** Of the administrator whom a first start makes. Blanks and ends of line around it are those of the file. */
async function adminPassword({ adminPasswordFile: path }: Settings): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, 'read', path);
  });
  return text.trim();
}

/** Looks first, while the other server goes on; only when there are migrations is it asked to pause. */
async function openShared(
  database: ChosenDatabase,
  options: Parameters<typeof openStore>[1],
  claim: () => Promise<void>,
): Promise<Store> {
  try {
    return await openStore(database, { ...options, runMigrations: false });
  } catch (error) {
    const older = error instanceof CodedError && error.code === 'store.schema_older';
    if (!older || !options.runMigrations) throw error;
    await claim();
    return openStore(database, options);
  }
}

/** Beside the database; a server that keeps nothing shares what its account has fetched before. */
function serverCacheDir({ dataDir }: Settings, { system }: ChosenDatabase): string {
  if (dataDir !== undefined) return join(resolve(dataDir), 'server');
  if (system === 'mem') return defaultCacheDir(process.env, process.cwd());
  return join(defaultDataDir(process.env, process.cwd()), 'server');
}
