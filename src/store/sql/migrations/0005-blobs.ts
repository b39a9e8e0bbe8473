import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Artifacts of builds, caches of pipelines, and blobs kept in the database. */
export function blobs(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, bytes, id, integer, name, text } = dialect.columns;
  return createTables(db, dialect, {
    artifacts: {
      columns: {
        id: required(id),
        build_id: required(id),
        team_id: required(id),
        name: required(name),
        resource: required(text),
        step: required(name),
        digest: required(name),
        size: required(bigint),
        entries: required(integer),
        unpacked_size: required(bigint),
        index_digest: required(name),
        created_at: required(bigint),
      },
      keys: ['primary key (id)', referenceTo('build_id', 'builds')],
      indexes: { names: 'build_id, name', digests: 'digest, team_id', indexes: 'index_digest' },
    },
    caches: {
      columns: {
        pipeline_id: required(id),
        scope: required(name),
        cache_key: required(name),
        digest: required(name),
        size: required(bigint),
        created_at: required(bigint),
        used_at: required(bigint),
      },
      keys: ['primary key (pipeline_id, scope, cache_key)', referenceTo('pipeline_id', 'pipelines')],
      indexes: { uses: 'used_at', digests: 'digest, pipeline_id' },
    },
    blobs: {
      columns: {
        digest: required(name),
        size: required(bigint),
        complete: `${integer} not null default 0`,
        put_at: required(bigint),
      },
      keys: ['primary key (digest)'],
      clustered: true,
    },
    blob_chunks: {
      columns: { digest: required(name), chunk: required(integer), bytes: required(bytes) },
      keys: ['primary key (digest, chunk)'],
    },
  });
}
