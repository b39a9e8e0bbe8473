/** Databases and brokers, each started when the first pair wants it, and ended together. */
import type { DatabaseServer } from '../e2e/database-servers.ts';
import type { RunningBroker } from '../servers/brokers.ts';
import type { Pair } from './pairs.ts';
import type { PairServers } from './run-pair.ts';

export interface SharedServers extends AsyncDisposable {
  of(pair: Pair): Promise<PairServers>;
}

export function shareServers(): SharedServers {
  const stack = new AsyncDisposableStack();
  const [databases, brokers] = [new Map<string, DatabaseServer>(), new Map<string, RunningBroker>()];
  async function started<T extends AsyncDisposable>(
    known: Map<string, T>,
    { system, start }: { readonly system: string; readonly start?: () => Promise<T> },
  ): Promise<T | undefined> {
    if (start === undefined) return undefined;
    const server = known.get(system) ?? stack.use(await start());
    known.set(system, server);
    return server;
  }
  return {
    of: async ({ database, queue }) => ({
      database: await started(databases, database),
      broker: await started(brokers, queue),
    }),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
