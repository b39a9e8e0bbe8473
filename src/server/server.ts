/**
 * The server, put together: everything but listening. `fetch` answers HTTP requests; workers are heard over the queue; the loops do what
 * nobody asks for.
 */
import type { BlobStore } from '../blobs/blobs.ts';
import type { Uploads } from '../blobs/uploads.ts';
import { openForge } from '../integrations/open-forge.ts';
import type { Clock } from '../lib/clock.ts';
import { errorText } from '../lib/coded-error.ts';
import type { AttemptId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { sealKeyFrom } from '../lib/system/seal.ts';
import type { SetPipelineRequest, SetPipelineResult } from '../protocol/api.ts';
import { encodeBroadcast } from '../protocol/codec.ts';
import type { Broadcast, Grant } from '../protocol/messages.ts';
import type { Sender, ServerQueue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import { createAccess } from './access.ts';
import { artifactRoutes } from './artifacts/routes.ts';
import { createAttemptLimit } from './auth/attempt-limit.ts';
import { createAudit } from './auth/audit.ts';
import { createAuthentication } from './auth/authenticate.ts';
import { createBearerTokens } from './auth/bearer-tokens.ts';
import { createOneTimeLinks } from './auth/one-time-links.ts';
import { createPasswords } from './auth/passwords.ts';
import { LOCAL } from './auth/principal.ts';
import { createSessions } from './auth/sessions.ts';
import { approvalRoutes } from './builds/approval-routes.ts';
import { createBuildViews } from './builds/build-views.ts';
import { buildRoutes } from './builds/routes.ts';
import { createApp, type RequestOrigin } from './http/app.ts';
import type { Handlers } from './http/call.ts';
import { createIdempotencyKeys } from './http/idempotency.ts';
import { createIdTokens } from './identity/id-tokens.ts';
import { createSigningKey } from './identity/signing-key.ts';
import { createHoldReasons } from './jobs/hold-reasons.ts';
import { createJobViews, jobRoutes } from './jobs/routes.ts';
import { createBuildChannels } from './live/build-channels.ts';
import { createChangeFeed } from './live/change-feed.ts';
import { streamRoutes } from './live/routes.ts';
import { logRoutes } from './logs/routes.ts';
import { createApprovalEnds } from './loops/approvals.ts';
import { createBlobSweep } from './loops/blob-sweep.ts';
import { createDueChecks } from './loops/due-checks.ts';
import { createFeedTrim } from './loops/feed-trim.ts';
import { createIdentityTrim } from './loops/identity-trim.ts';
import type { Loop, Timers } from './loops/loop.ts';
import { createRescue } from './loops/rescue.ts';
import { createRetention } from './loops/retention.ts';
import { createScheduling } from './loops/scheduling.ts';
import type { PipelineLoader } from './pipelines/evaluate-pipeline.ts';
import { createPipelineViews } from './pipelines/pipeline-views.ts';
import { revisionRoutes } from './pipelines/revision-routes.ts';
import { createRevisions } from './pipelines/revisions.ts';
import { pipelineRoutes } from './pipelines/routes.ts';
import { setPipeline } from './pipelines/set-pipeline.ts';
import { createRepositories, type ForgeParts } from './repositories/repositories.ts';
import type { RepositoryBuilds } from './repositories/repository-builds.ts';
import { createRepositoryBuilds } from './repository-builds/build-events.ts';
import { createCloneTokens } from './repository-builds/clone-tokens.ts';
import { createForgeAccess } from './repository-builds/forge-access.ts';
import { createTellForges } from './repository-builds/tell-forges.ts';
import { createResourceViews } from './resources/resource-views.ts';
import { resourceRoutes } from './resources/routes.ts';
import { createServerChecks } from './resources/server-checks.ts';
import { createResourceWebhooks } from './resources/webhooks.ts';
import { retentionRoutes } from './retention/routes.ts';
import { createAtRest } from './secrets/at-rest.ts';
import { deriveKey } from './secrets/derive-key.ts';
import { createKeptSecrets } from './secrets/kept-secrets.ts';
import { secretRoutes } from './secrets/routes.ts';
import { serverRoutes } from './server-routes.ts';
import { type AmongServers, createNeighbours } from './servers/neighbours.ts';
import { createOneAtATime } from './servers/one-at-a-time.ts';
import { serversRoutes } from './servers/routes.ts';
import type { ServerSettings } from './settings.ts';
import type { KeptGrants } from './sign-in/forge-grants.ts';
import { type GivenProvider, keepGivenProviders } from './sign-in/keep-given-providers.ts';
import { openSignIn } from './sign-in/open-sign-in.ts';
import type { StorageHealth } from './storage-health.ts';
import { teamRoutes } from './teams/routes.ts';
import { testRoutes } from './tests/routes.ts';
import { exportRoutes } from './transfer/routes.ts';
import { auditRoutes } from './users/audit-routes.ts';
import { findAdmin, makeFirstAdmin } from './users/first-admin.ts';
import { type GivenUser, keepGivenUsers } from './users/keep-given-users.ts';
import { ownRoutes as ownUserRoutes } from './users/own-routes.ts';
import { userRoutes } from './users/routes.ts';
import type { Wakeups } from './wakeups.ts';
import { createConnectedWorkers } from './workers/connected-workers.ts';
import { createFindHeldBuild } from './workers/held-build.ts';
import { createIngest } from './workers/ingest.ts';
import { poisonRoutes } from './workers/poison-routes.ts';
import { createHeldQuestions } from './workers/questions.ts';
import { createRevocationLoop, createRevokedTokens, type RevokedTokens } from './workers/revoked-tokens.ts';
import { workerRoutes } from './workers/routes.ts';
import { createSetFromBuild } from './workers/set-from-build.ts';
import { workerTokenRoutes } from './workers/token-routes.ts';
import { createWorkerFiles } from './workers/worker-files.ts';
import { createWorkerRequests } from './workers/worker-requests.ts';

export interface ServerParts {
  /** Open and migrated. Whoever opened it closes it, after `stop`. */
  readonly store: Store;
  /** The same. */
  readonly queue: ServerQueue;
  /** The same. */
  readonly blobs: BlobStore;
  readonly uploads: Uploads;
  /** Where it may lay files down for a while. */
  readonly directory: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly settings: ServerSettings;
  readonly loader: PipelineLoader;
  /** Hears of the store's database. */
  readonly storage: StorageHealth;
  /** Absent: it is the only one, and nobody asks. */
  readonly among?: AmongServers | undefined;
  /** Where repositories are; absent: where the settings say that users sign in. */
  readonly forges?: (ForgeParts & { readonly builds?: RepositoryBuilds }) | undefined;
  /** Those that the queue turns workers away by; absent where it takes no tokens. */
  readonly revokedTokens?: RevokedTokens | undefined;
}

export interface Server {
  fetch(request: Request, origin?: RequestOrigin): Promise<Response>;
  /** Answers what a worker asks about artifacts and caches, outside of its queue. Whoever listens has looked at its token. */
  fetchForWorker(request: Request, from: Sender): Promise<Response>;
  /** Begins to hear workers and to do its rounds. */
  start(): void;
  /** From now on no worker is given anything; what they run goes on. Resolves when a grant under way is handed over. To be called before workers are told to leave. */
  stopGranting(): Promise<void>;
  /** Does nothing any more by itself, granting included, until `resume`. Resolves when what was under way is done. */
  pause(): Promise<void>;
  resume(): void;
  /** Ends the event streams that are open, with a word to come back at once. */
  endStreams(): void;
  stop(): Promise<void>;
  /** An address that signs its first reader in as an administrator, who is made when there is none. */
  oneTimeLink(): Promise<string>;
  /** Makes the administrator that a first start needs, with this password or none. Does nothing when there are users. */
  firstAdmin(password: string | undefined): Promise<void>;
  /** Makes users, and brings those who are there up to date. */
  keepUsers(users: readonly GivenUser[]): Promise<void>;
  /** Makes providers of sign-in, and brings those that are there up to date. */
  keepProviders(providers: readonly GivenProvider[]): Promise<void>;
  /** What users let the server do at forges. */
  readonly forges: KeptGrants;
  /** A token of an administrator, for the command line on this machine. It is good for servers of this secret. */
  localToken(): string;
  /** What `PUT /teams/:team/pipelines/:name` does, for a pipeline given at the start. The team is made if it is not there. */
  setPipeline(team: string, name: string, request: SetPipelineRequest): Promise<SetPipelineResult>;
  /** What events of forges bring, for whoever has them from elsewhere than a webhook. */
  readonly repositoryBuilds: RepositoryBuilds;
}

export function createServer(parts: ServerParts): Server {
  const { store, queue, blobs, uploads, clock, timers, logger, settings, storage } = parts;
  const startedAt = clock.now();
  const channels = createBuildChannels();
  const revisions = createRevisions(store);
  const access = createAccess(store);
  const atRest = createAtRest(settings.secretKey);
  const secrets = createKeptSecrets({ store, atRest, clock });
  const findHeld = createFindHeldBuild({ store, clock, leaseMs: settings.leaseMs });
  const identity = createIdTokens({
    store,
    clock,
    signingKey: createSigningKey(store, atRest, logger),
    findHeld,
    externalUrl: settings.externalUrl,
  });
  const views = createBuildViews({ store, revisions, clock, storage });
  const questions = createHeldQuestions<Grant>(clock, timers, logger);
  const feed = createChangeFeed(store, timers, logger);
  const { checkIntervalMs, errorRetries } = settings;

  const broadcast = (message: Broadcast): void => {
    queue.broadcast(encodeBroadcast(message)).catch((error: unknown) => {
      logger.warn(`workers could not be told: ${errorText(error)}`, { message: message.kind });
    });
  };
  const ownWakeups: Wakeups = {
    schedule: (pipeline, happened) => scheduling.mark(pipeline, happened),
    work: (kind) => questions.wake(kind),
    workAt: (at) => questions.wakeAt(at),
    checks: () => dueChecks.wake(),
    webhooks: () => repositories.deliveries.wake(),
    feed: () => feed.wake(),
    build: (build) => {
      channels.publish(build, { kind: 'build' });
      if (forges.grants.providers().length > 0) tellForges.wake();
    },
    events: () => undefined,
  };
  const cancelHere = (attempt: AttemptId): void => broadcast({ kind: 'cancel', attempt });
  const neighbours = createNeighbours({
    ...{ store, clock, timers, logger, cancelHere, among: parts.among, own: ownWakeups },
    wakeQuestions: () => questions.wake(),
    heardFailures: (address, used) => limit.failedElsewhere(address, used),
    lookAtAll: () => {
      scheduling.markAll();
      dueChecks.wake();
    },
  });
  const { wakeups } = neighbours;
  const common = { store, clock, timers, logger, wakeups };
  const announceCancel = (attempt: AttemptId): void => {
    cancelHere(attempt);
    neighbours.tellCancel(attempt);
  };
  const scheduling = createScheduling({ ...common, announceCancel });
  const serverChecks = createServerChecks({ ...common, revisions, externalUrl: settings.externalUrl });
  const dueChecks = createDueChecks({ ...common, checkIntervalMs, serverChecks });
  const oneAtATime = createOneAtATime(store, settings.instance);
  const limit = createAttemptLimit(clock, { tell: neighbours.tellFailures });
  const tokens = createBearerTokens(store, settings.jwtSecret, clock);
  const links = createOneTimeLinks(store, clock);
  const passwords = createPasswords(store);
  const audit = createAudit(store, clock, logger);
  const sessions = createSessions(store, settings.jwtSecret, clock);
  const onSignIn = (name: string, how: string, address: string): Promise<void> =>
    audit.done({ by: { name }, address, action: 'signIn', detail: { how } });
  const authentication = createAuthentication({
    tokens,
    links,
    passwords,
    sessions,
    limit,
    onSignIn,
  });
  const signIn = openSignIn({
    ...{ ...common, atRest, audit, authentication, limit, onSignIn, cookieName: sessions.cookieName },
    ...{ externalUrl: settings.externalUrl, instance: settings.instance },
    providerTimeoutMs: settings.providerTimeoutMs,
  });
  const forges = parts.forges ?? { open: openForge, grants: signIn.grants };
  const forgeAccess = createForgeAccess(store, forges);
  const tellForges = createTellForges({ ...common, ...forgeAccess, externalUrl: settings.externalUrl });
  const holds = createHoldReasons(store, revisions);
  const setParts = {
    ...common,
    atRest,
    digestKey: deriveKey(settings.secretKey, 'digests of values 1'),
    loader: parts.loader,
  };
  const repositoryBuilds = createRepositoryBuilds({
    ...{ ...setParts, announceCancel, forgeOf: forgeAccess.forgeOf, logger, holds, externalUrl: settings.externalUrl },
    onReport: () => tellForges.wake(),
  });
  const repositories = createRepositories({
    ...{ ...common, atRest, limit, access, oneAtATime, instance: settings.instance },
    ...{ externalUrl: settings.externalUrl, forges, builds: parts.forges?.builds ?? repositoryBuilds },
    sole: parts.among?.sole ?? true,
  });
  const { revokedTokens: revoked = createRevokedTokens(store, clock) } = parts;
  const revocations = createRevocationLoop({ revoked, queue, timers, logger });
  const loops: readonly Loop[] = [
    questions,
    revocations,
    scheduling,
    dueChecks,
    createRescue({ ...common, errorRetries, leaseMs: settings.leaseMs }),
    createApprovalEnds(common),
    createRetention({ ...common, revisions, settings: settings.retention, oneAtATime }),
    repositories.deliveries,
    repositories.upkeep,
    createFeedTrim(store, clock, timers, logger),
    createIdentityTrim(store, clock, timers, logger),
    createBlobSweep({ ...common, blobs, uploads, caches: settings.caches, oneAtATime }),
    signIn.loop,
    feed,
    ...neighbours.loops,
    tellForges,
  ];

  const ingest = createIngest({ ...common, channels, errorRetries });
  const jobViews = createJobViews({ store, views, holds });
  const resourceViews = createResourceViews(store, revisions, checkIntervalMs);
  const replyKey = sealKeyFrom(deriveKey(settings.secretKey, 'values from workers 1'));
  const ownRoutes = serverRoutes(settings, startedAt, feed);
  const ofBuilds = buildRoutes({ ...common, access, views, channels, storage, announceCancel });
  const resourceWebhooks = createResourceWebhooks({
    ...{ ...common, access, limit, checkIntervalMs, serverChecks, externalUrl: settings.externalUrl },
  });
  const handlers: Handlers = {
    ...ownRoutes,
    ...streamRoutes({ feed: ownRoutes.feed, watchBuild: ofBuilds.watchBuild }, logger),
    ...retentionRoutes({ store, revisions, clock, retention: settings.retention }),
    ...serversRoutes(store, settings.instance),
    ...teamRoutes({ store, access }),
    ...userRoutes({ store, clock, passwords, links, externalUrl: settings.externalUrl }),
    ...ownUserRoutes({ store, clock, passwords }),
    ...signIn.handlers,
    ...auditRoutes({ store, access }),
    ...workerRoutes({ ...common, broadcast }),
    ...workerTokenRoutes({ ...common, errorRetries, revocations }),
    ...poisonRoutes({ ...common, take: ingest.take }),
    ...secretRoutes({ store, access, secrets }),
    ...pipelineRoutes({
      ...setParts,
      access,
      revisions,
      announceCancel,
      views: createPipelineViews(store, revisions, jobViews, resourceViews),
    }),
    ...revisionRoutes({ ...setParts, access }),
    ...jobRoutes({ ...common, access, views, holds, atRest }),
    ...testRoutes({ store, access }),
    ...ofBuilds,
    ...approvalRoutes({ ...common, access, views }),
    ...resourceRoutes({ ...common, access, revisions, checkIntervalMs, serverChecks }),
    ...resourceWebhooks.handlers,
    ...logRoutes({ store, access }),
    ...artifactRoutes({ store, access, blobs }),
    ...repositories.handlers,
    ...exportRoutes({ ...common, ...settings, blobs, directory: parts.directory }),
  };
  let streamsEnd = new AbortController();
  const stopLoops = async (): Promise<void> => {
    await Promise.all(loops.map((loop) => loop.stop()));
  };
  const files = createWorkerFiles({ ...common, blobs, uploads });
  const app = createApp({
    handlers,
    authentication,
    webhooks: repositories.webhooks,
    resourceWebhooks,
    hermes: { store, authentication, corsOrigins: settings.corsOrigins, ...repositories },
    audit,
    signInPages: signIn.pages,
    idempotency: createIdempotencyKeys({ store, clock, atRest, instance: settings.instance }),
    identity,
    logger,
    version: settings.version,
    maxBodyBytes: settings.maxBodyBytes,
    maxStreams: settings.maxStreams,
    rightsEveryMs: settings.rightsEveryMs,
    streamsEnd: () => streamsEnd.signal,
  });

  return {
    fetchForWorker: files,
    fetch: async (request, origin = {}) => app.fetch(request, origin),
    start() {
      const connected = createConnectedWorkers({
        ...{ ...common, queue, onBack: () => wakeups.work(), onChange: () => wakeups.feed() },
      });
      queue.serve(
        createWorkerRequests({
          ...common,
          settings,
          connected,
          questions,
          secrets,
          identity,
          cloneTokens: createCloneTokens({ findHeld, tokenFor: forgeAccess.tokenFor }),
          files,
          grants: {
            ...{ atRest, leaseMs: settings.leaseMs, errorRetries, externalUrl: settings.externalUrl },
            replyKey: replyKey.publicKey,
          },
          setFromBuild: createSetFromBuild({ ...setParts, logger, leaseMs: settings.leaseMs, replyKey }),
        }),
      );
      queue.ingest(ingest.ingest);
      for (const loop of loops) loop.start();
    },
    stopGranting: () => questions.stop(),
    pause: stopLoops,
    resume() {
      for (const loop of loops) loop.start();
    },
    endStreams() {
      streamsEnd.abort();
      streamsEnd = new AbortController();
    },
    stop: stopLoops,
    firstAdmin: (password) => makeFirstAdmin({ store, clock, passwords }, password),
    keepUsers: (users) => keepGivenUsers(store, clock, users),
    forges: signIn.grants,
    keepProviders: (given) => keepGivenProviders(signIn.providers, given),
    async oneTimeLink() {
      const admin = await findAdmin(store);
      return settings.externalUrl() + (await links.make(admin.id));
    },
    localToken: () => tokens.local,
    repositoryBuilds,
    async setPipeline(team, name, request) {
      const target = { team: await store.ensureTeam(team), name, by: LOCAL.name };
      return (await setPipeline(setParts, { ...request, ...target })).value;
    },
  };
}
