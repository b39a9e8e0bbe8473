/** Users and their memberships and accounts elsewhere. */
import { newId, type UserId } from '../../lib/ids.ts';
import type { ExternalIdentity, IdentityStore, KnownUser, Membership, UserRecord } from '../identity-store.ts';
import { conflict, flag, notFound, orUndefined, type SqlContext, write } from './context.ts';
import type { Db, Schema } from './schema.ts';

type UserStore = Pick<
  IdentityStore,
  | 'createUser'
  | 'listUsers'
  | 'findUser'
  | 'getUser'
  | 'changeUser'
  | 'deleteUser'
  | 'setPassword'
  | 'passwordOf'
  | 'hasUsers'
  | 'setMember'
  | 'listMembers'
  | 'linkIdentity'
  | 'unlinkIdentity'
  | 'findIdentity'
  | 'listIdentities'
>;

export type UserRow = Schema['users'];

export function createUserStore(context: SqlContext): UserStore {
  const { db, dialect } = context;
  return {
    createUser: ({ name, displayName, email, admin, passwordHash, now }) =>
      write(context, async (trx) => {
        const row: UserRow = {
          id: newId<UserId>(),
          name,
          display_name: displayName ?? null,
          email: email ?? null,
          admin: flag(admin === true),
          password_hash: passwordHash ?? null,
          disabled_at: null,
          created_at: now,
          last_seen_at: null,
        };
        await dialect.ignoreTaken(trx.insertInto('users').values(row)).execute();
        const there = await trx.selectFrom('users').select('id').where('name', '=', name).executeTakeFirst();
        if (there?.id !== row.id) throw conflict(`there is a user "${name}" already`, 'choose another name');
        return userOf(row);
      }),

    async listUsers({ limit, after }) {
      const rows = await db
        .selectFrom('users')
        .selectAll()
        .where('name', '>', after ?? '')
        .orderBy('name')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit).map(userOf);
      return { items, ...(rows.length > limit && { next: items.at(-1)?.name }) };
    },

    async findUser(name) {
      const row = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
      return row && userOf(row);
    },

    async getUser(id) {
      const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
      return row && knownUser(db, row);
    },

    changeUser: (id, change) =>
      write(context, async (trx) => {
        const row = await lockedUser(trx, context, id);
        const changed: UserRow = {
          ...row,
          ...(change.displayName !== undefined && { display_name: change.displayName || null }),
          ...(change.email !== undefined && { email: change.email || null }),
          ...(change.admin !== undefined && { admin: flag(change.admin) }),
          ...(change.disabled !== undefined && { disabled_at: change.disabled.at ?? null }),
        };
        if (isActingAdmin(row) && !isActingAdmin(changed)) await requireOtherAdmin(trx, row);
        await trx.updateTable('users').set(changed).where('id', '=', id).execute();
        if (changed.disabled_at !== null) await trx.deleteFrom('sessions').where('user_id', '=', id).execute();
        return userOf(changed);
      }),

    deleteUser: (id) =>
      write(context, async (trx) => {
        const row = await lockedUser(trx, context, id);
        if (isActingAdmin(row)) await requireOtherAdmin(trx, row);
        await trx.deleteFrom('users').where('id', '=', id).execute();
      }),

    setPassword: (id, hash, keep) =>
      write(context, async (trx) => {
        await lockedUser(trx, context, id);
        await trx
          .updateTable('users')
          .set({ password_hash: hash ?? null })
          .where('id', '=', id)
          .execute();
        const others = trx.deleteFrom('sessions').where('user_id', '=', id);
        await (keep === undefined ? others : others.where('id', '!=', keep)).execute();
      }),

    async passwordOf(name) {
      const row = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
      if (row === undefined || row.password_hash === null || row.disabled_at !== null) return undefined;
      return { user: userOf(row), hash: row.password_hash };
    },

    async hasUsers() {
      return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
    },

    setMember: (teamId, userId, role) =>
      write(context, async (trx) => {
        const row = await lockedUser(trx, context, userId);
        await trx.deleteFrom('members').where('team_id', '=', teamId).where('user_id', '=', row.id).execute();
        if (role === undefined) return;
        await trx.insertInto('members').values({ team_id: teamId, user_id: row.id, role }).execute();
      }),

    async listMembers(teamId) {
      const rows = await db
        .selectFrom('members')
        .innerJoin('users', 'users.id', 'members.user_id')
        .selectAll('users')
        .select('members.role')
        .where('members.team_id', '=', teamId)
        .orderBy('users.name')
        .execute();
      return rows.map(({ role, ...row }) => ({ user: userOf(row), role }));
    },

    linkIdentity: ({ provider, subject, userId, login, linkedAt }) =>
      write(context, async (trx) => {
        await lockedUser(trx, context, userId);
        const there = await identityRow(trx, provider, subject);
        const others = await trx
          .selectFrom('external_identities')
          .select('login')
          .where('user_id', '=', userId)
          .where('provider', '=', provider)
          .where('subject', '!=', subject)
          .execute();
        if (others[0] !== undefined) {
          throw conflict(
            `the ${provider} account ${others[0].login} is linked already, and there may be one of each provider`,
            'unlink it first',
          );
        }
        if (there !== undefined && there.user_id !== userId) {
          throw conflict(
            `the ${provider} account ${login} belongs to another user here`,
            'sign in with it, or have an administrator unlink it there',
          );
        }
        if (there === undefined) {
          const row = { provider, subject, user_id: userId, login, linked_at: linkedAt };
          await trx.insertInto('external_identities').values(row).execute();
          return;
        }
        await trx
          .updateTable('external_identities')
          .set({ login })
          .where('provider', '=', provider)
          .where('subject', '=', subject)
          .execute();
      }),

    unlinkIdentity: (userId, provider) =>
      write(context, async (trx) => {
        const gone = await trx
          .deleteFrom('external_identities')
          .where('user_id', '=', userId)
          .where('provider', '=', provider)
          .executeTakeFirst();
        await trx.deleteFrom('forge_grants').where('user_id', '=', userId).where('provider', '=', provider).execute();
        return gone.numDeletedRows > 0n;
      }),

    async findIdentity(provider, subject) {
      const row = await identityRow(db, provider, subject);
      return row && identityOf(row);
    },

    async listIdentities(userId) {
      const rows = await db
        .selectFrom('external_identities')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('provider')
        .orderBy('subject')
        .execute();
      return rows.map(identityOf);
    },
  };
}

