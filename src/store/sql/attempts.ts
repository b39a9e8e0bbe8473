import type { Instant } from '../../lib/clock.ts';
import type { AttemptStore } from '../attempt-store.ts';
import { appendEvents } from './append-events.ts';
import { attemptKeys, isLive, LIVE, loseAttempt } from './attempt-end.ts';
import { listAttempts } from './build-rows.ts';
import { putBackChecks } from './checks.ts';
import { type SqlContext, write } from './context.ts';
import { createGrant } from './grants.ts';
import { listEvents, listLogChunks, logSizes, readLog } from './logs.ts';
import type { Db } from './schema.ts';
import { loseWorkers, touchWorker } from './workers.ts';

export function createAttemptStore(context: SqlContext): AttemptStore {
  const { db, dialect } = context;
  return {
    grant: createGrant(context),
    renew: (command) => write(context, (trx) => renew(trx, context, command)),
    appendEvents: (batch, options) => write(context, (trx) => appendEvents(trx, context, batch, options)),

    rescueExpired: (options) =>
      write(context, async (trx) => {
        const now = await dialect.leaseClock(trx, options.now);
        const { longestLeaseMs } = options;
        const latest = longestLeaseMs === undefined ? Number.MAX_SAFE_INTEGER : now + longestLeaseMs;
        const expired = await trx
          .selectFrom('attempts')
          .select(['id', 'build_id', 'worker_id'])
          .where('status', 'in', LIVE)
          .where((eb) => eb.or([eb('lease_until', '<', now), eb('lease_until', '>', latest)]))
          .execute();
        await putBackChecks(trx, (checks) =>
          checks
            .where('status', '=', 'running')
            .where((eb) => eb.or([eb('lease_until', '<', now), eb('lease_until', '>', latest)])),
        );
        const rescued = [];
        for (const attempt of expired) {
          const build = await loseAttempt(trx, dialect, attempt, options);
          if (build !== undefined) rescued.push({ buildId: build.id, pipelineId: build.pipeline_id });
        }
        await loseWorkers(trx, new Set(expired.map((attempt) => attempt.worker_id)), options.now);
        return rescued;
      }),

    surrender: (ids, workerId, options) =>
      write(context, async (trx) => {
        const cut = [];
        for (const attempt of await attemptKeys(trx, ids)) {
          if (attempt.worker_id !== workerId) continue;
          const build = await loseAttempt(trx, dialect, attempt, options);
          if (build !== undefined) cut.push({ buildId: build.id, pipelineId: build.pipeline_id });
        }
        return cut;
      }),

    listAttempts: (buildId) => listAttempts(db, buildId),
    listEvents: (attemptId, afterSeq, limit) => listEvents(db, attemptId, afterSeq, limit),
    listLogChunks: (attemptId, options) => listLogChunks(db, attemptId, options),
    logSizes: (attemptId) => logSizes(db, attemptId),
    readLog: (attemptId, step, offset, length) => readLog(context, attemptId, step, offset, length),
  };
}

async function renew(trx: Db, context: SqlContext, command: Parameters<AttemptStore['renew']>[0]) {
  const { workerId, leaseMs, now } = command;
  const leaseUntil = (await context.dialect.leaseClock(trx, now)) + leaseMs;
  await touchWorker(trx, workerId, now);
  const lost: string[] = [];
  const cancel: string[] = [];

  const there = new Map(
    (
      await attemptKeys(
        trx,
        command.attempts.map((held) => held.id),
      )
    ).map((row) => [row.id, row]),
  );
  for (const held of command.attempts) {
    const attempt = there.get(held.id);
    const renewed =
      attempt?.worker_id === workerId && attempt.fencing === held.fencing && isLive(attempt.status)
        ? await extend(trx, held.id, leaseUntil)
        : false;
    if (!renewed) lost.push(held.id);
    else if (attempt?.cancel_requested === 1) cancel.push(held.id);
  }
  for (const held of command.checks) {
    const updated = await trx
      .updateTable('checks')
      .set({ lease_until: leaseUntil })
      .where('id', '=', held.id)
      .where('worker_id', '=', workerId)
      .where('fencing', '=', held.fencing)
      .where('status', '=', 'running')
      .executeTakeFirst();
    if (updated.numUpdatedRows !== 1n) lost.push(held.id);
  }
  return { lost, cancel };
}

/** Unless it ended since we looked. */
async function extend(trx: Db, id: Parameters<AttemptStore['listEvents']>[0], leaseUntil: Instant): Promise<boolean> {
  const updated = await trx
    .updateTable('attempts')
    .set({ lease_until: leaseUntil })
    .where('id', '=', id)
    .where('status', 'in', LIVE)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}
