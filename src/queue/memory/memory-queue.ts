/**
 * The queue in one process: servers and workers meet in a `MemoryQueue` object. It speaks the same protocol as the http queue, over links
 * that never leave the process, so that `pikoci run` and a test see the order, the copies and the failures that a network would show.
 */
import { newId } from '../../lib/ids.ts';
import { CLOSE, type Link, type LinkEvents } from '../link/link.ts';
import { ServerEnd } from '../link/server-end.ts';
import { WorkerEnd, type WorkerEndOptions } from '../link/worker-end.ts';
import type { Sender, ServerQueue, WorkerQueue } from '../queue.ts';
import type { ServerCoreOptions } from '../server-core.ts';
import { createMemoryLinks } from './memory-link.ts';

export interface MemoryQueue {
  /** One more server; several compete for the workers. */
  server(options?: ServerCoreOptions): ServerQueue;
  /** A worker with these credentials; `undefined` are credentials that no server accepts. */
  worker(from: Sender | undefined): WorkerQueue;
  /** Cuts every connection in the middle of whatever it does; the workers connect again. For tests. */
  cutConnections(): void;
}

const RECONNECT: WorkerEndOptions = { backOffMs: { first: 5, most: 50 } };

export function createMemoryQueue(): MemoryQueue {
  const servers: ServerEnd[] = [];
  const links = new Set<Link>();
  let turn = 0;

  const dial = (from: Sender | undefined, instance: string, events: LinkEvents): Link => {
    const [near, far] = createMemoryLinks();
    links.add(far);
    near.attach(events);
    const server = servers[turn++ % Math.max(1, servers.length)];
    if (!from || !server) {
      far.attach({ open: () => undefined, frame: () => undefined, closed: () => links.delete(far) });
      if (from) far.close(CLOSE.goingAway, 'no server is running');
      else far.close(CLOSE.refused, 'the worker token is not accepted');
      return near;
    }
    near.open();
    const connection = server.connect(far, { ...from }, instance);
    far.attach({
      open: () => undefined,
      frame: (frame) => connection?.receive(frame),
      closed: () => {
        links.delete(far);
        connection?.closed();
      },
    });
    return near;
  };

  return {
    server(options = {}) {
      const server = new ServerEnd({
        ...options,
        onClose: () => {
          servers.splice(servers.indexOf(server), 1);
        },
      });
      servers.push(server);
      return server;
    },
    worker(from) {
      const instance: string = newId();
      return new WorkerEnd((events) => dial(from, instance, events), RECONNECT);
    },
    cutConnections() {
      for (const link of [...links]) link.terminate();
    },
  };
}
