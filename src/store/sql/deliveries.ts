/** The inbox of webhooks. */
import type { Instant } from '../../lib/clock.ts';
import type { DeliveryId, RepositoryId } from '../../lib/ids.ts';
import { problemDetail } from '../../protocol/events.ts';
import { eventOutcome } from '../../protocol/repositories.ts';
import type { DeliveryRecord, NewDelivery, RepositoryStore } from '../repository-store.ts';
import { cursorId, note, orUndefined, portions, type SqlContext, write } from './context.ts';
import type { SqlDialect } from './dialect.ts';
import { parseOptional } from './json-column.ts';
import type { Db, Schema } from './schema.ts';

type Deliveries = Pick<
  RepositoryStore,
  | 'saveDeliveries'
  | 'replayDelivery'
  | 'pendingDeliveries'
  | 'nextDeliveryAt'
  | 'postponeDelivery'
  | 'endDelivery'
  | 'listDeliveries'
  | 'getDelivery'
  | 'trimDeliveries'
>;

const COLUMNS = [
  ...['id', 'repository_id', 'delivery_id', 'event', 'received_at', 'status', 'tries', 'ended_at'],
  ...['outcome_json', 'problem_json', 'replay_of', 'replayed_by'],
] as const satisfies readonly (keyof Schema['deliveries'])[];

/** Rows of one statement: databases limit how many values it may have. */
const AT_ONCE = 50;

export function createDeliveryStore(context: SqlContext): Deliveries {
  const { db, dialect } = context;
  return {
    saveDeliveries: (deliveries) =>
      write(context, async (trx) => {
        for (const some of portions(deliveries, AT_ONCE)) await saveSome(trx, dialect, some);
        await note(trx, context.clock.now(), 'repository', {});
      }),

    replayDelivery: ({ of, id, by, now }) =>
      write(context, async (trx) => {
        const row = await trx
          .selectFrom('deliveries')
          .select(['repository_id', 'event'])
          .where('id', '=', of)
          .executeTakeFirst();
        const body = await bodyOf(trx, of);
        if (row === undefined || body === undefined) return false;
        const { repository_id: repositoryId, event } = row;
        const again = { id, repositoryId, event, body, deliveryId: id, digest: undefined, receivedAt: now };
        await trx
          .insertInto('deliveries')
          .values({ ...newRow(again), replay_of: of, replayed_by: by })
          .execute();
        await trx.insertInto('delivery_bodies').values({ id, body }).execute();
        await note(trx, now, 'repository', {});
        return true;
      }),

    async pendingDeliveries({ now, busy, limit }) {
      const waiting = await db
        .selectFrom('deliveries')
        .select('repository_id')
        .distinct()
        .where('status', '=', 'pending')
        .where('next_at', '>', now)
        .execute();
      const not = [...busy, ...waiting.map((row) => row.repository_id)];
      let query = db.selectFrom('deliveries').select(COLUMNS).where('status', '=', 'pending');
      if (not.length > 0) query = query.where('repository_id', 'not in', not);
      return (await query.orderBy('id').limit(limit).execute()).map(recordOf);
    },

    async nextDeliveryAt(now) {
      const row = await db
        .selectFrom('deliveries')
        .select((eb) => eb.fn.min('next_at').as('at'))
        .where('status', '=', 'pending')
        .where('next_at', '>', now)
        .executeTakeFirst();
      return orUndefined(row?.at ?? null);
    },

    postponeDelivery: (id, until, problem) =>
      write(context, async (trx) => {
        await trx
          .updateTable('deliveries')
          .set((eb) => ({ tries: eb('tries', '+', 1), next_at: until, problem_json: JSON.stringify(problem) }))
          .where('id', '=', id)
          .where('status', '=', 'pending')
          .execute();
      }),

    endDelivery: (id, end, now) =>
      write(context, async (trx) => {
        const done = 'outcome' in end;
        await trx
          .updateTable('deliveries')
          .set((eb) => ({
            status: done ? 'done' : 'failed',
            tries: eb('tries', '+', 1),
            ended_at: now,
            outcome_json: done ? JSON.stringify(end.outcome) : null,
            problem_json: done ? null : JSON.stringify(end.problem),
          }))
          .where('id', '=', id)
          .where('status', '=', 'pending')
          .execute();
        await note(trx, now, 'repository', {});
      }),

    async listDeliveries(repositoryId, { limit, after }) {
      let query = db.selectFrom('deliveries').select(COLUMNS).where('repository_id', '=', repositoryId);
      if (after !== undefined) query = query.where('id', '<', cursorId<DeliveryId>(after));
      const found = await query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const items = found.slice(0, limit).map(recordOf);
      return { items, ...(found.length > limit && { next: items.at(-1)?.id }) };
    },

    async getDelivery(id) {
      const row = await db.selectFrom('deliveries').select(COLUMNS).where('id', '=', id).executeTakeFirst();
      return row && { ...recordOf(row), body: await bodyOf(db, id) };
    },

    trimDeliveries: (bodiesBefore, before) =>
      write(context, async (trx) => {
        const old = (query: Db, than: Instant) =>
          query.selectFrom('deliveries').select('id').where('received_at', '<', than).where('status', '!=', 'pending');
        for (const ids of portions((await old(trx, before).execute()).map(({ id }) => id))) {
          await trx.deleteFrom('deliveries').where('id', 'in', ids).execute();
        }
        for (const ids of portions((await old(trx, bodiesBefore).execute()).map(({ id }) => id))) {
          await trx.deleteFrom('delivery_bodies').where('id', 'in', ids).execute();
        }
      }),
  };
}

