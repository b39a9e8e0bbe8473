/**
 * How a server leaves. Told to stop: builds of its worker are cancelled. Told to drain: they finish, requests are served meanwhile, and others are told to ask
 * elsewhere. Replaced: requests go to the server that took over, builds finish.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '../lib/assert-never.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Logger } from '../lib/logger.ts';
import { connectionsAt } from '../lib/system/listening-port.ts';
import type { ServerQueue } from '../queue/queue.ts';
import type { Server } from '../server/server.ts';
import type { ChildWorker } from './child-worker.ts';
import type { Front } from './front.ts';
import type { GivenOver, GivingOver } from './give-over.ts';
import type { Listener } from './listen.ts';
import type { Readiness } from './readiness.ts';
import type { AskedToEnd } from './until-signal.ts';

export interface LeavingParts {
  readonly asked: AskedToEnd;
  readonly givingOver: GivingOver;
  readonly server: Server;
  readonly queue: ServerQueue;
  readonly front: Front;
  readonly readiness: Readiness;
  readonly listener: Listener;
  readonly worker: ChildWorker | undefined;
  /** Names the builds that run on that worker. */
  readonly running: () => Promise<readonly string[]>;
  readonly drainDelayMs: number;
  /** 0: as long as it takes. */
  readonly drainTimeoutMs: number;
  readonly logger: Logger;
}

const STOP_WORKER_MS = 30_000;
const CLOSE_QUEUE_MS = 2_000;
/** Between the word to the worker that it is to ask for no more builds and that it has read it. */
const HEARD_MS = 1_000;
const TELL_MS = 30_000;
/** For connections that were being made when others began to go to the new server, and for their first request. */
const LEAST_LINGER_MS = 1_000;
/** For connections without a request on them: then they are closed. */
const MOST_LINGER_MS = 10_000;
const LAST_REQUESTS_MS = 5_000;
const LOOK_MS = 100;

type Why = { readonly kind: 'stop' | 'drain' } | ({ readonly kind: 'over' } & GivenOver);

/** Waits until the server is to leave, and does what is to be done before it is taken down. */
export async function untilLeaving(parts: LeavingParts): Promise<'replaced' | 'ended'> {
  const { asked, givingOver } = parts;
  const over = givingOver.over.then((given): Why => ({ kind: 'over', ...given }));
  const why = await Promise.race([asked.first.then((kind): Why => ({ kind })), over]);
  switch (why.kind) {
    case 'stop':
      return stop(parts);
    case 'drain':
      return drain(parts, over);
    case 'over':
      return lingerOn(parts, why, workerGone(parts));
    default:
      return assertNever(why);
  }
}

async function stop({ givingOver, server, worker, logger }: LeavingParts): Promise<'ended'> {
  logger.info('ending');
  givingOver.end();
  // First: what ends now frees slots, and the next build would go to a worker that leaves.
  await server.stopGranting();
  await worker?.stop(STOP_WORKER_MS);
  return 'ended';
}

async function drain(parts: LeavingParts, over: Promise<Why>): Promise<'replaced' | 'ended'> {
  const { asked, givingOver, server, front, readiness, listener, drainDelayMs, logger } = parts;
  logger.info('finishing what runs, taking nothing new');
  readiness.refuse('draining');
  front.closeConnections();
  const worker = workerGone(parts);
  const served = delay(drainDelayMs, undefined, { signal: asked.stop }).catch(() => undefined);
  const finished = Promise.all([worker, served]).then(() => undefined);
  // Workers elsewhere go on; ours was told to ask for nothing more.
  await server.stopGranting();
  await delay(HEARD_MS);
  if (front.isOpen) server.resume();
  const replaced = await Promise.race([finished, over]);
  if (replaced?.kind === 'over') return lingerOn(parts, replaced, worker);
  givingOver.end();
  await server.stopGranting();
  server.endStreams();
  await listener.stop(false);
  await untilQuiet(front, LAST_REQUESTS_MS);
  return 'ended';
}

/** Another serves. What still comes here is handed on to it, and our worker finishes. */
async function lingerOn(parts: LeavingParts, { socket, pid }: GivenOver, worker: Promise<void>): Promise<'replaced'> {
  const { server, queue, front, listener, logger } = parts;
  logger.info(`process ${pid} has taken over`);
  front.handOn(socket);
  server.endStreams();
  await queue.close({ graceMs: CLOSE_QUEUE_MS });
  const begun = performance.now();
  const waited = (): number => performance.now() - begun;
  while (waited() < LEAST_LINGER_MS || (connectionsAt(listener.port) > 0 && waited() < MOST_LINGER_MS)) {
    await delay(LOOK_MS);
  }
  // Those under way go on to their end; nothing new comes in by here.
  await listener.stop(false);
  await worker;
  await untilQuiet(front, LAST_REQUESTS_MS);
  logger.info('all is with the other; leaving');
  return 'replaced';
}

async function untilQuiet(front: Front, patienceMs: number): Promise<void> {
  for (let waited = 0; front.busy > 0 && waited < patienceMs; waited += LOOK_MS) await delay(LOOK_MS);
}

/** The worker finishes what it runs, unless somebody is in a hurry. */
async function workerGone(parts: LeavingParts): Promise<void> {
  const { worker, asked, drainTimeoutMs, running, logger } = parts;
  if (worker === undefined) return;
  const begun = performance.now();
  const over = new AbortController();
  const tell = setInterval(async () => {
    const names = await running().catch(() => []);
    const what = names.length === 0 ? 'its worker to leave' : names.join(', ');
    logger.info(`draining for ${formatDuration(performance.now() - begun)}: waiting for ${what}`);
  }, TELL_MS);
  const hurry = Promise.withResolvers<string>();
  asked.stop.addEventListener('abort', () => hurry.resolve('told to stop'), { signal: over.signal });
  if (asked.stop.aborted) hurry.resolve('told to stop');
  if (drainTimeoutMs > 0) {
    const late = (): void => hurry.resolve(`after ${formatDuration(drainTimeoutMs)} (--drain-timeout)`);
    const timer = setTimeout(late, drainTimeoutMs);
    over.signal.addEventListener('abort', () => clearTimeout(timer));
  }
  const why = await Promise.race([worker.drain().then(() => undefined), hurry.promise]);
  if (why !== undefined) {
    logger.warn(`${why}: cancelling what still runs`);
    await worker.stop(STOP_WORKER_MS);
  }
  clearInterval(tell);
  over.abort();
}
