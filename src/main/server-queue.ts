/** The queue's end of a server: its own worker by a unix socket, others by its port or over a broker, all of them at one end. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { systemClock } from '../lib/clock.ts';
import { errorText } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { Acceptor } from '../queue/broker/acceptor.ts';
import type { Broker } from '../queue/broker/broker.ts';
import { createHttpServerQueue, type HttpServerQueue, type Shown } from '../queue/http/http-server-queue.ts';
import { isStorageFailure } from '../server/storage-health.ts';
import type { WorkerTokens } from '../server/workers/worker-tokens.ts';
import { tellConnection, tellForeign, tellTrouble } from './tell-connection.ts';

export interface OpenServerQueue {
  readonly queue: HttpServerQueue;
  /** Whose token this is, or why it is not accepted. */
  readonly senderOf: (token: string) => Promise<Shown>;
  /** When a worker beside the server was heard last, by `performance.now()`. */
  readonly localHeardAt: (worker: string) => number | undefined;
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;

export function openServerQueue(parts: {
  /** Absent: workers are at the socket and the port alone. */
  readonly broker: Broker | undefined;
  /** What workers that come over the broker are said to come by. */
  readonly system: string;
  readonly tokens: WorkerTokens;
  /** The workers beside the server. */
  readonly locals: readonly { readonly token: string; readonly worker: string }[];
  readonly logger: Logger;
}): OpenServerQueue {
  const { broker, system, tokens, locals, logger } = parts;
  const heardAt = new Map(locals.map(({ worker }): [string, number | undefined] => [worker, undefined]));
  // Compared by digests, so that the time it takes tells nothing about the token.
  const senderOf = async (token: string): Promise<Shown> => {
    const local = locals.find((one) => timingSafeEqual(digest(token), digest(one.token)));
    return local === undefined
      ? { via: 'http', ...(await tokens.senderOf(token)) }
      : { worker: local.worker, via: 'local' };
  };
  const onRefused = tellTrouble(logger, 'a worker was refused');
  const onFailure = tellTrouble(logger, "a worker's message");
  const queue = createHttpServerQueue({
    authenticate: senderOf,
    onRefused,
    // What could not be stored is tried again: nobody else would hear why builds stand still.
    onHandlerError: (error, { worker }) => {
      if (!isStorageFailure(error)) onFailure(`${errorText(error)} (worker ${worker})`);
    },
    onBroadcast: (body) => acceptor?.broadcast(body),
    onClose: () => acceptor?.stopAccepting(),
  });
  queue.watch({
    heard: ({ worker }) => {
      if (heardAt.has(worker)) heardAt.set(worker, performance.now());
    },
  });
  const tell = tellConnection(logger, 'the broker');
  const onForeign = tellForeign(logger);
  const acceptor: Acceptor | undefined =
    broker &&
    new Acceptor({
      ...{ broker, end: queue, clock: systemClock, identity: tokens.identity, onForeign, onRefused },
      judge: async (jwt, worker) => {
        const judged = await tokens.judge(jwt, worker);
        return 'from' in judged ? { ...judged, from: { ...judged.from, via: system } } : judged;
      },
      onState: (state) => tell('error' in state ? state : 'connected'),
    });
  return {
    queue,
    senderOf,
    localHeardAt: (worker) => heardAt.get(worker),
    async close() {
      await queue.close({ graceMs: CLOSE_MS });
      await acceptor?.close();
    },
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
