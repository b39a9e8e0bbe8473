import type { Instant } from '../../lib/clock.ts';
import type { ShortLivedKey, ShortLivedStore } from '../servers.ts';
import { type SqlContext, write } from './context.ts';
import type { Db } from './schema.ts';

export function createShortLivedStore(context: SqlContext): ShortLivedStore {
  const { db, dialect, clock } = context;
  return {
    addShortLived: ({ kind, id }, value, expiresAt) =>
      write(context, async (trx) => {
        await trx
          .deleteFrom('short_lived')
          .where('kind', '=', kind)
          .where('id', '=', id)
          .where('expires_at', '<=', clock.now())
          .execute();
        const made = await dialect
          .ignoreTaken(trx.insertInto('short_lived').values({ kind, id, value, expires_at: expiresAt }))
          .executeTakeFirst();
        return made.numInsertedOrUpdatedRows === 1n;
      }),
    readShortLived: (key) => read(db, key, clock.now()),
    changeShortLived: ({ kind, id }, from, to) =>
      write(context, async (trx) => {
        const changed = await trx
          .updateTable('short_lived')
          .set({ value: to })
          .where('kind', '=', kind)
          .where('id', '=', id)
          .where('value', '=', from)
          .executeTakeFirst();
        return changed.numUpdatedRows === 1n;
      }),
    takeShortLived: (key) =>
      write(context, async (trx) => {
        const value = await read(trx, key, clock.now());
        if (value === undefined) return undefined;
        const gone = await trx
          .deleteFrom('short_lived')
          .where('kind', '=', key.kind)
          .where('id', '=', key.id)
          .executeTakeFirst();
        return gone.numDeletedRows === 1n ? value : undefined;
      }),
    trimShortLived: async () => {
      await db.deleteFrom('short_lived').where('expires_at', '<=', clock.now()).execute();
    },
  };
}

async function read(db: Db, { kind, id }: ShortLivedKey, now: Instant): Promise<string | undefined> {
  const row = await db
    .selectFrom('short_lived')
    .select('value')
    .where('kind', '=', kind)
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row?.value;
}
