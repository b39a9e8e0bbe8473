import { z } from 'zod';
import { newId } from '../../lib/ids.ts';
import type { AuditRecord, IdentityStore } from '../identity-store.ts';
import { cursorId, orUndefined, type SqlContext, write } from './context.ts';
import { parseColumn } from './json-column.ts';
import type { Schema } from './schema.ts';

const detail = z.record(z.string(), z.string());

export function createAuditStore(
  context: SqlContext,
): Pick<IdentityStore, 'writeAudit' | 'listAudit' | 'trimIdentity'> {
  const { db } = context;
  return {
    writeAudit: (entry) =>
      write(context, async (trx) => {
        await trx
          .insertInto('audit')
          .values({
            id: newId(),
            at: entry.at,
            actor: entry.actor,
            address: entry.address ?? null,
            action: entry.action,
            team: entry.team ?? null,
            target: entry.target ?? null,
            detail_json: JSON.stringify(entry.detail),
          })
          .execute();
      }),

    async listAudit({ team, actor, action }, { limit, after }) {
      let query = db.selectFrom('audit').selectAll();
      if (team !== undefined) query = query.where('team', '=', team);
      if (actor !== undefined) query = query.where('actor', '=', actor);
      if (action !== undefined) query = query.where('action', '=', action);
      if (after !== undefined) query = query.where('id', '<', cursorId(after));
      const rows = await query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit).map(auditOf);
      return { items, ...(rows.length > limit && { next: items.at(-1)?.id }) };
    },

    trimIdentity: (now, auditBefore) =>
      write(context, async (trx) => {
        await trx.deleteFrom('sessions').where('expires_at', '<=', now).execute();
        await trx.deleteFrom('sign_in_links').where('expires_at', '<=', now).execute();
        await trx.deleteFrom('api_tokens').where('expires_at', '<=', now).execute();
        await trx.deleteFrom('audit').where('at', '<', auditBefore).execute();
      }),
  };
}

const auditOf = (row: Schema['audit']): AuditRecord => ({
  id: row.id,
  at: row.at,
  actor: row.actor,
  address: orUndefined(row.address),
  action: row.action,
  team: orUndefined(row.team),
  target: orUndefined(row.target),
  detail: parseColumn(detail, row.detail_json, 'audit.detail_json'),
});
