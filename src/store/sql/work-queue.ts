/** What waits to be granted, best first. */
import type { ExpressionBuilder } from 'kysely';
import type { BuildId, CheckId } from '../../lib/ids.ts';
import { type GrantRequest, LONGEST_RETRY_MS } from '../attempt-store.ts';
import type { SqlDialect } from './dialect.ts';
import { firstRow, prepared } from './prepared.ts';
import type { Db, Schema } from './schema.ts';

type Asked = Pick<GrantRequest, 'tags' | 'exclusive' | 'teamId' | 'now'>;
/** `farthest`: the latest instant that a next try can have been put off to. */
type Wanted = Asked & { readonly farthest: number };

export interface WorkQueue {
  nextCheck(trx: Db, asked: Asked): Promise<CheckId | undefined>;
  nextBuild(trx: Db, asked: Asked): Promise<BuildId | undefined>;
}

export function createWorkQueue(dialect: SqlDialect): WorkQueue {
  // Most workers have neither tags nor a team: their questions are asked all the time, and have one text.
  const isPlain = ({ tags, exclusive, teamId }: Asked): boolean =>
    tags.length === 0 && exclusive !== true && teamId === undefined;
  const takesNothing = ({ tags, exclusive }: Asked): boolean => exclusive === true && tags.length === 0;
  const checks = (db: Db, wanted: Asked) => dialect.skipLocked(pendingCheckQuery(db, wanted), 'checks');
  const builds = (db: Db, wanted: Wanted) => dialect.skipLocked(pendingBuildQuery(db, wanted), 'builds');
  const plainCheck = prepared<{ now: number }>()((db, param) => checks(db, { tags: [], now: param('now') }));
  const plainBuild = prepared<{ now: number; farthest: number }>()((db, param) =>
    builds(db, { tags: [], now: param('now'), farthest: param('farthest') }),
  );
  return {
    nextCheck: async (trx, wanted) => {
      if (takesNothing(wanted)) return undefined;
      const { now } = wanted;
      const found = isPlain(wanted) ? firstRow(plainCheck(trx, { now })) : checks(trx, wanted).executeTakeFirst();
      return (await found)?.id;
    },
    nextBuild: async (trx, asked) => {
      if (takesNothing(asked)) return undefined;
      const { now } = asked;
      const wanted = { ...asked, farthest: now + LONGEST_RETRY_MS };
      const { farthest } = wanted;
      const found = isPlain(asked)
        ? firstRow(plainBuild(trx, { now, farthest }))
        : builds(trx, wanted).executeTakeFirst();
      return (await found)?.id;
    },
  };
}

function pendingCheckQuery(trx: Db, { tags, exclusive, teamId }: Asked) {
  let query = trx
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
  if (exclusive === true) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('resource_tags')
          .select('tag')
          .whereRef('resource_tags.resource_id', '=', 'checks.resource_id')
          .where('tag', 'in', tags),
      ),
    );
  }
  return teamId === undefined ? query : query.where('checks.team_id', '=', teamId);
}

/**
 * The first in the queue that this worker may do now: its tags, its team, nobody paused it, and its job has room. A build between two attempts
 * has its slot still, so it needs no room.
 */
function pendingBuildQuery(trx: Db, wanted: Wanted) {
  const { tags, exclusive, teamId } = wanted;
  let query = trx
    .selectFrom('builds')
    .innerJoin('jobs', 'jobs.id', 'builds.job_id')
    .innerJoin('pipelines', 'pipelines.id', 'builds.pipeline_id')
    .select('builds.id')
    .where('builds.status', '=', 'pending')
    .where('builds.held', 'is', null)
    .where('pipelines.archived_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('builds.not_before', 'is', null),
        eb('builds.not_before', '<=', wanted.now),
        eb('builds.not_before', '>', wanted.farthest),
      ]),
    )
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
    .where(({ exists, not, or, eb }) => or([eb('builds.holds_slot', '=', 1), not(exists(aheadInGroup(eb, wanted)))]))
    .orderBy('builds.rank')
    .orderBy('builds.created_at')
    .orderBy('builds.id')
    .limit(1);
  if (exclusive === true) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('build_tags')
          .select('tag')
          .whereRef('build_tags.build_id', '=', 'builds.id')
          .where('tag', 'in', tags),
      ),
    );
  }
  return teamId === undefined ? query : query.where('builds.team_id', '=', teamId);
}

