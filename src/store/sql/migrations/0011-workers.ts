import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { addColumns, createTables, required } from './create-tables.ts';

/** What workers take and how they are connected, who drains them, which tokens they show, and messages that nobody could read. */
export async function workers(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, bytes, id, integer, name, text } = dialect.columns;
  await addColumns(db, dialect, 'workers', {
    kinds_json: text,
    exclusive: integer,
    process_key: name,
    session: id,
    token_id: name,
    via: name,
    address: name,
    since: bigint,
    drained_by: name,
    drained_at: bigint,
    drained_note: text,
    drain_leaves: integer,
  });
  await createTables(db, dialect, {
    worker_tokens: {
      columns: {
        id: required(name),
        team: name,
        tags_json: text,
        expires_at: bigint,
        first_seen_at: bigint,
        last_seen_at: bigint,
        revoked_by: name,
        revoked_at: bigint,
      },
      keys: ['primary key (id)'],
    },
    poison_messages: {
      columns: {
        id: required(id),
        at: required(bigint),
        worker_id: required(id),
        worker: required(name),
        problem: required(text),
        size: required(integer),
        bytes: required(bytes),
      },
      keys: ['primary key (id)'],
      indexes: { age: 'at' },
    },
  });
}
