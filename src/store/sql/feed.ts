import type { FeedStore } from '../store.ts';
import { orUndefined, type SqlContext } from './context.ts';

export function createFeedStore(context: SqlContext): FeedStore {
  const { db } = context;

  const latestCursor = async (): Promise<number> => {
    const row = await db.selectFrom('feed').select('cursor').orderBy('cursor', 'desc').limit(1).executeTakeFirst();
    return row?.cursor ?? 0;
  };

  return {
    latestCursor,

    listFeed: async (after, limit) => {
      const rows = await db
        .selectFrom('feed')
        .selectAll()
        .where('cursor', '>', after)
        .orderBy('cursor')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        cursor: row.cursor,
        at: row.at,
        topic: row.topic,
        pipelineId: orUndefined(row.pipeline_id),
        jobId: orUndefined(row.job_id),
        resourceId: orUndefined(row.resource_id),
        buildId: orUndefined(row.build_id),
      }));
    },

    trimFeed: async (keepAfter) => {
      // The newest entry stays: it is what says how far the feed has come.
      const newest = await latestCursor();
      await db.deleteFrom('feed').where('at', '<', keepAfter).where('cursor', '<', newest).execute();
    },
  };
}
