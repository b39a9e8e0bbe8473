/** By what users are known to the server: sessions, tokens, links. Each is looked up by its hash. */
import type { ApiTokenId, UserId } from '../../lib/ids.ts';
import type { ApiTokenRecord, IdentityStore, SessionRecord } from '../identity-store.ts';
import { cursorId, orUndefined, type SqlContext, write } from './context.ts';
import type { Db, Schema } from './schema.ts';
import { knownUser, userOf } from './users.ts';

type CredentialStore = Pick<
  IdentityStore,
  | 'beginSession'
  | 'useSession'
  | 'listSessions'
  | 'endSession'
  | 'createToken'
  | 'useToken'
  | 'listTokens'
  | 'revokeToken'
  | 'createLink'
  | 'redeemLink'
>;

/** How exactly it is known when something was last used. */
const SEEN_EVERY_MS = 60_000;

export function createCredentialStore(context: SqlContext): CredentialStore {
  const { db } = context;
  return {
    beginSession: (session) =>
      write(context, async (trx) => {
        const { hash, id, userId, csrf, createdAt, expiresAt, address, agent } = session;
        const times = { created_at: createdAt, last_seen_at: createdAt, expires_at: expiresAt };
        await trx
          .insertInto('sessions')
          .values({ hash, id, user_id: userId, csrf, ...times, address, agent })
          .execute();
        await trx.updateTable('users').set({ last_seen_at: createdAt }).where('id', '=', userId).execute();
      }),

    async useSession(hash, now) {
      const row = await db
        .selectFrom('sessions')
        .selectAll()
        .where('hash', '=', hash)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      const user = row && (await activeUser(db, row.user_id));
      if (row === undefined || user === undefined) return undefined;
      if (row.last_seen_at < now - SEEN_EVERY_MS) {
        await write(context, async (trx) => {
          await trx.updateTable('sessions').set({ last_seen_at: now }).where('hash', '=', hash).execute();
          await trx.updateTable('users').set({ last_seen_at: now }).where('id', '=', row.user_id).execute();
        });
      }
      return { ...(await knownUser(db, user)), session: sessionOf(row) };
    },

    async listSessions(userId, now) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .where('expires_at', '>', now)
        .orderBy('id', 'desc')
        .execute();
      return rows.map(sessionOf);
    },

    endSession: (userId, id) =>
      write(context, async (trx) => {
        const gone = await trx
          .deleteFrom('sessions')
          .where('user_id', '=', userId)
          .where('id', '=', id)
          .executeTakeFirst();
        return gone.numDeletedRows > 0n;
      }),

    createToken: ({ hash, id, name, userId, teamId, role, createdAt, expiresAt }) =>
      write(context, async (trx) => {
        await trx
          .insertInto('api_tokens')
          .values({
            id,
            hash,
            name,
            user_id: userId,
            team_id: teamId ?? null,
            role,
            created_at: createdAt,
            expires_at: expiresAt ?? null,
            last_used_at: null,
          })
          .execute();
        return tokenOf(await tokens(trx).where('api_tokens.id', '=', id).executeTakeFirstOrThrow());
      }),

    async useToken(hash, now) {
      const row = await tokens(db).where('api_tokens.hash', '=', hash).executeTakeFirst();
      if (row === undefined || (row.expires_at !== null && row.expires_at <= now)) return undefined;
      const user = await activeUser(db, row.user_id);
      if (user === undefined) return undefined;
      if ((row.last_used_at ?? 0) < now - SEEN_EVERY_MS) {
        await write(context, async (trx) => {
          await trx.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', row.id).execute();
        });
      }
      return { ...(await knownUser(db, user)), token: tokenOf(row) };
    },

    async listTokens({ userId }, { limit, after }) {
      let query = tokens(db).innerJoin('users', 'users.id', 'api_tokens.user_id').select('users.name as user');
      if (userId !== undefined) query = query.where('api_tokens.user_id', '=', userId);
      if (after !== undefined) query = query.where('api_tokens.id', '<', cursorId<ApiTokenId>(after));
      const rows = await query
        .orderBy('api_tokens.id', 'desc')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit).map((row) => ({ ...tokenOf(row), user: row.user }));
      return { items, ...(rows.length > limit && { next: items.at(-1)?.id }) };
    },

    revokeToken: (id, userId) =>
      write(context, async (trx) => {
        const one = trx.deleteFrom('api_tokens').where('id', '=', id);
        const gone = await (userId === undefined ? one : one.where('user_id', '=', userId)).executeTakeFirst();
        return gone.numDeletedRows > 0n;
      }),

    createLink: ({ hash, userId, expiresAt }) =>
      write(context, async (trx) => {
        await trx.insertInto('sign_in_links').values({ hash, user_id: userId, expires_at: expiresAt }).execute();
      }),

    redeemLink: (hash, now) =>
      write(context, async (trx) => {
        const row = await trx
          .selectFrom('sign_in_links')
          .select(['user_id', 'expires_at'])
          .where('hash', '=', hash)
          .executeTakeFirst();
        const gone = await trx.deleteFrom('sign_in_links').where('hash', '=', hash).executeTakeFirst();
        if (row === undefined || gone.numDeletedRows !== 1n || row.expires_at <= now) return undefined;
        const user = await activeUser(trx, row.user_id);
        return user && userOf(user);
      }),
  };
}

const activeUser = (db: Db, id: UserId) =>
  db.selectFrom('users').selectAll().where('id', '=', id).where('disabled_at', 'is', null).executeTakeFirst();

const tokens = (db: Db) =>
  db
    .selectFrom('api_tokens')
    .leftJoin('teams', 'teams.id', 'api_tokens.team_id')
    .select([
      'api_tokens.id',
      'api_tokens.name',
      'api_tokens.user_id',
      'api_tokens.team_id',
      'teams.name as team',
      'api_tokens.role',
      'api_tokens.created_at',
      'api_tokens.expires_at',
      'api_tokens.last_used_at',
    ]);

type TokenRow = Omit<Schema['api_tokens'], 'hash'> & { readonly team: string | null };

const tokenOf = (row: TokenRow): ApiTokenRecord => ({
  id: row.id,
  name: row.name,
  userId: row.user_id,
  teamId: orUndefined(row.team_id),
  team: orUndefined(row.team),
  role: row.role,
  createdAt: row.created_at,
  expiresAt: orUndefined(row.expires_at),
  lastUsedAt: orUndefined(row.last_used_at),
});

const sessionOf = (row: Schema['sessions']): SessionRecord => ({
  id: row.id,
  userId: row.user_id,
  csrf: row.csrf,
  createdAt: row.created_at,
  lastSeenAt: row.last_seen_at,
  expiresAt: row.expires_at,
  address: row.address,
  agent: row.agent,
});
