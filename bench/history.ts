/**
 * More history than there is time to make: every build that is there is repeated, so that the copies are what pikoci itself writes. The copies come before
 * the build they are made from, by number, by id and by time.
 */
import type { BenchDatabase } from './database.ts';

/** Copies with what was written and done in them are one in so many, to save time: who opens a build opens one of those. */
export const TOLD_EVERY = 20;

export interface History {
  /** Of each build that is there. */
  readonly copies: number;
  /** Versions of each resource, older than the one it has; a copy has the version of its number, counted from the newest. */
  readonly versions: number;
}

/** To be called while no server runs. Every job has one build, which is its first, and every resource one version. */
export async function writeHistory(database: BenchDatabase, { copies, versions }: History): Promise<void> {
  const { hex, numbers } = database;
  const copied = async (table: string, values: Readonly<Record<string, string>>, from: string): Promise<string> => {
    const columns = await database.columns(table);
    const chosen = columns.map((column) => values[column] ?? `t.${column}`);
    return `insert into ${table} (${columns.join(', ')}) select ${chosen.join(', ')} from ${table} t ${from}`;
  };
  const idOf = (kind: string, number: string): string => `'00000000-0000-7000-${kind}-' || ${hex(number)}`;
  const earlier = (column: string): string => `t.${column} - (${copies} + 1 - c.n) * 10000`;
  const ofBuild = 'join bench_copies c on c.template = t.build_id';
  const ofAttempt = `join bench_copies c on c.attempt_template = t.attempt_id where c.n % ${TOLD_EVERY} = 0`;

  await database.write([
    `create table bench_versions as select r.id as resource_id, k.n as n, v.id as template,
       ${idOf('a000', 'row_number() over (order by k.n, r.id)')} as id
       from resources r join versions v on v.resource_id = r.id cross join ${numbers(versions)} k`,
    `update versions set position = ${versions} + 1`,
    `update used_versions set position = ${versions} + 1`,
    `update resources set last_position = ${versions} + 1`,
    await copied(
      'versions',
      {
        id: 'c.id',
        position: 'c.n',
        digest: 'c.id',
        version_json: `'{"ref":"0.' || c.n || '"}'`,
        triggers: '1',
        first_seen_at: `t.first_seen_at - (${versions} + 1 - c.n) * 10000`,
      },
      'join bench_versions c on c.template = t.id',
    ),
    `create table bench_copies as select b.id as template, a.id as attempt_template, b.job_id as job_id, k.n as n,
       ${idOf('8000', 'row_number() over (order by k.n, b.id)')} as id,
       ${idOf('9000', 'row_number() over (order by k.n, b.id)')} as attempt_id
       from builds b join attempts a on a.build_id = b.id cross join ${numbers(copies)} k`,
    'create index bench_copies_template on bench_copies (template)',
    'create index bench_copies_attempt on bench_copies (attempt_template)',
    'create index bench_versions_template on bench_versions (resource_id, n)',
    `update builds set number = ${copies} + 1`,
    `update jobs set last_number = ${copies} + 1`,
    await copied(
      'builds',
      {
        id: 'c.id',
        number: 'c.n',
        created_at: earlier('created_at'),
        started_at: earlier('started_at'),
        ended_at: earlier('ended_at'),
        input_set: 'c.id',
      },
      'join bench_copies c on c.template = t.id',
    ),
    await copied(
      'attempts',
      {
        id: 'c.attempt_id',
        build_id: 'c.id',
        question: 'c.id',
        granted_at: earlier('granted_at'),
        started_at: earlier('started_at'),
        ended_at: earlier('ended_at'),
      },
      ofBuild,
    ),
    await copied(
      'build_versions',
      { build_id: 'c.id', version_id: 'v.id' },
      `${ofBuild} join bench_versions v on v.resource_id = t.resource_id and v.n = ${versions - copies} + c.n`,
    ),
    await copied(
      'used_versions',
      { position: 'v.n', version_id: 'v.id' },
      `join bench_copies c on c.job_id = t.job_id
       join bench_versions v on v.resource_id = t.resource_id and v.n = ${versions - copies} + c.n`,
    ),
    await copied('attempt_events', { attempt_id: 'c.attempt_id' }, ofAttempt),
    await copied('step_logs', { attempt_id: 'c.attempt_id' }, ofAttempt),
    await copied('log_chunks', { attempt_id: 'c.attempt_id' }, ofAttempt),
    'drop table bench_copies',
    'drop table bench_versions',
  ]);
}
