import { type RawBuilder, sql } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';

/** Resources whose versions are made by `put` alone. */
export async function neverChecked(db: Db, { columns }: SqlDialect): Promise<void> {
  const column = `never_checked ${columns.integer} not null default 0`;
  await (sql.raw(`alter table resources add column ${column}`) as RawBuilder<unknown>).execute(db);
}
