import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Which attempts have brought which blobs: nobody gets at a blob by telling its digest. */
export async function broughtBlobs(db: Db, dialect: SqlDialect): Promise<void> {
  const { id, name } = dialect.columns;
  await createTables(db, dialect, {
    brought_blobs: {
      columns: { attempt_id: required(id), digest: required(name) },
      keys: ['primary key (attempt_id, digest)', referenceTo('attempt_id', 'attempts')],
      clustered: true,
    },
  });
}
