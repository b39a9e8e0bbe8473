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

/** Some databases have a meaning of their own for `rank`. */
const quoted = (columns: string): string => columns.replace(/\w+/g, '"$&"');

export const required = (type: string): string => `${type} not null`;

/** A foreign key; the row goes with the one it refers to. */
export const referenceTo = (column: string, table: string): string =>
  `foreign key (${column}) references ${table} (id) on delete cascade`;

/** In the order given: a table comes after those it refers to. What is there already stays as it is: a migration may be done again. */
export async function createTables(
  db: Db,
  dialect: SqlDialect,
  tables: Readonly<Record<string, Table>>,
): Promise<void> {
  for (const [name, table] of Object.entries(tables)) {
    const columns = Object.entries(table.columns).map(([column, type]) => `"${column}" ${type}`);
    const end = table.clustered === true ? ` ${dialect.clustered}` : '';
    await run(
      db,
      dialect,
      `create table if not exists ${name} (${[...columns, ...(table.keys ?? [])].join(', ')})${end}`,
    );
    await createIndexes(db, dialect, name, table.indexes ?? {});
  }
}

export async function createIndexes(
  db: Db,
  dialect: SqlDialect,
  table: string,
  indexes: Readonly<Record<string, string>>,
): Promise<void> {
  // MySQL does not know it, and says what it is about.
  const unlessThere = dialect.name === 'mysql' ? '' : 'if not exists ';
  for (const [index, on] of Object.entries(indexes)) {
    await run(db, dialect, `create index ${unlessThere}${table}_${index} on ${table} (${quoted(on)})`);
  }
}

/** Each empty in the rows that are there. */
export async function addColumns(
  db: Db,
  dialect: SqlDialect,
  table: string,
  columns: Readonly<Record<string, string>>,
): Promise<void> {
  const there = await dialect.columnsOf(db, table);
  for (const [column, type] of Object.entries(columns)) {
    if (there.includes(column)) continue;
    await run(db, dialect, `alter table ${table} add column ${column} ${type}`);
  }
}

async function run(db: Db, dialect: SqlDialect, text: string): Promise<void> {
  try {
    await (sql.raw(text) as RawBuilder<unknown>).execute(db);
  } catch (error) {
    if (!dialect.isDoneBefore(error)) throw error;
  }
}
