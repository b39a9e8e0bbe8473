import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { addColumns } from './create-tables.ts';

/** Resources whose versions are made by `put` alone. */
export const neverChecked = (db: Db, dialect: SqlDialect): Promise<void> =>
  addColumns(db, dialect, 'resources', { never_checked: `${dialect.columns.integer} not null default 0` });
