import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { ServerStore, ShortLivedKey, ShortLivedStore } from '../../store/servers.ts';
import type { AtRest } from '../secrets/at-rest.ts';

const KEPT_MS = 10 * 60_000;
export const MAX_KEY_LENGTH = 200;
const LOOK_MS = 50;

/**
 * A request that changes something may carry `Idempotency-Key`: the same key from the same person for the same route within ten minutes is
 * answered with what the first was answered, and done once, whichever server of the database it reaches. Refusals are not kept, so that a mended request can use
 * its key again.
 */
export interface IdempotencyKeys {
  once(scope: string, key: string | undefined, run: () => Promise<unknown>): Promise<unknown>;
}

/** Under what the answers are encrypted: some are shown once, and to nobody else. */
const CONTEXT = 'answer to a request with a key';

const kept = z.union([z.object({ by: z.string() }), z.object({ sealed: z.string() })]);

export function createIdempotencyKeys({
  store,
  clock,
  atRest,
  instance,
}: {
  readonly store: ShortLivedStore & Pick<ServerStore, 'listServers'>;
  readonly clock: Clock;
  readonly atRest: AtRest;
  readonly instance: string;
}): IdempotencyKeys {
  const mine = JSON.stringify({ by: instance });
  const running = new Set<string>();

  async function runAs(key: ShortLivedKey, run: () => Promise<unknown>): Promise<unknown> {
    running.add(key.id);
    try {
      const answer = await run();
      await store.changeShortLived(
        key,
        mine,
        JSON.stringify({ sealed: atRest.encrypt(JSON.stringify({ answer }), CONTEXT) }),
      );
      return answer;
    } catch (error) {
      await store.takeShortLived(key);
      throw error;
    } finally {
      running.delete(key.id);
    }
  }

  return {
    async once(scope, key, run) {
      if (key === undefined) return run();
      const id = createHash('sha256')
        .update(JSON.stringify([scope, key]))
        .digest('hex');
      const name: ShortLivedKey = { kind: 'idempotency_key', id };
      for (;;) {
        if (await store.addShortLived(name, mine, clock.now() + KEPT_MS)) return await runAs(name, run);
        const text = await store.readShortLived(name);
        // It was refused meanwhile: it may be tried now.
        if (text === undefined) continue;
        const found = kept.parse(JSON.parse(text));
        if (!('by' in found)) return opened(atRest.decrypt(found.sealed, CONTEXT));
        if (found.by === instance ? !running.has(id) : !(await isThere(found.by))) {
          throw new CodedError(
            'api.unfinished',
            'a server began this request and did not end it: nobody knows whether it was done',
            {
              hint: 'look whether it was; if not, ask again with another Idempotency-Key',
            },
          );
        }
        await delay(LOOK_MS);
      }
    },
  };

  async function isThere(id: string): Promise<boolean> {
    return (await store.listServers()).some((server) => server.id === id && server.running);
  }
}

function opened(text: unknown): unknown {
  return typeof text === 'string'
    ? z.object({ answer: z.unknown().optional() }).parse(JSON.parse(text)).answer
    : undefined;
}
