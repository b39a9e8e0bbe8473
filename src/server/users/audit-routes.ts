import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { Handlers } from '../http/call.ts';
import { auditView } from './user-views.ts';

const PAGE = 50;

interface Filter {
  readonly team?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
}

export function auditRoutes(parts: {
  readonly store: Store;
  readonly access: Access;
}): Handlers<'listTeamAudit' | 'listAudit'> {
  async function page(filter: Filter, query: { limit?: number | undefined; after?: string | undefined }) {
    const found = await parts.store.listAudit(filter, { limit: query.limit ?? PAGE, after: query.after });
    return { items: found.items.map(auditView), ...(found.next !== undefined && { next: found.next }) };
  }
  return {
    async listTeamAudit({ principal, params, query }) {
      const { name } = await parts.access.team(principal, params.team);
      return page({ team: name, actor: query.actor, action: query.action }, query);
    },
    listAudit: ({ query }) => page({ team: query.team, actor: query.actor, action: query.action }, query),
  };
}
