import { z } from 'zod';
import type { WorkerStore, WorkerTokenRecord } from '../worker-store.ts';
import { LIVE, loseAttempt } from './attempt-end.ts';
import { putBackChecks } from './checks.ts';
import { note, orUndefined, type SqlContext, write } from './context.ts';
import { parseOptional } from './json-column.ts';
import type { Schema } from './schema.ts';

type TokenStore = Pick<
  WorkerStore,
  'seeWorkerToken' | 'listWorkerTokens' | 'revokedWorkerTokens' | 'revokeWorkerToken'
>;

export function createWorkerTokenStore(context: SqlContext): TokenStore {
  const { db, dialect } = context;
  return {
    seeWorkerToken: (token, now) =>
      write(context, async (trx) => {
        const values = {
          team: token.team ?? null,
          tags_json: token.tags === undefined ? null : JSON.stringify(token.tags),
          expires_at: token.expiresAt ?? null,
          last_seen_at: now,
        };
        const seen = await trx
          .updateTable('worker_tokens')
          .set((eb) => ({ ...values, first_seen_at: eb.fn.coalesce('first_seen_at', eb.val(now)) }))
          .where('id', '=', token.id)
          .executeTakeFirst();
        if (seen.numUpdatedRows > 0n) return;
        await dialect
          .ignoreTaken(trx.insertInto('worker_tokens').values({ id: token.id, ...values, first_seen_at: now }))
          .execute();
      }),

    listWorkerTokens: async () => {
      const rows = await db.selectFrom('worker_tokens').selectAll().orderBy('id').execute();
      return rows.map(tokenRecord).sort((a, b) => (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0));
    },

    revokedWorkerTokens: async (now) => {
      const rows = await db
        .selectFrom('worker_tokens')
        .select('id')
        .where('revoked_at', 'is not', null)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .execute();
      return rows.map(({ id }) => id);
    },

    revokeWorkerToken: (id, by, options) =>
      write(context, async (trx) => {
        const { now } = options;
        await dialect.ignoreTaken(trx.insertInto('worker_tokens').values({ id })).execute();
        const revoked = await trx
          .updateTable('worker_tokens')
          .set({ revoked_by: by, revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (revoked.numUpdatedRows === 0n) return [];
        const workers = await trx.selectFrom('workers').select('id').where('token_id', '=', id).execute();
        const ids = workers.map((worker) => worker.id);
        if (ids.length === 0) return [];
        const held = await trx
          .selectFrom('attempts')
          .select(['id', 'build_id'])
          .where('worker_id', 'in', ids)
          .where('status', 'in', LIVE)
          .execute();
        const cut = [];
        for (const attempt of held) {
          const build = await loseAttempt(trx, dialect, attempt, options);
          if (build !== undefined) cut.push({ buildId: build.id, pipelineId: build.pipeline_id });
        }
        await putBackChecks(trx, (checks) => checks.where('worker_id', 'in', ids).where('status', '=', 'running'));
        await trx
          .updateTable('workers')
          .set({ status: 'gone', since: now, session: null })
          .where('id', 'in', ids)
          .where('status', '!=', 'gone')
          .execute();
        await note(trx, now, 'worker', {});
        return cut;
      }),
  };
}

function tokenRecord(row: Schema['worker_tokens']): WorkerTokenRecord {
  return {
    id: row.id,
    team: orUndefined(row.team),
    tags: parseOptional(z.array(z.string()), row.tags_json, 'worker_tokens.tags_json'),
    expiresAt: orUndefined(row.expires_at),
    firstSeenAt: orUndefined(row.first_seen_at),
    lastSeenAt: orUndefined(row.last_seen_at),
    revokedBy: orUndefined(row.revoked_by),
    revokedAt: orUndefined(row.revoked_at),
  };
}
