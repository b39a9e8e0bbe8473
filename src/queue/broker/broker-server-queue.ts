import { systemClock } from '../../lib/clock.ts';
import { ServerEnd, type ServerEndOptions } from '../link/server-end.ts';
import type { ServerQueue } from '../queue.ts';
import { Acceptor, type AcceptorOptions } from './acceptor.ts';

export type BrokerServerQueueOptions = ServerEndOptions &
  Omit<AcceptorOptions, 'end' | 'clock'> &
  Partial<Pick<AcceptorOptions, 'clock'>>;

export interface BrokerServerQueue extends ServerQueue {
  /** Resolves when workers are heard for the first time. */
  readonly ready: Promise<void>;
  /** Ends as a killed process does. */
  abandon(): void;
}

/** A server's end of the queue over a broker alone. */
export function createBrokerServerQueue(options: BrokerServerQueueOptions): BrokerServerQueue {
  const end: ServerEnd = new ServerEnd({
    ...options,
    onBroadcast: (body) => acceptor.broadcast(body),
    onClose: () => acceptor.stopAccepting(),
  });
  const acceptor: Acceptor = new Acceptor({ ...options, clock: options.clock ?? systemClock, end });
  return {
    serve: (handler) => end.serve(handler),
    ingest: (handler) => end.ingest(handler),
    broadcast: (body) => end.broadcast(body),
    watch: (watcher) => end.watch(watcher),
    refuse: (which, reason) => end.refuse(which, reason),
    ready: acceptor.ready,
    abandon: () => acceptor.abandon(),
    async close(close) {
      await end.close(close);
      await acceptor.close();
    },
  };
}
