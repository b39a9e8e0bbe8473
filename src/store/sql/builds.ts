import type { BuildId } from '../../lib/ids.ts';
import { type BuildStatus, isEnded } from '../../protocol/status.ts';
import type { BuildQuery, BuildStore } from '../build-store.ts';
import type { Page } from '../page.ts';
import type { BuildRecord } from '../records.ts';
import type { DecisionCommit } from '../scheduling-facts.ts';
import { inputSetKey } from '../scheduling-facts.ts';
import { gateOf } from './approval-votes.ts';
import { requestCancel } from './attempt-end.ts';
import { endBuild, lockBuild, unmarkUsed } from './build-moves.ts';
import { buildDetail, buildRecord, buildRows, existingBuild, inputsOf } from './build-rows.ts';
import { conflict, cursorId, cursorNumber, look, note, type SqlContext, write } from './context.ts';
import { countDecision } from './decisions.ts';
import { setHold } from './jobs.ts';
import { digestOf } from './json-column.ts';
import { effectSteps, givenColumns, insertBuild, replaceInputs, savePlan } from './new-build.ts';
import { schedulingFacts } from './scheduling-facts.ts';
import type { Db } from './schema.ts';
import { queuePlace } from './work-queue.ts';

export function createBuildStore(context: SqlContext): BuildStore {
  const { db } = context;
  return {
    schedulingFacts: (pipelineId, scope) => look(context, (trx) => schedulingFacts(trx, context, pipelineId, scope)),
    commitDecisions: (commit) => write(context, (trx) => commitDecisions(trx, context, commit)),

    createBuild: (build, now) =>
      write(context, async (trx) => {
        const id = await insertBuild(trx, context, build, now);
        if (id === undefined) throw conflict('a build of these versions is there already', 'retry that one instead');
        return existingBuild(trx, id);
      }),

    getBuild: (id) => look(context, (trx) => buildDetail(context, trx, id)),

    getBuildRecord: async (id) => {
      const row = await buildRows(db).where('builds.id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : buildRecord(row);
    },

    inputsOf: (builds) => inputsOf(db, builds),

    findBuild: async (jobId, number) => {
      const row = await buildRows(db)
        .where('builds.job_id', '=', jobId)
        .where('builds.number', '=', number)
        .executeTakeFirst();
      return row === undefined ? undefined : buildRecord(row);
    },

    listBuilds: (query) => listBuilds(db, query),

    queuePlace: (id) => queuePlace(db, id),

    // Numbers have no gaps, so the newest of each job are a range of its index.
    recentBuilds: async (pipelineId, perJob) => {
      const rows = await buildRows(db)
        .where('jobs.pipeline_id', '=', pipelineId)
        .where((eb) => eb('builds.number', '>', eb('jobs.last_number', '-', perJob)))
        .orderBy('jobs.ordinal')
        .orderBy('builds.number', 'desc')
        .execute();
      return rows.map(buildRecord);
    },

    cancelBuild: (id, by, now) =>
      write(context, async (trx) => {
        const build = await lockBuild(trx, context.dialect, id);
        if (isEnded(build.status)) {
          throw conflict(`build ${build.number} has ended already (${build.status})`, 'there is nothing to cancel');
        }
        if (build.status === 'running') {
          const attempt = await requestCancel(trx, build, by, now);
          return { build: await existingBuild(trx, id), attempt };
        }
        await endBuild(trx, context.dialect, build, 'cancelled', now, undefined, by);
        return { build: await existingBuild(trx, id) };
      }),
  };
}

/** One query for each status, merged: each follows an index, where all together would be sorted whole. */
async function listBuilds(db: Db, query: BuildQuery): Promise<Page<BuildRecord>> {
  const { jobId, status, limit } = query;
  const each = status === undefined ? [undefined] : [...new Set(status)];
  const found = (await Promise.all(each.map((one) => pageOfBuilds(db, query, one)))).flat();
  if (each.length > 1) found.sort((a, b) => (jobId === undefined ? (a.id < b.id ? 1 : -1) : b.number - a.number));
  const items = found.slice(0, limit).map(buildRecord);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items, next: undefined };
  return { items, next: jobId === undefined ? last.id : String(last.number) };
}

/** One more than the limit, so that it can be told whether there is a next page. Ids sort by the time they were made. */
function pageOfBuilds(
  db: Db,
  { jobId, pipelineId, holdsSlot, limit, after }: BuildQuery,
  status: BuildStatus | undefined,
) {
  let rows = buildRows(db).limit(limit + 1);
  if (pipelineId !== undefined) rows = rows.where('builds.pipeline_id', '=', pipelineId);
  if (status !== undefined) rows = rows.where('builds.status', '=', status);
  if (holdsSlot === true) rows = rows.where('builds.holds_slot', '=', 1);
  if (jobId === undefined) {
    rows = rows.orderBy('builds.id', 'desc');
    if (after !== undefined) rows = rows.where('builds.id', '<', cursorId<BuildId>(after));
  } else {
    rows = rows.where('builds.job_id', '=', jobId).orderBy('builds.number', 'desc');
    if (after !== undefined) rows = rows.where('builds.number', '<', cursorNumber(after));
  }
  return rows.execute();
}

async function commitDecisions(trx: Db, context: SqlContext, commit: DecisionCommit): Promise<readonly BuildRecord[]> {
  const { now, basedOn } = commit;
  if (basedOn !== undefined) await countDecision(trx, context.dialect, commit.pipelineId, basedOn);
  // Withdrawn ones first: they make room for the one automatic build that a job may have waiting.
  for (const { buildId, problem } of commit.withdrawals ?? []) {
    const build = await lockBuild(trx, context.dialect, buildId);
    if (isWaiting(build.status) && build.automatic === 1 && build.attempts === 0) {
      await endBuild(trx, context.dialect, build, 'skipped', now, problem);
      if (build.replaceable === 0) await unmarkUsed(trx, build);
    }
  }
  for (const update of commit.updates) await updatePending(trx, context, update, commit);
  const made: BuildRecord[] = [];
  for (const build of commit.builds) {
    const id = await insertBuild(trx, context, build, now);
    if (id !== undefined) made.push(await existingBuild(trx, id));
  }
  for (const hold of commit.holds) await setHold(trx, hold.jobId, hold.reason, now);
  return made;
}

const isWaiting = (status: BuildStatus): boolean => status === 'pending' || status === 'waiting_for_approval';

async function updatePending(
  trx: Db,
  context: SqlContext,
  update: DecisionCommit['updates'][number],
  { pipelineId, now }: DecisionCommit,
): Promise<void> {
  const revision = await trx
    .selectFrom('revisions')
    .select('number')
    .where('id', '=', update.revisionId)
    .executeTakeFirstOrThrow();
  const updated = await trx
    .updateTable('builds')
    .set({
      cause_json: JSON.stringify(update.cause),
      revision_id: update.revisionId,
      revision: revision.number,
      rank: -update.priority,
      plan_digest: await savePlan(trx, context, pipelineId, update.plan),
      input_set: digestOf(inputSetKey(update.inputs)),
      effect_steps_json: JSON.stringify(effectSteps(update.plan)),
      // What is there now nobody has been asked about.
      ...gateOf(update.plan, now),
      ...givenColumns(update),
    })
    .where('id', '=', update.buildId)
    .where('status', 'in', ['pending', 'waiting_for_approval'])
    .where('replaceable', '=', 1)
    .where('attempts', '=', 0)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) return;
  await replaceInputs(trx, update.buildId, update.plan, update.inputs);
  await note(trx, now, 'build', { pipelineId, buildId: update.buildId });
}
