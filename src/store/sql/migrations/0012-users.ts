import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Users, what they may do, and by what they are known; and who did what. */
export async function users(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, id, integer, name, text } = dialect.columns;
  await createTables(db, dialect, {
    users: {
      columns: {
        id: `${required(id)} primary key`,
        name: required(name),
        display_name: name,
        email: name,
        admin: required(integer),
        password_hash: text,
        disabled_at: bigint,
        created_at: required(bigint),
        last_seen_at: bigint,
      },
      keys: ['unique (name)'],
      indexes: { admins: 'admin' },
    },
    members: {
      columns: { team_id: required(id), user_id: required(id), role: required(name) },
      keys: ['primary key (team_id, user_id)', referenceTo('team_id', 'teams'), referenceTo('user_id', 'users')],
      indexes: { users: 'user_id' },
    },
    external_identities: {
      columns: {
        provider: required(name),
        subject: required(name),
        user_id: required(id),
        login: required(name),
        linked_at: required(bigint),
      },
      keys: ['primary key (provider, subject)', referenceTo('user_id', 'users')],
      indexes: { users: 'user_id' },
    },
    sessions: {
      columns: {
        hash: `${required(name)} primary key`,
        id: required(id),
        user_id: required(id),
        csrf: required(name),
        created_at: required(bigint),
        last_seen_at: required(bigint),
        expires_at: required(bigint),
        address: required(name),
        agent: required(name),
      },
      keys: [referenceTo('user_id', 'users')],
      indexes: { users: 'user_id', expiry: 'expires_at' },
    },
    api_tokens: {
      columns: {
        id: `${required(id)} primary key`,
        hash: required(name),
        name: required(name),
        user_id: required(id),
        team_id: id,
        role: required(name),
        created_at: required(bigint),
        expires_at: bigint,
        last_used_at: bigint,
      },
      keys: ['unique (hash)', referenceTo('user_id', 'users'), referenceTo('team_id', 'teams')],
      indexes: { users: 'user_id', teams: 'team_id', expiry: 'expires_at' },
    },
    sign_in_links: {
      columns: { hash: `${required(name)} primary key`, user_id: required(id), expires_at: required(bigint) },
      keys: [referenceTo('user_id', 'users')],
      indexes: { users: 'user_id', expiry: 'expires_at' },
    },
    audit: {
      columns: {
        id: `${required(id)} primary key`,
        at: required(bigint),
        actor: required(name),
        address: name,
        action: required(name),
        team: name,
        target: text,
        detail_json: required(text),
      },
      indexes: { times: 'at', actors: 'actor, id', teams: 'team, id', actions: 'action, id' },
    },
  });
}
