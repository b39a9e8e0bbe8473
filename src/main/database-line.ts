/**
 * The line of servers over their database. What is said over it is sealed under a key of the servers' secret: another account of the database that may listen
 * learns nothing, and what it says itself is not believed.
 */
import { randomBytes } from 'node:crypto';
import { BroadcastLetters } from '../queue/broker/broadcast-letters.ts';
import { deriveKey } from '../server/secrets/derive-key.ts';
import type { ServersLine } from '../server/servers/news.ts';
import type { Store } from '../store/store.ts';

export function openDatabaseLine(
  store: Pick<Store, 'openLine'>,
  jwtSecret: Uint8Array,
): { readonly line: ServersLine | undefined; close(): Promise<void> } {
  const under = store.openLine();
  if (under === undefined) return { line: undefined, close: async () => undefined };
  const secret = deriveKey(jwtSecret, 'line of servers over the database 1');
  const letters = new BroadcastLetters(secret, randomBytes(16));
  return {
    line: {
      say: (text) => under.say(Buffer.from(letters.write(Buffer.from(text))).toString('base64')),
      listen: (take) =>
        under.listen((said) => {
          const letter = letters.read(Buffer.from(said, 'base64'));
          if (letter !== undefined && letter !== 'own') take(Buffer.from(letter).toString());
        }),
    },
    close: () => under.close(),
  };
}
