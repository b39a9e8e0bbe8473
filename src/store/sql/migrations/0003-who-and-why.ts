import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { addColumns } from './create-tables.ts';

/** Who pinned or disabled a version, when, and in whose words a pause, a pin or a disabled version was explained. */
export async function whoAndWhy(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, name, text } = dialect.columns;
  await addColumns(db, dialect, 'pipelines', { paused_note: text });
  await addColumns(db, dialect, 'jobs', { paused_note: text });
  await addColumns(db, dialect, 'resources', { pinned_by: name, pinned_at: bigint, pinned_note: text });
  await addColumns(db, dialect, 'versions', { disabled_by: name, disabled_at: bigint, disabled_note: text });
}