async function bodyOf(db: Db, id: DeliveryId): Promise<Uint8Array | undefined> {
  const row = await db.selectFrom('delivery_bodies').select('body').where('id', '=', id).executeTakeFirst();
  return row && new Uint8Array(row.body);
}

async function saveSome(trx: Db, dialect: SqlDialect, deliveries: readonly NewDelivery[]): Promise<void> {
  const there = await thoseThere(
    trx,
    deliveries.map(({ repositoryId }) => repositoryId),
  );
  const mine = deliveries.filter(({ repositoryId }) => there.has(repositoryId));
  if (mine.length === 0) return;
  await dialect.ignoreTaken(trx.insertInto('deliveries').values(mine.map(newRow))).execute();
  // Those whose name or bytes were known are not there under this id.
  const ids = mine.map(({ id }) => id);
  const made = new Set(
    (await trx.selectFrom('deliveries').select('id').where('id', 'in', ids).execute()).map(({ id }) => id),
  );
  const bodies = mine.filter(({ id }) => made.has(id)).map(({ id, body }) => ({ id, body }));
  if (bodies.length > 0) await trx.insertInto('delivery_bodies').values(bodies).execute();
}

async function thoseThere(trx: Db, ids: readonly RepositoryId[]): Promise<ReadonlySet<RepositoryId>> {
  const found = await trx
    .selectFrom('repositories')
    .select('id')
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Set(found.map(({ id }) => id));
}

function newRow(delivery: NewDelivery): Schema['deliveries'] {
  return {
    id: delivery.id,
    repository_id: delivery.repositoryId,
    delivery_id: delivery.deliveryId,
    digest: delivery.digest ?? null,
    event: delivery.event,
    received_at: delivery.receivedAt,
    status: 'pending',
    tries: 0,
    next_at: delivery.receivedAt,
    ended_at: null,
    outcome_json: null,
    problem_json: null,
    replay_of: null,
    replayed_by: null,
  };
}

function recordOf(row: Omit<Schema['deliveries'], 'digest' | 'next_at'>): DeliveryRecord {
  return {
    id: row.id,
    repositoryId: row.repository_id,
    deliveryId: row.delivery_id,
    event: row.event,
    receivedAt: row.received_at,
    status: row.status,
    tries: row.tries,
    endedAt: orUndefined(row.ended_at),
    outcome: parseOptional(eventOutcome, row.outcome_json, 'deliveries.outcome_json'),
    problem: parseOptional(problemDetail, row.problem_json, 'deliveries.problem_json'),
    replayOf: orUndefined(row.replay_of),
    replayedBy: orUndefined(row.replayed_by),
  };
}
