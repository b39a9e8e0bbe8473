import { newId } from '../../lib/ids.ts';
import type { TeamStore } from '../store.ts';
import { type SqlContext, write } from './context.ts';

export function createTeamStore(context: SqlContext): TeamStore {
  const { db, dialect } = context;
  return {
    ensureTeam: (name) =>
      write(context, async (trx) => {
        await dialect.ignoreTaken(trx.insertInto('teams').values({ id: newId(), name })).execute();
        return trx.selectFrom('teams').select(['id', 'name']).where('name', '=', name).executeTakeFirstOrThrow();
      }),

    listTeams: () => db.selectFrom('teams').select(['id', 'name']).orderBy('name').execute(),
  };
}
