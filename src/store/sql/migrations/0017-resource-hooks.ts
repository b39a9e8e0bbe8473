import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Addresses at which a resource is checked. */
export async function resourceHooks(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, id, integer, name } = dialect.columns;
  await createTables(db, dialect, {
    resource_hooks: {
      columns: {
        resource_id: `${required(id)} primary key`,
        hash: required(name),
        created_by: required(name),
        created_at: required(bigint),
        last_used_at: bigint,
        uses: required(integer),
      },
      keys: ['unique (hash)', referenceTo('resource_id', 'resources')],
    },
  });
}
