import { type Expression, type SqlBool, sql } from 'kysely';
import type { Cell, Snapshot, TablePage } from '../transfer.ts';
import type { SqlDialect } from './dialect.ts';
import type { Db } from './schema.ts';
import { OWN_SETTINGS, TRANSFERRED, type TransferredTable } from './transfer-tables.ts';

const PAGE_ROWS = 500;

type Row = Readonly<Record<string, Cell>>;

/** `schema`: of the database, which is one of today. */
export async function openSnapshot(db: Db, dialect: SqlDialect, directory: string, schema: number): Promise<Snapshot> {
  const look = await dialect.openLook(db, directory);
  try {
    return { schema, holdsSealedValues: await holdsSealedValues(look.db), pages: pagesOf(look.db), close: look.close };
  } catch (error) {
    await look.close();
    throw error;
  }
}

export async function holdsSealedValues(db: Db): Promise<boolean> {
  const found = [
    await db.selectFrom('secrets').select('name').limit(1).executeTakeFirst(),
    await db.selectFrom('providers').select('name').limit(1).executeTakeFirst(),
    await db.selectFrom('forge_grants').select('provider').limit(1).executeTakeFirst(),
    await db.selectFrom('revisions').select('id').where('sealed_variables', 'is not', null).limit(1).executeTakeFirst(),
    await db.selectFrom('builds').select('id').where('sealed_inputs', 'is not', null).limit(1).executeTakeFirst(),
    await db.selectFrom('repositories').select('id').limit(1).executeTakeFirst(),
  ];
  return found.some((row) => row !== undefined);
}

/** All rows, in pages. In a database of an earlier schema those of the tables it has. */
export async function* pagesOf(
  db: Db,
  tables: readonly TransferredTable[] = Object.keys(TRANSFERRED) as TransferredTable[],
): AsyncGenerator<TablePage> {
  for (const table of tables) {
    const { key, page = PAGE_ROWS, blobs = [] }: Transferred = TRANSFERRED[table];
    for (let last: Row | undefined; ; ) {
      const behind = last === undefined ? sql`1 = 1` : isBehind(key, last);
      const order = sql.join(key.map((column) => sql.ref(column)));
      const { rows } =
        await sql<Row>`select * from ${sql.table(table)} where ${behind} order by ${order} limit ${sql.lit(page)}`.execute(
          db,
        );
      const kept = table === 'settings' ? rows.filter((row) => !isOwn(row.name)) : rows;
      const [first] = kept;
      if (first !== undefined) {
        const columns = Object.keys(first);
        yield {
          table,
          columns,
          rows: kept.map((row) => columns.map((column) => row[column] ?? null)),
          blobs: kept.flatMap((row) => blobs.map((column) => String(row[column]))),
        };
      }
      last = rows.at(-1);
      if (rows.length < page) break;
    }
  }
}

type Transferred = { readonly key: readonly string[]; readonly page?: number; readonly blobs?: readonly string[] };

const isOwn = (name: unknown): boolean => (OWN_SETTINGS as readonly unknown[]).includes(name);

/** `(a, b) > (x, y)`, written so that every database finds its beginning by the index. */
function isBehind(key: readonly string[], last: Row): Expression<SqlBool> {
  const [column = '', ...rest] = key;
  const [name, value] = [sql.ref(column), last[column]];
  if (rest.length === 0) return sql`${name} > ${value}`;
  return sql`${name} >= ${value} and (${name} > ${value} or (${isBehind(rest, last)}))`;
}
