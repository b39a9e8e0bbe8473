import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Repositories of forges, and the inbox of what their webhooks bring. */
export async function repositories(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, bytes, id, integer, name, text } = dialect.columns;
  await createTables(db, dialect, {
    repositories: {
      columns: {
        id: `${required(id)} primary key`,
        provider: required(name),
        forge_id: required(name),
        full_name: required(name),
        private: required(integer),
        default_branch: required(name),
        clone_url: required(text),
        web_url: required(text),
        team_id: required(id),
        pipeline: required(name),
        activated_by: id,
        activated_at: required(bigint),
        hook_id: name,
        sealed_secret: required(text),
        active: required(integer),
        options_json: required(text),
        synced_at: bigint,
        trouble: text,
      },
      keys: ['unique (provider, forge_id)', referenceTo('team_id', 'teams')],
      indexes: { teams: 'team_id' },
    },
    deliveries: {
      columns: {
        id: `${required(id)} primary key`,
        repository_id: required(id),
        delivery_id: required(name),
        digest: name,
        event: required(name),
        received_at: required(bigint),
        status: required(name),
        tries: required(integer),
        next_at: required(bigint),
        ended_at: bigint,
        outcome_json: text,
        problem_json: text,
        replay_of: id,
        replayed_by: name,
      },
      keys: [
        'unique (repository_id, delivery_id)',
        'unique (repository_id, digest)',
        referenceTo('repository_id', 'repositories'),
      ],
      indexes: { todo: 'status, id, repository_id', lists: 'repository_id, id', times: 'received_at' },
    },
    // Apart, so that what changes is small: a row is written anew whenever its status is.
    delivery_bodies: {
      columns: { id: `${required(id)} primary key`, body: required(bytes) },
      keys: [referenceTo('id', 'deliveries')],
    },
  });
}
