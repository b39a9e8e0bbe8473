import { type RawBuilder, sql } from 'kysely';
import type { ColumnTypes, SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';

/** The tables of schema.ts. */
export async function initial(db: Db, dialect: SqlDialect): Promise<void> {
  for (const [name, table] of Object.entries(tables(dialect.columns))) {
    const columns = Object.entries(table.columns).map(([column, type]) => `${column} ${type}`);
    const end = table.clustered === true ? ` ${dialect.clustered}` : '';
    await run(db, `create table ${name} (${[...columns, ...(table.keys ?? [])].join(', ')})${end}`);
    for (const [index, on] of Object.entries(table.indexes ?? {})) {
      await run(db, `create index ${name}_${index} on ${name} (${on})`);
    }
  }
}

const run = (db: Db, text: string): Promise<unknown> => (sql.raw(text) as RawBuilder<unknown>).execute(db);

interface Table {
  readonly columns: Readonly<Record<string, string>>;
  /** Primary, unique and foreign keys. */
  readonly keys?: readonly string[];
  /** Each with the query it is for. */
  readonly indexes?: Readonly<Record<string, string>>;
  /** Stored in the order of its primary key. */
  readonly clustered?: boolean;
}

const of = (column: string, table: string): string =>
  `foreign key (${column}) references ${table} (id) on delete cascade`;

/** In an order in which each table comes after those it refers to. */
function tables(types: ColumnTypes): Readonly<Record<string, Table>> {
  const { bigint, bytes, counter, id, integer, name, text } = types;
  const flag = `${integer} not null default 0`;
  const required = (type: string): string => `${type} not null`;
  return {
    settings: { columns: { name: required(name), value: required(text) }, keys: ['primary key (name)'] },
    teams: { columns: { id: required(id), name: required(name) }, keys: ['primary key (id)', 'unique (name)'] },
    pipelines: {
      columns: {
        id: required(id),
        team_id: required(id),
        name: required(name),
        revision_id: required(id),
        revision: required(integer),
        paused_by: name,
        paused_at: bigint,
        public: flag,
        created_at: required(bigint),
        updated_at: required(bigint),
      },
      keys: ['primary key (id)', 'unique (team_id, name)', of('team_id', 'teams')],
    },
    revisions: {
      columns: {
        id: required(id),
        pipeline_id: required(id),
        number: required(integer),
        bundle_json: required(text),
        model_json: required(text),
        digest: required(name),
        sealed_variables: text,
        set_by: required(name),
        created_at: required(bigint),
      },
      keys: ['primary key (id)', 'unique (pipeline_id, number)', of('pipeline_id', 'pipelines')],
    },
    resources: {
      columns: {
        id: required(id),
        pipeline_id: required(id),
        team_id: required(id),
        address: required(name),
        type: required(name),
        name: required(name),
        schedule_json: text,
        identity: required(text),
        pinned_version_id: id,
        next_check_at: required(bigint),
        last_check_at: bigint,
        last_check_status: name,
        last_check_problem_json: text,
        last_check_log: required(text),
        checked_once: flag,
        last_position: required(integer),
        active: flag,
        watched: flag,
        open_check_id: id,
      },
      keys: ['primary key (id)', 'unique (pipeline_id, address)', of('pipeline_id', 'pipelines')],
      indexes: { due: 'watched, next_check_at' },
    },
    versions: {
      columns: {
        id: required(id),
        resource_id: required(id),
        position: required(integer),
        digest: required(name),
        version_json: required(text),
        metadata_json: required(text),
        triggers: flag,
        disabled: flag,
        first_seen_at: required(bigint),
      },
      keys: [
        'primary key (id)',
        'unique (resource_id, position)',
        'unique (resource_id, digest)',
        of('resource_id', 'resources'),
      ],
    },
    checks: {
      columns: {
        id: required(id),
        resource_id: required(id),
        pipeline_id: required(id),
        team_id: required(id),
        status: required(name),
        fencing: required(integer),
        requested_by: name,
        requested_at: required(bigint),
        started_at: bigint,
        ended_at: bigint,
        problem_json: text,
        new_versions: integer,
        worker_id: id,
        question: name,
        lease_until: bigint,
      },
      keys: ['primary key (id)', of('resource_id', 'resources')],
      indexes: {
        queue: 'status, requested_at, id',
        leases: 'status, lease_until',
        history: 'resource_id, requested_at',
        questions: 'question',
        holders: 'worker_id, status',
      },
    },
    resource_tags: {
      columns: { resource_id: required(id), tag: required(name) },
      keys: ['primary key (resource_id, tag)', of('resource_id', 'resources')],
      clustered: true,
    },
    jobs: {
      columns: {
        id: required(id),
        pipeline_id: required(id),
        name: required(name),
        group_name: required(name),
        ordinal: required(integer),
        paused_by: name,
        paused_at: bigint,
        hold_json: text,
        hold_since: bigint,
        active: flag,
        last_number: required(integer),
        concurrency: integer,
        held: required(integer),
        error_retries: integer,
      },
      keys: ['primary key (id)', 'unique (pipeline_id, name)', of('pipeline_id', 'pipelines')],
    },
    job_groups: {
      columns: { job_id: required(id), pipeline_id: required(id), group_name: required(name) },
      keys: ['primary key (job_id, group_name)', of('job_id', 'jobs')],
      clustered: true,
    },
    builds: {
      columns: {
        id: required(id),
        job_id: required(id),
        pipeline_id: required(id),
        team_id: required(id),
        number: required(integer),
        status: required(name),
        cause_json: required(text),
        revision_id: required(id),
        revision: required(integer),
        plan_digest: required(name),
        input_set: required(name),
        automatic: flag,
        replaceable: flag,
        rank: required(integer),
        created_at: required(bigint),
        started_at: bigint,
        ended_at: bigint,
        problem_json: text,
        attempts: required(integer),
        retries: required(integer),
        effect_steps_json: required(text),
        effects_began: flag,
        not_before: bigint,
        cancel_requested_by: name,
        holds_slot: flag,
        passed: flag,
      },
      keys: ['primary key (id)', 'unique (job_id, number)', of('job_id', 'jobs')],
      indexes: {
        queue: 'status, rank, created_at, id',
        pages: 'pipeline_id, id',
        states: 'status, id',
        sets: 'job_id, input_set',
        passed: 'job_id, passed, number',
        pending: 'job_id, status, number',
      },
    },
    build_tags: {
      columns: { build_id: required(id), tag: required(name) },
      keys: ['primary key (build_id, tag)', of('build_id', 'builds')],
      clustered: true,
    },
    build_versions: {
      columns: {
        build_id: required(id),
        direction: required(name),
        step: required(name),
        resource_id: required(id),
        resource: required(name),
        version_id: required(id),
        version_json: required(text),
        metadata_json: required(text),
      },
      keys: ['primary key (build_id, direction, step, version_id)', of('build_id', 'builds')],
      clustered: true,
    },
    plans: {
      columns: { pipeline_id: required(id), digest: required(name), plan_json: required(text) },
      keys: ['primary key (pipeline_id, digest)', of('pipeline_id', 'pipelines')],
    },
    used_versions: {
      columns: {
        job_id: required(id),
        resource_id: required(id),
        position: required(integer),
        version_id: required(id),
      },
      keys: ['primary key (job_id, resource_id, position)', of('job_id', 'jobs')],
      clustered: true,
    },
    slots: {
      columns: { pipeline_id: required(id), group_name: required(name), build_id: required(id) },
      keys: ['primary key (pipeline_id, group_name)', of('build_id', 'builds')],
      indexes: { builds: 'build_id' },
    },
    attempts: {
      columns: {
        id: required(id),
        build_id: required(id),
        number: required(integer),
        status: required(name),
        outcome: name,
        problem_json: text,
        worker_id: required(id),
        worker: required(name),
        fencing: required(integer),
        lease_until: required(bigint),
        cancel_requested: flag,
        granted_at: required(bigint),
        started_at: bigint,
        ended_at: bigint,
        last_event: required(integer),
        question: required(name),
      },
      keys: ['primary key (id)', 'unique (build_id, number)', of('build_id', 'builds')],
      indexes: { leases: 'status, lease_until', questions: 'question', holders: 'worker_id, status' },
    },
    attempt_events: {
      columns: { attempt_id: required(id), seq: required(integer), kind: required(name), event_json: required(text) },
      keys: ['primary key (attempt_id, seq)', of('attempt_id', 'attempts')],
      clustered: true,
    },
    log_chunks: {
      columns: {
        attempt_id: required(id),
        seq: required(integer),
        step: required(name),
        at: required(bigint),
        byte_offset: required(bigint),
        first_line: required(bigint),
        size: required(integer),
        bytes: required(bytes),
      },
      keys: ['primary key (attempt_id, seq)', 'unique (attempt_id, step, byte_offset)', of('attempt_id', 'attempts')],
    },
    step_logs: {
      columns: { attempt_id: required(id), step: required(name), bytes: required(bigint), lines: required(bigint) },
      keys: ['primary key (attempt_id, step)', of('attempt_id', 'attempts')],
      clustered: true,
    },
    workers: {
      columns: {
        id: required(id),
        name: required(name),
        version: required(name),
        team_id: id,
        tags_json: required(text),
        slots: required(integer),
        status: required(name),
        last_seen_at: required(bigint),
        first_seen_at: required(bigint),
      },
      keys: ['primary key (id)'],
      indexes: { names: 'name' },
    },
    feed: {
      columns: {
        cursor: counter,
        at: required(bigint),
        topic: required(name),
        pipeline_id: id,
        job_id: id,
        resource_id: id,
        build_id: id,
      },
      indexes: { age: 'at' },
    },
  };
}
