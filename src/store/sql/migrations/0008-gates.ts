import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';
import { addColumns, createTables, referenceTo, required } from './create-tables.ts';

/** What a build was given by who started it, and who agreed that it begins. */
export async function gates(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, id, name, text } = dialect.columns;
  await addColumns(db, dialect, 'builds', {
    input_values_json: text,
    sealed_inputs: text,
    asked_at: bigint,
    approve_by: bigint,
  });
  await createTables(db, dialect, {
    approvals: {
      columns: {
        build_id: required(id),
        label: required(name),
        voter: required(name),
        vote: required(name),
        reason: text,
        voted_at: required(bigint),
      },
      keys: ['primary key (build_id, label, voter)', referenceTo('build_id', 'builds')],
      clustered: true,
    },
  });
}
