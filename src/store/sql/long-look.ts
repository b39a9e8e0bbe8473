import type { Look } from './dialect.ts';
import type { Db } from './schema.ts';

/** A transaction that only reads, and sees all as it was at its first query. `own`: the database was opened for it, and is closed with it. */
export async function openTransactionLook(db: Db, own = false): Promise<Look> {
  const look = await db.startTransaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute();
  return {
    db: look,
    async close() {
      await look.rollback().execute();
      if (own) await db.destroy();
    },
  };
}
