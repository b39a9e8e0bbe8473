import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { addColumns } from './create-tables.ts';

/** Why a revision was made, which earlier one it repeats, and the texts that were fetched for it. */
export function revisionNotes(db: Db, dialect: SqlDialect): Promise<void> {
  const { integer, text } = dialect.columns;
  return addColumns(db, dialect, 'revisions', { message: text, restored_from: integer, sources_json: text });
}
