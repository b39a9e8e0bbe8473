/**
 * A line over a table, for a database that tells nobody anything by itself: servers write into it, and look what is new many times a second. What it costs is
 * one short query each time.
 */
import { type Clock, systemClock } from '../../../lib/clock.ts';
import type { ServersLine } from '../../servers.ts';
import type { Db } from '../schema.ts';

const EVERY_MS = 100;
const AT_ONCE = 200;
/** A number may appear after a later one, when its writer was slower: so far back is looked again. */
const BEHIND = 50;
/** Nobody looks for what is older. */
const KEPT_MS = 60_000;
const TRIM_EVERY_MS = 30_000;
const AFTER_FAILURE_MS = 2_000;

export function openBoardLine(db: Db, clock: Clock = systemClock): ServersLine {
  let last: number | undefined;
  let seen = new Set<number>();
  let trimAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let closed = false;

  async function look(take: (text: string) => void): Promise<void> {
    last ??= await lastOf(db);
    const rows = await db
      .selectFrom('board')
      .select(['cursor', 'body'])
      .where('cursor', '>', last - BEHIND)
      .orderBy('cursor')
      .limit(AT_ONCE)
      .execute();
    const fresh = rows.filter(({ cursor }) => !seen.has(cursor));
    // What was there before us was said to others.
    const first = seen.size === 0 && fresh.every(({ cursor }) => cursor <= (last ?? 0));
    seen = new Set(rows.map(({ cursor }) => cursor));
    last = Math.max(last, rows.at(-1)?.cursor ?? 0);
    if (!first) for (const { body } of fresh) if (!closed) take(body);
    const now = clock.now();
    if (now < trimAt) return;
    trimAt = now + TRIM_EVERY_MS;
    await db
      .deleteFrom('board')
      .where('at', '<', now - KEPT_MS)
      .execute();
  }

  return {
    say(text) {
      db.insertInto('board')
        .values({ at: clock.now(), body: text })
        .execute()
        // Whoever was to be told looks by himself after a while.
        .catch(() => undefined);
    },
    listen(take) {
      const again = (ms: number): void => {
        if (closed) return;
        timer = setTimeout(() => {
          looking = look(take).then(
            () => again(EVERY_MS),
            () => again(AFTER_FAILURE_MS),
          );
        }, ms);
      };
      again(0);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

async function lastOf(db: Db): Promise<number> {
  const row = await db.selectFrom('board').select('cursor').orderBy('cursor', 'desc').limit(1).executeTakeFirst();
  return row?.cursor ?? 0;
}