export function userOf(row: UserRow): UserRecord {
  return {
    id: row.id,
    name: row.name,
    displayName: orUndefined(row.display_name),
    email: orUndefined(row.email),
    admin: row.admin === 1,
    hasPassword: row.password_hash !== null,
    disabledAt: orUndefined(row.disabled_at),
    createdAt: row.created_at,
    lastSeenAt: orUndefined(row.last_seen_at),
  };
}

export async function knownUser(db: Db, row: UserRow): Promise<KnownUser> {
  const memberships: Membership[] = await db
    .selectFrom('members')
    .innerJoin('teams', 'teams.id', 'members.team_id')
    .select(['teams.id as teamId', 'teams.name as team', 'members.role'])
    .where('members.user_id', '=', row.id)
    .orderBy('teams.name')
    .execute();
  return { user: userOf(row), memberships };
}

async function lockedUser(trx: Db, { dialect }: SqlContext, id: UserId): Promise<UserRow> {
  await dialect.lockRow(trx, 'users', id);
  const row = await trx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw notFound('user', id);
  return row;
}

const isActingAdmin = (row: UserRow): boolean => row.admin === 1 && row.disabled_at === null;

async function requireOtherAdmin(trx: Db, { id, name }: UserRow): Promise<void> {
  const other = await trx
    .selectFrom('users')
    .select('id')
    .where('admin', '=', 1)
    .where('disabled_at', 'is', null)
    .where('id', '!=', id)
    .limit(1)
    .executeTakeFirst();
  if (other === undefined) throw conflict(`${name} is the last administrator`, 'make somebody else one first');
}

const identityRow = (db: Db, provider: string, subject: string) =>
  db
    .selectFrom('external_identities')
    .selectAll()
    .where('provider', '=', provider)
    .where('subject', '=', subject)
    .executeTakeFirst();

const identityOf = (row: Schema['external_identities']): ExternalIdentity => ({
  provider: row.provider,
  subject: row.subject,
  userId: row.user_id,
  login: row.login,
  linkedAt: row.linked_at,
});
