import { sql } from 'kysely';
import { CodedError } from '../../lib/coded-error.ts';
import type { AppendOptions } from '../attempt-store.ts';
import type { Cell, TablePage, TransferStore } from '../transfer.ts';
import { LIVE } from './attempt-end.ts';
import { createAttemptStore } from './attempts.ts';
import { portions, type SqlContext, write } from './context.ts';
import type { SqlDialect } from './dialect.ts';
import { openSnapshot } from './export-rows.ts';
import { MIGRATIONS, migrate, schemaVersion } from './migrate.ts';
import type { Db, Schema } from './schema.ts';
import { LEFT_OUT, OF_A_START, TRANSFERRED, UNFINISHED_IMPORT } from './transfer-tables.ts';

/** Databases limit how many values a statement may have, and how long it may be. */
const [MOST_VALUES, MOST_BYTES] = [10_000, 2 * 1024 * 1024];

export function createTransferStore(context: SqlContext): TransferStore {
  const { db, dialect, clock } = context;
  /** Columns by table, as they are in the schema of the import. */
  let known: ReadonlyMap<string, readonly string[]> = new Map();
  return {
    schema: MIGRATIONS.length,
    openSnapshot: (directory) => openSnapshot(db, dialect, directory, MIGRATIONS.length),

    async beginImport(schema) {
      if ((await schemaVersion(db, dialect, MIGRATIONS)) !== undefined) {
        if (!(await isUnfinished(db, dialect))) await requireEmpty(db, dialect);
        await dropTables(db, dialect);
      }
      await migrate(db, dialect, clock, MIGRATIONS.slice(0, schema));
      await write(context, async (trx) => {
        await trx.insertInto('settings').values({ name: UNFINISHED_IMPORT, value: '1' }).execute();
      });
      known = await columnsOf(db, dialect);
    },

    async importPage(page) {
      checkKnown(page, known);
      for (const rows of portionsOf(page)) {
        const values = rows.map((row) => Object.fromEntries(page.columns.map((column, index) => [column, row[index]])));
        // The columns were held against those that are there; what they hold is the database's to refuse.
        const insert = (trx: Db) =>
          trx.insertInto(page.table as 'settings').values(values as unknown as Schema['settings'][]);
        await write(context, async (trx) => {
          await insert(trx).execute();
        });
      }
    },

    async finishImport(options) {
      await migrate(db, dialect, clock);
      await settle(context, options);
      await write(context, async (trx) => {
        await trx.deleteFrom('settings').where('name', '=', UNFINISHED_IMPORT).execute();
      });
    },
  };
}

/** Error: `store.unfinished_import`. */
export async function refuseUnfinished(db: Db, dialect: SqlDialect): Promise<void> {
  if (!(await dialect.tables(db)).includes('pikoci_schema') || !(await isUnfinished(db, dialect))) return;
  throw new CodedError('store.unfinished_import', 'the database holds a part of an import that was not finished', {
    hint: 'run pikoci import-data again: it begins anew',
  });
}

async function isUnfinished(db: Db, dialect: SqlDialect): Promise<boolean> {
  if (!(await dialect.tables(db)).includes('settings')) return false;
  const row = await db.selectFrom('settings').select('name').where('name', '=', UNFINISHED_IMPORT).executeTakeFirst();
  return row !== undefined;
}

async function requireEmpty(db: Db, dialect: SqlDialect): Promise<void> {
  for (const table of await dialect.tables(db)) {
    if (!(table in TRANSFERRED) || (OF_A_START as readonly string[]).includes(table)) continue;
    const { rows } = await sql`select 1 as one from ${sql.table(table)} limit 1`.execute(db);
    if (rows.length > 0) throw notEmpty(table);
  }
  if ((await dialect.tables(db)).includes('users')) {
    const users = await db.selectFrom('users').select('id').limit(2).execute();
    if (users.length > 1) throw notEmpty('users');
  }
}

function notEmpty(table: string): CodedError {
  return new CodedError('import.not_empty', `the database to import into has something in it already (${table})`, {
    hint: 'give an empty one: nothing that is there is mixed with what comes, or overwritten',
  });
}

/** Ours, those that refer to others first. */
async function dropTables(db: Db, dialect: SqlDialect): Promise<void> {
  const there = new Set(await dialect.tables(db));
  const [schema, ...others] = LEFT_OUT;
  for (const table of [...others, ...Object.keys(TRANSFERRED).reverse(), schema]) {
    if (there.has(table)) await sql`drop table ${sql.table(table)}`.execute(db);
  }
}

async function columnsOf(db: Db, dialect: SqlDialect): Promise<ReadonlyMap<string, readonly string[]>> {
  const columns = new Map<string, readonly string[]>();
  for (const table of await dialect.tables(db)) {
    if (table in TRANSFERRED) columns.set(table, await dialect.columnsOf(db, table));
  }
  return columns;
}

/** Names of a file become names in a statement only where the database has them. */
function checkKnown(
  { table, columns }: Pick<TablePage, 'table' | 'columns'>,
  known: ReadonlyMap<string, readonly string[]>,
): void {
  const there = known.get(table);
  const strange = there === undefined ? `the table ${table}` : columns.find((column) => !there.includes(column));
  if (strange === undefined) return;
  throw new CodedError('import.bad_file', `the export has ${strange}, which its schema does not have`, {
    hint: 'was it changed by hand?',
  });
}

function* portionsOf({ columns, rows }: Pick<TablePage, 'columns' | 'rows'>): Generator<readonly (readonly Cell[])[]> {
  for (const some of portions(rows, Math.max(1, Math.floor(MOST_VALUES / columns.length)))) {
    let [from, bytes] = [0, 0];
    for (const [index, row] of some.entries()) {
      const size = row.reduce<number>((sum, cell) => sum + sizeOf(cell), 0);
      if (index > from && bytes + size > MOST_BYTES) {
        yield some.slice(from, index);
        [from, bytes] = [index, 0];
      }
      bytes += size;
    }
    yield some.slice(from);
  }
}

const sizeOf = (cell: Cell): number => (cell === null || typeof cell === 'number' ? 8 : cell.length);

/** What was running when the export was made has no worker here: its lease is over, and it becomes what the end of a lease makes of it. */
async function settle(context: SqlContext, options: AppendOptions): Promise<void> {
  await write(context, async (trx) => {
    await trx.updateTable('attempts').set({ lease_until: 0 }).where('status', 'in', LIVE).execute();
    await trx.updateTable('checks').set({ lease_until: 0 }).where('status', '=', 'running').execute();
  });
  await createAttemptStore(context).rescueExpired(options);
}
