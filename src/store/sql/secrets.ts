import type { PipelineId, TeamId } from '../../lib/ids.ts';
import type { HeldWork, SecretForWork, SecretRecord, SecretScope, SecretStore } from '../secret-store.ts';
import { LIVE } from './attempt-end.ts';
import { look, notFound, orUndefined, type SqlContext, write } from './context.ts';
import { holdsSealedValues } from './export-rows.ts';
import { getPipeline } from './pipelines.ts';
import type { Db, Schema } from './schema.ts';

type Row = Omit<Schema['secrets'], 'sealed' | 'scope'>;

const COLUMNS = ['team_id', 'pipeline_id', 'name', 'created_by', 'created_at', 'set_by', 'set_at'] as const;

export function createSecretStore(context: SqlContext): SecretStore {
  const { db } = context;
  return {
    holdsSealedValues: () => holdsSealedValues(db),

    setSecret: ({ teamId, pipelineId, name, sealed, by, now }) =>
      write(context, async (trx) => {
        // A pipeline that is being deleted is deleted before, or with the secret.
        await context.dialect.lockRow(trx, 'teams', teamId);
        if (pipelineId !== undefined && (await getPipeline(trx, pipelineId)) === undefined) {
          throw notFound('pipeline', pipelineId);
        }
        const there = await find(trx, { teamId, pipelineId }, name);
        const changed = { sealed, set_by: by, set_at: now };
        if (there === undefined) {
          const made = { team_id: teamId, pipeline_id: pipelineId ?? null, name, created_by: by, created_at: now };
          await trx
            .insertInto('secrets')
            .values({ ...made, ...changed, scope: pipelineId ?? '' })
            .execute();
          return { secret: recordOf({ ...made, ...changed }), created: true };
        }
        await trx
          .updateTable('secrets')
          .set(changed)
          .where('team_id', '=', teamId)
          .where('scope', '=', pipelineId ?? '')
          .where('name', '=', name)
          .execute();
        return { secret: recordOf({ ...there, ...changed }), created: false };
      }),

    deleteSecret: (scope, name) =>
      write(context, async (trx) => {
        const gone = await trx
          .deleteFrom('secrets')
          .where('team_id', '=', scope.teamId)
          .where('scope', '=', scope.pipelineId ?? '')
          .where('name', '=', name)
          .executeTakeFirst();
        return gone.numDeletedRows === 1n;
      }),

    listSecrets: async (scope) => {
      const rows = await db
        .selectFrom('secrets')
        .select(COLUMNS)
        .where('team_id', '=', scope.teamId)
        .where('scope', '=', scope.pipelineId ?? '')
        .orderBy('name')
        .execute();
      return rows.map(recordOf);
    },

    secretForWork: ({ workerId, work, name }) =>
      look(context, async (trx) => {
        const owner = await ownerOf(trx, work, workerId);
        if (owner === undefined) return { kind: 'not_held' };
        return owner.fork === 1 ? { kind: 'fork' } : secretOf(trx, owner, name);
      }),
  };
}

function find(trx: Db, scope: SecretScope, name: string): Promise<Row | undefined> {
  return trx
    .selectFrom('secrets')
    .select(COLUMNS)
    .where('team_id', '=', scope.teamId)
    .where('scope', '=', scope.pipelineId ?? '')
    .where('name', '=', name)
    .executeTakeFirst();
}

interface Owner {
  readonly teamId: TeamId;
  readonly pipelineId: PipelineId;
  readonly fork: 1 | null;
}

/** The pipeline whose work it is, if this worker holds it. */
function ownerOf(trx: Db, work: HeldWork, workerId: string): Promise<Owner | undefined> {
  if (work.kind === 'build') {
    return trx
      .selectFrom('attempts')
      .innerJoin('builds', 'builds.id', 'attempts.build_id')
      .innerJoin('pipelines', 'pipelines.id', 'builds.pipeline_id')
      .select(['builds.team_id as teamId', 'builds.pipeline_id as pipelineId', 'pipelines.fork'])
      .where('attempts.id', '=', work.attempt)
      .where('attempts.worker_id', '=', workerId as Schema['attempts']['worker_id'])
      .where('attempts.fencing', '=', work.fencing)
      .where('attempts.status', 'in', LIVE)
      .executeTakeFirst();
  }
  return trx
    .selectFrom('checks')
    .innerJoin('resources', 'resources.id', 'checks.resource_id')
    .innerJoin('pipelines', 'pipelines.id', 'resources.pipeline_id')
    .select(['resources.team_id as teamId', 'resources.pipeline_id as pipelineId', 'pipelines.fork'])
    .where('checks.id', '=', work.check)
    .where('checks.worker_id', '=', workerId as Schema['attempts']['worker_id'])
    .where('checks.fencing', '=', work.fencing)
    .where('checks.status', '=', 'running')
    .executeTakeFirst();
}

async function secretOf(trx: Db, { teamId, pipelineId }: Owner, name: string): Promise<SecretForWork> {
  // What begins with an id comes behind what is empty.
  const [row] = await trx
    .selectFrom('secrets')
    .select([...COLUMNS, 'sealed'])
    .where('team_id', '=', teamId)
    .where('scope', 'in', [pipelineId, ''])
    .where('name', '=', name)
    .orderBy('scope', 'desc')
    .limit(1)
    .execute();
  if (row !== undefined) return { kind: 'found', secret: recordOf(row), sealed: row.sealed };
  const names = await trx
    .selectFrom('secrets')
    .select('name')
    .distinct()
    .where('team_id', '=', teamId)
    .where('scope', 'in', [pipelineId, ''])
    .orderBy('name')
    .execute();
  const owner = await trx
    .selectFrom('pipelines')
    .innerJoin('teams', 'teams.id', 'pipelines.team_id')
    .select(['teams.name as team', 'pipelines.name as pipeline'])
    .where('pipelines.id', '=', pipelineId)
    .executeTakeFirst();
  if (owner === undefined) return { kind: 'not_held' };
  return { kind: 'missing', ...owner, names: names.map((one) => one.name) };
}

function recordOf(row: Row): SecretRecord {
  const { team_id, pipeline_id, name, created_by, created_at, set_by, set_at } = row;
  return {
    teamId: team_id,
    pipelineId: orUndefined(pipeline_id),
    name,
    createdBy: created_by,
    createdAt: created_at,
    setBy: set_by,
    setAt: set_at,
  };
}
