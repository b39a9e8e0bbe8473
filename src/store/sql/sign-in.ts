import { sql } from 'kysely';
import { newId, type UserId } from '../../lib/ids.ts';
import type { ForgeGrantRecord, ProviderRecord, SignInStore } from '../sign-in-store.ts';
import { conflict, orUndefined, type SqlContext, write } from './context.ts';
import type { Db, Schema } from './schema.ts';
import { type UserRow, userOf } from './users.ts';

export function createSignInStore(context: SqlContext): SignInStore {
  const { db, dialect } = context;
  return {
    setProvider: ({ name, issuer, settingsJson, sealed, setBy, setAt }) =>
      write(context, async (trx) => {
        const row = { issuer, settings_json: settingsJson, sealed, set_by: setBy, set_at: setAt };
        await dialect.ignoreTaken(trx.insertInto('providers').values({ name, ...row })).execute();
        const there = await providerRow(trx, name);
        if (there !== undefined && there.issuer !== issuer) {
          throw conflict(
            `the provider ${name} is ${there.issuer}, and cannot become ${issuer}: its accounts would be those of others`,
            `give it another name, or remove it with all its linked accounts first: pikoci providers remove ${name}`,
          );
        }
        await trx.updateTable('providers').set(row).where('name', '=', name).execute();
      }),
    async listProviders() {
      return (await db.selectFrom('providers').selectAll().orderBy('name').execute()).map(providerOf);
    },
    async findProvider(name) {
      const row = await providerRow(db, name);
      return row && providerOf(row);
    },
    removeProvider: (name) =>
      write(context, async (trx) => {
        const gone = await trx.deleteFrom('providers').where('name', '=', name).executeTakeFirst();
        await trx.deleteFrom('external_identities').where('provider', '=', name).execute();
        await trx.deleteFrom('forge_grants').where('provider', '=', name).execute();
        return gone.numDeletedRows > 0n;
      }),

    admitAccount: ({ provider, subject, login, names, displayName, email, now }) =>
      write(context, async (trx) => {
        const known = await userOfAccount(trx, provider, subject);
        if (known !== undefined) {
          await noteLogin(trx, { provider, subject, login });
          return { user: userOf(known), created: false };
        }
        const who = { display_name: displayName ?? null, email: email ?? null, created_at: now };
        const row = await insertUser(trx, context, names, who);
        const identity = { provider, subject, user_id: row.id, login, linked_at: now };
        await dialect.ignoreTaken(trx.insertInto('external_identities').values(identity)).execute();
        const owner = await userOfAccount(trx, provider, subject);
        if (owner === undefined || owner.id === row.id) return { user: userOf(row), created: true };
        // Another request for the same account was first.
        await trx.deleteFrom('users').where('id', '=', row.id).execute();
        return { user: userOf(owner), created: false };
      }),

    async findUsersByEmail(email) {
      const rows = await db
        .selectFrom('users')
        .selectAll()
        .where(sql`lower(email)`, '=', email.toLowerCase())
        .orderBy('name')
        .execute();
      return rows.map(userOf);
    },

    saveGrant: (grant) =>
      write(context, async (trx) => {
        // Of two who save at once the later stays.
        await dialect.lockRow(trx, 'users', grant.userId);
        await trx
          .deleteFrom('forge_grants')
          .where('user_id', '=', grant.userId)
          .where('provider', '=', grant.provider)
          .execute();
        await trx.insertInto('forge_grants').values(rowOf(grant)).execute();
      }),
    async findGrant(userId, provider) {
      const row = await db
        .selectFrom('forge_grants')
        .selectAll()
        .where('user_id', '=', userId)
        .where('provider', '=', provider)
        .executeTakeFirst();
      return row && grantRecord(row);
    },
    replaceGrant: (sealed, grant) =>
      write(context, async (trx) => {
        const changed = await trx
          .updateTable('forge_grants')
          .set(rowOf(grant))
          .where('user_id', '=', grant.userId)
          .where('provider', '=', grant.provider)
          .where('sealed', '=', sealed)
          .executeTakeFirst();
        return changed.numUpdatedRows === 1n;
      }),
    dropGrant: (userId, provider) =>
      write(context, async (trx) => {
        await trx.deleteFrom('forge_grants').where('user_id', '=', userId).where('provider', '=', provider).execute();
      }),
  };
}

const providerRow = (db: Db, name: string) =>
  db.selectFrom('providers').selectAll().where('name', '=', name).executeTakeFirst();

const userOfAccount = (db: Db, provider: string, subject: string) =>
  db
    .selectFrom('external_identities')
    .innerJoin('users', 'users.id', 'external_identities.user_id')
    .selectAll('users')
    .where('external_identities.provider', '=', provider)
    .where('external_identities.subject', '=', subject)
    .executeTakeFirst();

const noteLogin = (trx: Db, of: { provider: string; subject: string; login: string }) =>
  trx
    .updateTable('external_identities')
    .set({ login: of.login })
    .where('provider', '=', of.provider)
    .where('subject', '=', of.subject)
    .execute();

/** Called as the first name that nobody has. */
async function insertUser(
  trx: Db,
  { dialect }: SqlContext,
  names: readonly string[],
  who: Pick<UserRow, 'display_name' | 'email' | 'created_at'>,
): Promise<UserRow> {
  for (const name of names) {
    const row: UserRow = {
      ...{ id: newId<UserId>(), name, ...who },
      ...{ admin: 0, password_hash: null, disabled_at: null, last_seen_at: null },
    };
    await dialect.ignoreTaken(trx.insertInto('users').values(row)).execute();
    const there = await trx.selectFrom('users').select('id').where('name', '=', name).executeTakeFirst();
    if (there?.id === row.id) return row;
  }
  throw conflict(
    `all of the names ${names.join(', ')} are taken`,
    'an administrator makes a user, who links the account',
  );
}

const providerOf = (row: Schema['providers']): ProviderRecord => ({
  name: row.name,
  issuer: row.issuer,
  settingsJson: row.settings_json,
  sealed: row.sealed,
  setBy: row.set_by,
  setAt: row.set_at,
});

const rowOf = (grant: ForgeGrantRecord): Schema['forge_grants'] => ({
  user_id: grant.userId,
  provider: grant.provider,
  sealed: grant.sealed,
  scopes: grant.scopes.join(' '),
  expires_at: grant.expiresAt ?? null,
  granted_at: grant.grantedAt,
});

const grantRecord = (row: Schema['forge_grants']): ForgeGrantRecord => ({
  userId: row.user_id,
  provider: row.provider,
  sealed: row.sealed,
  scopes: row.scopes.split(' ').filter((scope) => scope !== ''),
  expiresAt: orUndefined(row.expires_at),
  grantedAt: row.granted_at,
});
