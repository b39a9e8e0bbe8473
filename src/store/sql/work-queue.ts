/** What waits to be granted, best first. */
import type { BuildId, CheckId } from '../../lib/ids.ts';
import type { GrantRequest } from '../store.ts';
import type { SqlDialect } from './dialect.ts';
import { firstRow, prepared } from './prepared.ts';
import type { Db } from './schema.ts';

type Wanted = Pick<GrantRequest, 'tags' | 'teamId' | 'now'>;

export interface WorkQueue {
  nextCheck(trx: Db, wanted: Wanted): Promise<CheckId | undefined>;
  nextBuild(trx: Db, wanted: Wanted): Promise<BuildId | undefined>;
}

export function createWorkQueue(dialect: SqlDialect): WorkQueue {
  // Most workers have neither tags nor a team: their questions are asked all the time, and have one text.
  const isPlain = ({ tags, teamId }: Wanted): boolean => tags.length === 0 && teamId === undefined;
  const checks = (db: Db, wanted: Wanted) => dialect.skipLocked(pendingCheckQuery(db, wanted), 'checks');
  const builds = (db: Db, wanted: Wanted) => dialect.skipLocked(pendingBuildQuery(db, wanted), 'builds');
  const plainCheck = prepared<{ now: number }>()((db, param) => checks(db, { tags: [], now: param('now') }));
  const plainBuild = prepared<{ now: number }>()((db, param) => builds(db, { tags: [], now: param('now') }));
  return {
    nextCheck: async (trx, wanted) => {
      const { now } = wanted;
      const found = isPlain(wanted) ? firstRow(plainCheck(trx, { now })) : checks(trx, wanted).executeTakeFirst();
      return (await found)?.id;
    },
    nextBuild: async (trx, wanted) => {
      const { now } = wanted;
      const found = isPlain(wanted) ? firstRow(plainBuild(trx, { now })) : builds(trx, wanted).executeTakeFirst();
      return (await found)?.id;
    },
  };
}

function pendingCheckQuery(trx: Db, { tags, teamId }: Wanted) {
  const query = trx
    .selectFrom('checks')
    .select('checks.id')
    .where('checks.status', '=', 'pending')
    .where(({ exists, selectFrom, not }) => {
      const asked = selectFrom('resource_tags')
        .select('tag')
        .whereRef('resource_tags.resource_id', '=', 'checks.resource_id');
      return not(exists(tags.length === 0 ? asked : asked.where('tag', 'not in', tags)));
    })
    .orderBy('checks.requested_at')
    .orderBy('checks.id')
    .limit(1);
  return teamId === undefined ? query : query.where('checks.team_id', '=', teamId);
}

/**
 * The first in the queue that this worker may do now: its tags, its team, nobody paused it, and its job has room. A build between two attempts
 * has its slot still, so it needs no room.
 */
function pendingBuildQuery(trx: Db, { tags, teamId, now }: Wanted) {
  const query = trx
    .selectFrom('builds')
    .innerJoin('jobs', 'jobs.id', 'builds.job_id')
    .innerJoin('pipelines', 'pipelines.id', 'builds.pipeline_id')
    .select('builds.id')
    .where('builds.status', '=', 'pending')
    .where((eb) => eb.or([eb('builds.not_before', 'is', null), eb('builds.not_before', '<=', now)]))
    .where('pipelines.paused_by', 'is', null)
    .where('jobs.paused_by', 'is', null)
    .where((eb) =>
      eb.or([
        eb('builds.holds_slot', '=', 1),
        eb('jobs.concurrency', 'is', null),
        eb('jobs.held', '<', eb.ref('jobs.concurrency')),
      ]),
    )
    .where(({ exists, selectFrom, not }) => {
      const asked = selectFrom('build_tags').select('tag').whereRef('build_tags.build_id', '=', 'builds.id');
      return not(exists(tags.length === 0 ? asked : asked.where('tag', 'not in', tags)));
    })
    .where(({ exists, selectFrom, not }) =>
      not(
        exists(
          selectFrom('job_groups')
            .innerJoin('slots', (join) =>
              join
                .onRef('slots.pipeline_id', '=', 'job_groups.pipeline_id')
                .onRef('slots.group_name', '=', 'job_groups.group_name'),
            )
            .select('slots.build_id')
            .whereRef('job_groups.job_id', '=', 'builds.job_id')
            .whereRef('slots.build_id', '!=', 'builds.id'),
        ),
      ),
    )
    .orderBy('builds.rank')
    .orderBy('builds.created_at')
    .orderBy('builds.id')
    .limit(1);
  return teamId === undefined ? query : query.where('builds.team_id', '=', teamId);
}
