/** Several servers may use one database of a database server: what follows from that for the other settings. */
import type { ChosenDatabase } from './choose-database.ts';

interface Given {
  readonly pubsubSystem: string | undefined;
  readonly blobsSystem: string | undefined;
}

export const isShared = ({ system }: ChosenDatabase): boolean => system !== 'mem' && system !== 'sqlite';

/** Where nothing is said, what works with one server and with several. */
export function settled<Settings extends Given>(
  settings: Settings,
  database: ChosenDatabase,
): Settings & { readonly pubsubSystem: string; readonly blobsSystem: string } {
  const [queue, blobs] = isShared(database) ? ['http', 'database'] : ['mem', 'fs'];
  return {
    ...settings,
    pubsubSystem: settings.pubsubSystem ?? queue ?? 'mem',
    blobsSystem: settings.blobsSystem ?? blobs ?? 'fs',
  };
}

/** Why no other server may use the database beside this one; `undefined`: any number may. */
export function whyAlone({ pubsubSystem, blobsSystem }: Given, database: ChosenDatabase): string | undefined {
  if (!isShared(database)) return undefined;
  if (pubsubSystem === 'mem') return 'with --pubsub-system mem it alone has a worker';
  if (blobsSystem === 'fs') return 'with --blobs-system fs its artifacts and caches lie on its own disk';
  return undefined;
}
