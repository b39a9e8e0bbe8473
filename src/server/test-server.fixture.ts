/** A whole server for tests: SQLite in memory, the queue in memory, real timers unless told otherwise, and a worker that plays what it is told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobStore } from '../blobs/blobs.ts';
import { createFsBlobs } from '../blobs/fs/fs-blobs.ts';
import { createUploads } from '../blobs/uploads.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { type Logger, silentLogger } from '../lib/logger.ts';
import type { LoadResult } from '../pipeline/load-request.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { decodeAnswer, encodeEmitted, encodeRequest } from '../protocol/codec.ts';
import type { AttemptEvent } from '../protocol/events.ts';
import type {
  BuildGrant,
  CheckGrant,
  CheckResult,
  HelloRequest,
  ServerAnswer,
  WorkerRequest,
} from '../protocol/messages.ts';
import { createMemoryQueue } from '../queue/memory/memory-queue.ts';
import type { Sender, WorkerQueue } from '../queue/queue.ts';
import { createSqliteStore } from '../store/sql/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { systemTimers, type Timers } from './loops/loop.ts';
import type { PipelineLoader } from './pipelines/evaluate-pipeline.ts';
import { createServer, type Server, type ServerParts } from './server.ts';
import type { AmongServers } from './servers/neighbours.ts';
import { DEFAULT_SETTINGS, type ServerSettings } from './settings.ts';
import { createStorageHealth, type StorageHealth } from './storage-health.ts';

/** Distributes `Omit` over a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export class FakeWorker {
  readonly queue: WorkerQueue;
  readonly id: string;
  /** How many events of each attempt were emitted. */
  readonly sent: Map<string, number>;

  constructor(queue: WorkerQueue, id: string, sent = new Map<string, number>()) {
    this.queue = queue;
    this.id = id;
    this.sent = sent;
  }

  async ask(request: WorkerRequest): Promise<ServerAnswer> {
    return decodeAnswer(await this.queue.request(encodeRequest(request), { timeoutMs: 5_000 }));
  }

  async hello(tags: string[] = [], owed: string[] = [], more: Partial<HelloRequest> = {}): Promise<void> {
    const answer = await this.sayHello({ tags, owed, ...more });
    if (answer.kind !== 'welcome') throw new Error(`not welcome: ${JSON.stringify(answer)}`);
  }

  sayHello(more: Partial<HelloRequest> = {}): Promise<ServerAnswer> {
    return this.ask({
      kind: 'hello',
      protocol: 1,
      worker: this.id,
      name: 'fake',
      version: '0',
      tags: [],
      slots: 1,
      sealKey: '',
      owed: [],
      ...more,
    });
  }

  async next(kinds: ('build' | 'check')[], tags: string[] = [], question: string = newId()) {
    const answer = await this.ask({ kind: 'next', question, worker: this.id, sealKey: '', tags, kinds });
    return answer.kind === 'next' ? answer.grant : undefined;
  }

  async nextBuild(tags: string[] = []): Promise<BuildGrant> {
    const grant = await this.next(['build'], tags);
    if (grant?.kind !== 'build') throw new Error('expected a build');
    return grant;
  }

  async nextCheck(): Promise<CheckGrant> {
    const grant = await this.next(['check']);
    if (grant?.kind !== 'check') throw new Error('expected a check');
    return grant;
  }

  emit(grant: BuildGrant, ...events: Without<AttemptEvent, 'at'>[]): Promise<void> {
    return this.emitAt(grant, Date.now(), ...events);
  }

  /** With the time of the worker's own clock. */
  async emitAt(grant: BuildGrant, at: number, ...events: Without<AttemptEvent, 'at'>[]): Promise<void> {
    const first = (this.sent.get(grant.attempt) ?? 0) + 1;
    this.sent.set(grant.attempt, first + events.length - 1);
    await this.queue.emit(
      encodeEmitted({
        kind: 'events',
        batch: {
          attempt: grant.attempt,
          fencing: grant.fencing,
          first,
          events: events.map((event) => ({ ...event, at }) as AttemptEvent),
        },
      }),
    );
  }

  async report(grant: CheckGrant, result: Partial<CheckResult>): Promise<void> {
    await this.queue.emit(
      encodeEmitted({
        kind: 'check_result',
        check: grant.check,
        fencing: grant.fencing,
        at: Date.now(),
        log: '',
        ...result,
      }),
    );
  }
}

export const started = { kind: 'attempt_started', worker: 'fake', workdir: '/w' } as const;
export const stepStarted = (step: string) => ({ kind: 'step_started', step, try: 1 }) as const;
export const stepEnded = (step: string, outcome: 'succeeded' | 'failed' = 'succeeded') =>
  ({ kind: 'step_ended', step, try: 1, outcome, exitCode: outcome === 'failed' ? 1 : 0 }) as const;
export const ended = (outcome: 'succeeded' | 'failed' | 'errored' = 'succeeded') =>
  ({ kind: 'attempt_ended', outcome }) as const;
