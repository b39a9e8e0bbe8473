import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { createTables, referenceTo, required } from './create-tables.ts';

/** Secrets kept here for pipelines: `scope` is the pipeline's id, or empty where the secret is its whole team's. */
export async function secrets(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, id, name, text } = dialect.columns;
  await createTables(db, dialect, {
    secrets: {
      columns: {
        team_id: required(id),
        scope: required(name),
        name: required(name),
        pipeline_id: id,
        sealed: required(text),
        created_by: required(name),
        created_at: required(bigint),
        set_by: required(name),
        set_at: required(bigint),
      },
      keys: [
        'primary key (team_id, scope, name)',
        referenceTo('team_id', 'teams'),
        referenceTo('pipeline_id', 'pipelines'),
      ],
      indexes: { pipelines: 'pipeline_id' },
    },
  });
}
