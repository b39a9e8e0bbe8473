import { type RawBuilder, sql } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';

/** Who pinned or disabled a version, when, and in whose words a pause, a pin or a disabled version was explained. */
export async function whoAndWhy(db: Db, { columns }: SqlDialect): Promise<void> {
  const added: Readonly<Record<string, readonly string[]>> = {
    pipelines: [`paused_note ${columns.text}`],
    jobs: [`paused_note ${columns.text}`],
    resources: [`pinned_by ${columns.name}`, `pinned_at ${columns.bigint}`, `pinned_note ${columns.text}`],
    versions: [`disabled_by ${columns.name}`, `disabled_at ${columns.bigint}`, `disabled_note ${columns.text}`],
  };
  for (const [table, all] of Object.entries(added)) {
    for (const column of all) {
      await (sql.raw(`alter table ${table} add column ${column}`) as RawBuilder<unknown>).execute(db);
    }
  }
}
