import type { SettingStore } from '../store.ts';
import { type SqlContext, write } from './context.ts';
import type { Db } from './schema.ts';

export function createSettingStore(context: SqlContext): SettingStore {
  const { db, dialect } = context;
  return {
    getSetting: (name) => read(db, name),
    ensureSetting: (name, value) =>
      write(context, async (trx) => {
        await dialect.ignoreTaken(trx.insertInto('settings').values({ name, value })).execute();
        return (await read(trx, name)) ?? value;
      }),
    changeSetting: (name, from, to) =>
      write(context, async (trx) => {
        const changed = await trx
          .updateTable('settings')
          .set({ value: to })
          .where('name', '=', name)
          .where('value', '=', from)
          .executeTakeFirst();
        return changed.numUpdatedRows === 1n;
      }),
  };
}

async function read(db: Db, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}
