import { brokerFlags } from './brokers.ts';
import { databaseFlags } from './database-flags.ts';
import type { Flags } from './flags.ts';
import { serverFlags } from './server-flags.ts';

/** What `pikoci doctor` can be told: how the server that is meant would be started. */
export const doctorFlags = {
  ...databaseFlags,
  pubsubSystem: serverFlags.pubsubSystem,
  ...brokerFlags,
  host: serverFlags.host,
  port: serverFlags.port,
  dataDir: serverFlags.dataDir,
  externalUrl: serverFlags.externalUrl,
  url: {
    kind: 'text',
    env: ['PIKOCI_URL'],
    placeholder: 'url',
    doc: 'a server that runs, to look at it from here; by default one of yours on this machine',
  },
} as const satisfies Flags;
