import type { Store } from '../../store/store.ts';
import { seesTeam } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';

export function teamRoutes(store: Store): Handlers<'listTeams'> {
  return {
    async listTeams({ principal }) {
      return (await store.listTeams()).filter((team) => seesTeam(principal, team.name)).map(({ name }) => ({ name }));
    },
  };
}