/**
 * Builds that are ahead of `builds` in the queue, want a serial group of its job too, and lack only another group: whoever came first gets the group
 * first, or a job of two groups would wait for ever behind those of one. What this worker could not do keeps nobody back.
 */
function aheadInGroup(queue: ExpressionBuilder<Schema, 'builds'>, { tags, exclusive, teamId }: Asked) {
  let query = queue
    .selectFrom('job_groups as mine')
    .innerJoin('job_groups as theirs', (join) =>
      join.onRef('theirs.pipeline_id', '=', 'mine.pipeline_id').onRef('theirs.group_name', '=', 'mine.group_name'),
    )
    .innerJoin('builds as ahead', 'ahead.job_id', 'theirs.job_id')
    .innerJoin('jobs as other', 'other.id', 'ahead.job_id')
    .select('ahead.id')
    .whereRef('mine.job_id', '=', 'builds.job_id')
    .whereRef('ahead.job_id', '!=', 'builds.job_id')
    .where('ahead.status', '=', 'pending')
    .where('ahead.held', 'is', null)
    .where('ahead.holds_slot', '=', 0)
    // Between two tries it would have its groups already.
    .where('ahead.not_before', 'is', null)
    .where('other.paused_by', 'is', null)
    .where((eb) => eb.or([eb('other.concurrency', 'is', null), eb('other.held', '<', eb.ref('other.concurrency'))]))
    .where(({ exists, selectFrom, not }) => {
      const asked = selectFrom('build_tags').select('tag').whereRef('build_tags.build_id', '=', 'ahead.id');
      return not(exists(tags.length === 0 ? asked : asked.where('tag', 'not in', tags)));
    })
    .where(({ eb, or, and, ref }) => {
      return or([
        eb('ahead.rank', '<', ref('builds.rank')),
        and([eb('ahead.rank', '=', ref('builds.rank')), eb('ahead.created_at', '<', ref('builds.created_at'))]),
        and([
          eb('ahead.rank', '=', ref('builds.rank')),
          eb('ahead.created_at', '=', ref('builds.created_at')),
          eb('ahead.id', '<', ref('builds.id')),
        ]),
      ]);
    });
  if (exclusive === true) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('build_tags')
          .select('tag')
          .whereRef('build_tags.build_id', '=', 'ahead.id')
          .where('tag', 'in', tags),
      ),
    );
  }
  return teamId === undefined ? query : query.where('ahead.team_id', '=', teamId);
}

export async function queuePlace(db: Db, id: BuildId): Promise<number> {
  const row = await db
    .selectFrom('builds as before')
    .innerJoin('builds as mine', (join) => join.on('mine.id', '=', id))
    .innerJoin('jobs', 'jobs.id', 'before.job_id')
    .innerJoin('pipelines', 'pipelines.id', 'before.pipeline_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('before.status', '=', 'pending')
    .where('before.held', 'is', null)
    .where('jobs.paused_by', 'is', null)
    .where('pipelines.paused_by', 'is', null)
    .where(({ eb, or, and, ref }) =>
      or([
        eb('before.rank', '<', ref('mine.rank')),
        and([eb('before.rank', '=', ref('mine.rank')), eb('before.created_at', '<', ref('mine.created_at'))]),
        and([
          eb('before.rank', '=', ref('mine.rank')),
          eb('before.created_at', '=', ref('mine.created_at')),
          eb('before.id', '<', ref('mine.id')),
        ]),
      ]),
    )
    .executeTakeFirst();
  return Number(row?.count ?? 0) + 1;
}
