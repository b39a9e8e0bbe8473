/** What forges are told of builds: each has a row from its beginning on, which is due whenever the build moves. */
import { z } from 'zod';
import type { Instant } from '../../lib/clock.ts';
import type { BuildId } from '../../lib/ids.ts';
import { buildEvent } from '../../protocol/build-event.ts';
import { problemDetail } from '../../protocol/events.ts';
import type { ForgeReport, RepositoryBuildStore } from '../repository-build-store.ts';
import { orUndefined, type SqlContext, write } from './context.ts';
import { parseColumn, parseOptional } from './json-column.ts';
import type { Db, Schema } from './schema.ts';

const forgeTold = z.object({
  context: z.string(),
  state: z.enum(['pending', 'running', 'succeeded', 'failed', 'errored', 'cancelled']),
  description: z.string(),
  url: z.string(),
  text: z.string().optional(),
});

export function createForgeReportStore(
  context: SqlContext,
): Pick<
  RepositoryBuildStore,
  'addReport' | 'claimReports' | 'reportTold' | 'reportFailed' | 'nextReportAt' | 'reportOf'
> {
  const { db } = context;
  return {
    addReport: ({ id, event, told, now }) =>
      write(context, async (trx) => {
        const row = { id, build_id: null, event_json: JSON.stringify(event), told_json: JSON.stringify(told) };
        await context.dialect.ignoreTaken(trx.insertInto('forge_reports').values({ ...row, ...due(now) })).execute();
      }),

    claimReports: async (now, limit, claimMs) => {
      const rows = await db
        .selectFrom('forge_reports')
        .selectAll()
        .where('next_at', '<=', now)
        .orderBy('next_at')
        .limit(limit)
        .execute();
      if (rows.length === 0) return [];
      return write(context, async (trx) => {
        const claimed: ForgeReport[] = [];
        for (const row of rows) {
          const taken = await trx
            .updateTable('forge_reports')
            .set({ next_at: now + claimMs })
            .where('id', '=', row.id)
            .where('next_at', '=', row.next_at)
            .executeTakeFirst();
          if (taken.numUpdatedRows === 1n) claimed.push(reportRecord({ ...row, next_at: now + claimMs }));
        }
        return claimed;
      });
    },

    reportTold: ({ id, claim }, { sent, remoteId }) =>
      write(context, async (trx) => {
        const heard = { sent, problem_json: null, tries: 0, ...(remoteId !== undefined && { remote_id: remoteId }) };
        await trx.updateTable('forge_reports').set(heard).where('id', '=', id).execute();
        if (claim === undefined) return;
        const rest = { next_at: null };
        await trx.updateTable('forge_reports').set(rest).where('id', '=', id).where('next_at', '=', claim).execute();
      }),

    reportFailed: ({ id, claim }, problem, nextAt, now) =>
      write(context, async (trx) => {
        const end = nextAt === undefined ? { given_up_at: now } : {};
        await trx
          .updateTable('forge_reports')
          .set((eb) => ({ problem_json: JSON.stringify(problem), tries: eb('tries', '+', 1), ...end }))
          .where('id', '=', id)
          .execute();
        if (claim === undefined) return;
        const next = { next_at: nextAt ?? null };
        await trx.updateTable('forge_reports').set(next).where('id', '=', id).where('next_at', '=', claim).execute();
      }),

    nextReportAt: async () => {
      const next = await db
        .selectFrom('forge_reports')
        .select((eb) => eb.fn.min('next_at').as('at'))
        .executeTakeFirst();
      return next?.at ?? undefined;
    },

    reportOf: async (build) => {
      const row = await db.selectFrom('forge_reports').selectAll().where('build_id', '=', build).executeTakeFirst();
      return row === undefined ? undefined : reportRecord(row);
    },
  };
}

const due = (now: Instant) => ({ next_at: now, since: now, tries: 0 });

/** With the build, in its transaction. */
export async function beginReport(trx: Db, buildId: BuildId, eventJson: string, now: Instant): Promise<void> {
  await trx
    .insertInto('forge_reports')
    .values({ id: buildId, build_id: buildId, event_json: eventJson, ...due(now) })
    .execute();
}

/** With each move of the build. */
export async function reportAgain(trx: Db, buildId: BuildId, now: Instant): Promise<void> {
  await trx
    .updateTable('forge_reports')
    .set({ ...due(now), given_up_at: null })
    .where('build_id', '=', buildId)
    .execute();
}

function reportRecord(row: Schema['forge_reports']): ForgeReport {
  return {
    id: row.id,
    buildId: orUndefined(row.build_id),
    event: parseColumn(buildEvent, row.event_json, 'forge_reports.event_json'),
    told: parseOptional(forgeTold, row.told_json, 'forge_reports.told_json'),
    sent: orUndefined(row.sent),
    remoteId: orUndefined(row.remote_id),
    since: row.since,
    tries: row.tries,
    problem: parseOptional(problemDetail, row.problem_json, 'forge_reports.problem_json'),
    givenUpAt: orUndefined(row.given_up_at),
    claim: orUndefined(row.next_at),
  };
}
