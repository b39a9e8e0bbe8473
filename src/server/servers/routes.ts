import type { ServerStore } from '../../store/servers.ts';
import type { Handlers } from '../http/call.ts';

export function serversRoutes(store: ServerStore, instance: string): Handlers<'listServers'> {
  return {
    async listServers() {
      const found = await store.listServers();
      return found.map(({ id, name, address, version, queue, exclusive, startedAt, lastSeenAt, running }) => ({
        ...{ id, name, address, version, queue, startedAt, lastSeenAt },
        status: running ? ('running' as const) : ('lost' as const),
        ...(exclusive !== undefined && { alone: exclusive }),
        self: id === instance,
      }));
    },
  };
}
