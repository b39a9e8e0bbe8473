import { type RawBuilder, sql } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';

/** Why a revision was made, which earlier one it repeats, and the texts that were fetched for it. */
export async function revisionNotes(db: Db, { columns }: SqlDialect): Promise<void> {
  for (const column of [
    `message ${columns.text}`,
    `restored_from ${columns.integer}`,
    `sources_json ${columns.text}`,
  ]) {
    await (sql.raw(`alter table revisions add column ${column}`) as RawBuilder<unknown>).execute(db);
  }
}
