import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Which servers share the database, what one of them alone does, how often was decided for a pipeline, and what all of them must know for a while. */
export async function servers(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, counter, id, name, text } = dialect.columns;
  await createTables(db, dialect, {
    servers: {
      columns: {
        id: required(id),
        place: required(name),
        name: required(name),
        version: required(name),
        address: required(name),
        queue: required(name),
        exclusive: text,
        keys_digest: required(name),
        started_at: required(bigint),
        last_seen_at: required(bigint),
        lease_until: required(bigint),
      },
      keys: ['primary key (id)'],
    },
    leases: {
      columns: { id: required(name), holder: required(name), lease_until: required(bigint) },
      keys: ['primary key (id)'],
    },
    decisions: {
      columns: { pipeline_id: required(id), number: required(bigint) },
      keys: ['primary key (pipeline_id)', referenceTo('pipeline_id', 'pipelines')],
    },
    short_lived: {
      columns: { kind: required(name), id: required(name), value: required(text), expires_at: required(bigint) },
      keys: ['primary key (kind, id)'],
      indexes: { ends: 'expires_at' },
    },
    board: {
      columns: { cursor: counter, at: required(bigint), body: required(text) },
      indexes: { ages: 'at' },
    },
  });
}
