import { type RawBuilder, sql } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import type { Db } from '../schema.ts';

/** A table as a migration makes it. */
export interface Table {
  readonly columns: Readonly<Record<string, string>>;
  /** Primary, unique and foreign keys. */
  readonly keys?: readonly string[];
  /** Each with the query it is for. */
  readonly indexes?: Readonly<Record<string, string>>;
  /** Stored in the order of its primary key. */
  readonly clustered?: boolean;
}

export const required = (type: string): string => `${type} not null`;

/** A foreign key; the row goes with the one it refers to. */
export const referenceTo = (column: string, table: string): string =>
  `foreign key (${column}) references ${table} (id) on delete cascade`;

/** In the order given: a table comes after those it refers to. */
export async function createTables(
  db: Db,
  dialect: SqlDialect,
  tables: Readonly<Record<string, Table>>,
): Promise<void> {
  for (const [name, table] of Object.entries(tables)) {
    const columns = Object.entries(table.columns).map(([column, type]) => `${column} ${type}`);
    const end = table.clustered === true ? ` ${dialect.clustered}` : '';
    await run(db, `create table ${name} (${[...columns, ...(table.keys ?? [])].join(', ')})${end}`);
    await createIndexes(db, name, table.indexes ?? {});
  }
}

export async function createIndexes(db: Db, table: string, indexes: Readonly<Record<string, string>>): Promise<void> {
  for (const [index, on] of Object.entries(indexes)) {
    await run(db, `create index ${table}_${index} on ${table} (${on})`);
  }
}

/** Each empty in the rows that are there. */
export async function addColumns(db: Db, table: string, columns: Readonly<Record<string, string>>): Promise<void> {
  for (const [column, type] of Object.entries(columns))
    await run(db, `alter table ${table} add column ${column} ${type}`);
}

const run = (db: Db, text: string): Promise<unknown> => (sql.raw(text) as RawBuilder<unknown>).execute(db);
