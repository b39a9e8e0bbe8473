import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { addColumns, createTables, referenceTo, required } from './create-tables.ts';

/** What events of forges bring: versions bound to a revision, builds that know their event or are held, and what is reported back. */
export async function repositoryBuilds(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, id, integer, name, text } = dialect.columns;
  await addColumns(db, dialect, 'pipelines', { fork: integer, archived_at: bigint, archived_note: text });
  await addColumns(db, dialect, 'versions', { event_json: text, revision_id: id });
  await addColumns(db, dialect, 'builds', { event_json: text, held: integer, released_by: name, released_at: bigint });
  await createTables(db, dialect, {
    forge_reports: {
      columns: {
        id: `${required(id)} primary key`,
        build_id: id,
        event_json: required(text),
        told_json: text,
        sent: text,
        remote_id: name,
        next_at: bigint,
        since: required(bigint),
        tries: required(integer),
        problem_json: text,
        given_up_at: bigint,
      },
      keys: [referenceTo('build_id', 'builds')],
      indexes: { due: 'next_at', builds: 'build_id' },
    },
  });
}
