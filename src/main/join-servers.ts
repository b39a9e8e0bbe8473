/** Writes this server down among those of its database, before it does anything there. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { newId } from '../lib/ids.ts';
import { createPrivateFile, readPrivateFile } from '../lib/system/private-file.ts';
import { deriveKey } from '../server/secrets/derive-key.ts';
import { serverLease } from '../server/servers/presence.ts';
import { refusedServer } from '../server/servers/refused-server.ts';
import type { KeptServer, ServerStore } from '../store/servers.ts';

export interface Joining {
  /** The server's part of the data directory, which nobody else has now. */
  readonly directory: string;
  readonly store: ServerStore;
  readonly instance: string;
  readonly version: string;
  readonly queue: string;
  /** Why it must be alone. */
  readonly exclusive: string | undefined;
  /** Nobody else can have the database. */
  readonly sole: boolean;
  readonly keys: readonly Uint8Array[];
}

/** Throws `server.not_alone`, `server.other_keys`. */
export async function joinServers(parts: Joining): Promise<(address: string) => KeptServer> {
  const { store, instance, keys, directory, ...more } = parts;
  const place = await placeOf(directory);
  const startedAt = Date.now();
  const server = (address: string): KeptServer => ({
    ...{ id: instance, place, name: hostname().slice(0, 200), version: more.version, queue: more.queue },
    ...{ address: address.slice(0, 250), exclusive: more.exclusive, sole: more.sole, startedAt },
    keysDigest: digestOf(keys),
  });
  const first = server('');
  const kept = await store.keepServer(first, serverLease(first).leaseMs);
  if (kept.kind === 'refused') throw refusedServer(first, kept);
  return server;
}

/** The same after a restart: who has the data directory now knows that the server before is gone. */
async function placeOf(directory: string): Promise<string> {
  const path = join(directory, 'server-id');
  await createPrivateFile(path, newId());
  return (await readPrivateFile(path))?.trim().slice(0, 200) || newId();
}

/** Says whether two servers have the same secrets, and nothing about them. */
function digestOf(keys: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const key of keys) hash.update(deriveKey(key, 'check of servers of one database 1'));
  return hash.digest('base64');
}
