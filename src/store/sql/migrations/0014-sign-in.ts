import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Where else users sign in, and what the server may do there for them. */
export async function signIn(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, id, name, text } = dialect.columns;
  await createTables(db, dialect, {
    providers: {
      columns: {
        name: required(name),
        issuer: required(text),
        settings_json: required(text),
        sealed: required(text),
        set_by: required(name),
        set_at: required(bigint),
      },
      keys: ['primary key (name)'],
    },
    forge_grants: {
      columns: {
        user_id: required(id),
        provider: required(name),
        sealed: required(text),
        scopes: required(text),
        expires_at: bigint,
        granted_at: required(bigint),
      },
      keys: ['primary key (user_id, provider)', referenceTo('user_id', 'users')],
      indexes: { providers: 'provider' },
    },
  });
}
