import type { ResourceHookStore } from '../resource-hooks.ts';
import { orUndefined, type SqlContext, write } from './context.ts';

export function createResourceHookStore(context: SqlContext): ResourceHookStore {
  const { db } = context;
  return {
    setResourceHook: ({ resourceId, hash, by, now }) =>
      write(context, async (trx) => {
        await context.dialect.lockRow(trx, 'resources', resourceId);
        await trx.deleteFrom('resource_hooks').where('resource_id', '=', resourceId).execute();
        await trx
          .insertInto('resource_hooks')
          .values({ resource_id: resourceId, hash, created_by: by, created_at: now, last_used_at: null, uses: 0 })
          .execute();
      }),

    removeResourceHook: (resourceId) =>
      write(context, async (trx) => {
        const gone = await trx.deleteFrom('resource_hooks').where('resource_id', '=', resourceId).executeTakeFirst();
        return gone.numDeletedRows === 1n;
      }),

    async getResourceHook(resourceId) {
      const row = await db
        .selectFrom('resource_hooks')
        .selectAll()
        .where('resource_id', '=', resourceId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { created_by: createdBy, created_at: createdAt, last_used_at: usedAt, uses } = row;
      return { resourceId, createdBy, createdAt, lastUsedAt: orUndefined(usedAt), uses };
    },

    useResourceHook: (hash, now) =>
      write(context, async (trx) => {
        const row = await trx
          .selectFrom('resource_hooks')
          .innerJoin('resources', 'resources.id', 'resource_hooks.resource_id')
          .select('resource_id')
          .where('hash', '=', hash)
          .where('active', '=', 1)
          .executeTakeFirst();
        if (row === undefined) return undefined;
        await trx
          .updateTable('resource_hooks')
          .set((eb) => ({ last_used_at: now, uses: eb('uses', '+', 1) }))
          .where('hash', '=', hash)
          .execute();
        return row.resource_id;
      }),
  };
}
