import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { addColumns, createIndexes, createTables, referenceTo, required } from './create-tables.ts';

/** What stays of a build that let versions pass when it is deleted: jobs downstream go by it. And when a log was deleted before its build. */
export async function retention(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, id, integer } = dialect.columns;
  await addColumns(db, dialect, 'builds', { log_deleted_at: bigint });
  await createIndexes(db, dialect, 'builds', { log_age: 'log_deleted_at, ended_at' });
  await createIndexes(db, dialect, 'build_versions', { uses: 'version_id' });
  await createTables(db, dialect, {
    passed_builds: {
      columns: { id: required(id), job_id: required(id), number: required(integer) },
      keys: ['primary key (id)', referenceTo('job_id', 'jobs')],
      indexes: { numbers: 'job_id, number' },
    },
    passed_versions: {
      columns: { build_id: required(id), resource_id: required(id), version_id: required(id) },
      keys: ['primary key (build_id, resource_id)', referenceTo('build_id', 'passed_builds')],
      clustered: true,
    },
  });
}
