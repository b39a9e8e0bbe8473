/** The database under a server, to fill it with more history than there is time to make, and to ask it when something was. */
import { DatabaseSync } from 'node:sqlite';

export interface BenchDatabase {
  /** Statements, in one transaction. To be called while no server runs, so that neither waits for the other. */
  write(statements: readonly string[]): Promise<void>;
  /** Columns of the rows, as text. */
  read(query: string): Promise<readonly (readonly string[])[]>;
  /** The names of the columns of a table, in their order. */
  columns(table: string): Promise<readonly string[]>;
  /** An expression for twelve hexadecimal digits of this whole number. */
  hex(number: string): string;
  /** A table expression of the numbers 1 to `count` in a column `n`. */
  numbers(count: number): string;
}

export function openSqliteDatabase(path: string): BenchDatabase {
  const using = <T>(action: (db: DatabaseSync) => T): T => {
    const db = new DatabaseSync(path);
    try {
      db.exec('pragma busy_timeout = 5000');
      return action(db);
    } finally {
      db.close();
    }
  };
  return {
    write: async (statements) =>
      using((db) => {
        // Nobody else has it open, and should this fail the whole run does: a log to take it back by would be most of the work.
        db.exec(
          'pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -1000000; pragma temp_store = memory',
        );
        db.exec(['begin', ...statements, 'commit', 'analyze'].map((sql) => `${sql};`).join('\n'));
      }),
    read: async (query) =>
      using((db) =>
        db
          .prepare(query)
          .all()
          .map((row) => Object.values(row).map(String)),
      ),
    columns: async (table) =>
      using((db) =>
        db
          .prepare(`pragma table_info(${table})`)
          .all()
          .map((row) => String(row.name)),
      ),
    hex: (number) => `printf('%012x', ${number})`,
    numbers: (count) =>
      `(with recursive counting(n) as (select 1 union all select n + 1 from counting where n < ${count}) select n from counting)`,
  };
}

/** `run` gives what psql printed, unaligned. */
export function openPostgresDatabase(run: (sql: string) => Promise<string>): BenchDatabase {
  const read: BenchDatabase['read'] = async (query) =>
    (await run(query))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('|'));
  return {
    read,
    columns: async (table) =>
      (
        await read(
          `select column_name from information_schema.columns where table_name = '${table}' order by ordinal_position`,
        )
      ).map(([name]) => name ?? ''),
    async write(statements) {
      await run(['begin', ...statements, 'commit'].map((sql) => `${sql};`).join('\n'));
      await run('vacuum analyze');
    },
    hex: (number) => `lpad(to_hex(${number}), 12, '0')`,
    numbers: (count) => `(select n from generate_series(1, ${count}) as counting(n))`,
  };
}