export const log = (step: string, text: string | Uint8Array) =>
  ({ kind: 'log', step, bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text }) as const;

export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  readonly store: Store;
  readonly blobs: BlobStore;
  /** Of blobs and uploads. */
  readonly directory: string;
  readonly storage: StorageHealth;
  readonly token: string;
  /** `again`: the same worker as before, which outlived its server. */
  worker(again?: FakeWorker): Promise<FakeWorker>;
  /** One more process, which has said nothing yet. */
  connect(from: Sender): FakeWorker;
  fetch(request: Request): Promise<Response>;
  /** Asks, and again whenever the server's feed says that something changed, until the answer is one. `what` is for the person who waits in vain. */
  until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T>;
}

const UNTIL_MS = 20_000;

/** The feed says something when it is opened, so the first question is asked at once, and none of what changes after it is missed. */
async function untilFeed<T>(feed: Response, what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const reader = feed.body?.getReader();
  if (feed.status !== 200 || reader === undefined) throw new Error(`the feed was answered with ${feed.status}`);
  const over = setTimeout(() => reader.cancel(), UNTIL_MS);
  try {
    while (!(await reader.read()).done) {
      const answer = await ask();
      if (answer !== undefined) return answer;
    }
    throw new Error(`waited ${UNTIL_MS / 1_000} s in vain: ${what}`);
  } finally {
    clearTimeout(over);
    await reader.cancel();
  }
}

export interface TestServerOptions {
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** On the database of that one, which closes it. */
  readonly beside?: Pick<TestServer, 'store'>;
  readonly among?: AmongServers;
  readonly logger?: Logger;
  readonly forges?: ServerParts['forges'];
  /** Reads pipelines as they are written, instead of taking them from the map. */
  readonly loader?: PipelineLoader;
}

/** `load` stands for reading HCL: the text of the bundle's main file names a pipeline of the map. */
export async function startTestServer(
  pipelines: Readonly<Record<string, Pipeline>>,
  settings: Partial<ServerSettings> = {},
  path = ':memory:',
  {
    clock = systemClock,
    timers = systemTimers,
    logger = silentLogger,
    beside,
    among,
    forges,
    loader,
  }: TestServerOptions = {},
): Promise<TestServer> {
  const storage = createStorageHealth(clock, silentLogger);
  const store = beside?.store ?? createSqliteStore({ path, clock, watch: storage });
  await store.migrate();
  await store.ensureTeam('main');
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-server-'));
  const blobs = createFsBlobs(join(directory, 'blobs'));
  const uploads = createUploads({ directory: join(directory, 'uploads'), blobs, maxBytes: 16 * 1024 * 1024 });
  const links = createMemoryQueue();
  const queue = links.server();
  const server = createServer({
    store,
    queue,
    blobs,
    uploads,
    directory,
    clock,
    timers,
    logger,
    storage,
    among,
    forges,
    settings: {
      ...DEFAULT_SETTINGS,
      version: '0.0.0',
      instance: newId(),
      externalUrl: () => 'http://ci.test',
      database: 'mem',
      queue: 'memory',
      jwtSecret: new Uint8Array(32).fill(1),
      secretKey: new Uint8Array(32).fill(2),
      holdQuestionMs: 2_000,
      ...settings,
    },
    loader: loader ?? {
      async load(bundle, variables): Promise<LoadResult> {
        const text = bundle.files[bundle.main] ?? '';
        const pipeline = pipelines[text];
        const diagnostics: LoadResult['diagnostics'] =
          pipeline === undefined
            ? [{ severity: 'error', code: 'test.unknown', summary: 'Unknown', detail: `no pipeline "${text}"` }]
            : [];
        return {
          ...(pipeline !== undefined && { pipeline }),
          secretsOfVariables: variables,
          diagnostics,
          sources: new Map(),
          usedSources: [],
          everySourceFound: true,
        };
      },
      render: (diagnostics) => diagnostics.map((diagnostic) => diagnostic.detail).join('\n'),
    },
  });
  await server.firstAdmin(undefined);
  server.start();
  const workers: FakeWorker[] = [];
  const connect = (from: Sender, sent?: FakeWorker['sent']): FakeWorker => {
    const worker = new FakeWorker(links.worker(from), from.worker, sent);
    workers.push(worker);
    return worker;
  };
  const token = server.localToken();
  const fetch = (request: Request) => server.fetch(request, { remoteAddress: '127.0.0.1' });
  return {
    server,
    store,
    blobs,
    directory,
    storage,
    token,
    fetch,
    async until(what, ask) {
      const headers = { authorization: `Bearer ${token}` };
      return untilFeed(await fetch(new Request('http://ci.test/api/v1/feed', { headers })), what, ask);
    },
    connect,
    async worker(again) {
      const worker = connect({ worker: again?.id ?? newId() }, again?.sent);
      await worker.hello();
      return worker;
    },
    async [Symbol.asyncDispose]() {
      for (const worker of workers) await worker.queue.close();
      await server.stop();
      await queue.close({ graceMs: 0 });
      if (beside === undefined) await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}
