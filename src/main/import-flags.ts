import { blobPlaceFlags } from './blob-flags.ts';
import { databaseFlags } from './database-flags.ts';
import type { Flags } from './flags.ts';
import { serverFlags } from './server-flags.ts';

const { dataDir, secretKey, secretKeyFile, errorRetries } = serverFlags;

/** What `pikoci import-data` can be told: where the server is to find everything, in the words that the server is told it. */
export const importFlags = {
  passphraseFile: {
    kind: 'text',
    placeholder: 'file',
    doc: 'a file that holds the passphrase of the export; its keys become those of the new server',
  },
  ...databaseFlags,
  ...blobPlaceFlags,
  dataDir,
  secretKey,
  secretKeyFile,
  errorRetries,
  json: { kind: 'switch', fallback: false, doc: 'say what came as JSON' },
  config: { kind: 'text', placeholder: 'file', doc: 'a file with any of these, in HCL or JSON' },
} as const satisfies Flags;
