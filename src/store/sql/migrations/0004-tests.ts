import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Results of tests. */
export function tests(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, id, integer, name, text } = dialect.columns;
  return createTables(db, dialect, {
    tests: {
      columns: {
        id: required(id),
        job_id: required(id),
        digest: required(name),
        suite: required(text),
        name: required(text),
      },
      keys: ['primary key (id)', 'unique (job_id, digest)', referenceTo('job_id', 'jobs')],
    },
    test_reports: {
      columns: {
        build_id: required(id),
        step: required(name),
        run: required(integer),
        passed: required(integer),
        failed: required(integer),
        errored: required(integer),
        skipped: required(integer),
        duration_us: required(bigint),
      },
      keys: ['primary key (build_id, step, run)', referenceTo('build_id', 'builds')],
      clustered: true,
    },
    test_results: {
      columns: {
        build_id: required(id),
        position: required(integer),
        test_id: required(id),
        step: required(name),
        run: required(integer),
        status: required(name),
        duration_us: bigint,
        message: text,
        place: text,
        flaky: `${integer} not null default 0`,
      },
      keys: ['primary key (build_id, position)', referenceTo('build_id', 'builds'), referenceTo('test_id', 'tests')],
      indexes: { histories: 'test_id, build_id' },
      clustered: true,
    },
  });
}
