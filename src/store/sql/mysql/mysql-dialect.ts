import { sql } from 'kysely';
import type { Instant } from '../../../lib/clock.ts';
import { CodedError } from '../../../lib/coded-error.ts';
import type { ColumnTypes, SqlDialect } from '../dialect.ts';
import { openTransactionLook } from '../long-look.ts';
import type { Db } from '../schema.ts';
import { isDoneBefore, isMysqlClash } from './mysql-errors.ts';

/** Of who migrates, in each database for itself; and how long the next one waits for it. */
const MIGRATION_LOCK = 'pikoci migrations of ';
const MIGRATION_WAIT_S = 600;

/** `callersClock`: leases are judged by the caller's clock instead of the database's, for tests that move time. */
export function mysqlDialect({ callersClock = false } = {}): SqlDialect {
  const dialect: SqlDialect = {
    name: 'mysql',
    columns: columnTypes('utf8mb4_nopad_bin'),
    clustered: '',
    leaseClock: async (db, callers) => {
      if (callersClock) return callers;
      // The connection's time zone is UTC, which no clock is put back in.
      const { rows } = await sql<{
        now: Instant;
      }>`select cast(unix_timestamp(now(3)) * 1000 as signed) as now`.execute(db);
      return rows[0]?.now ?? callers;
    },
    // What else it would ignore is made an error again (mysql-connection.ts).
    ignoreTaken: (insert) => insert.ignore(),
    lockRow: async (db, table, id) => {
      await sql`select id from ${sql.table(table)} where id = ${id} for update`.execute(db);
    },
    // A row that is there in every database, and that nobody else locks: its named locks do not end with a transaction.
    lockFeed: async (db) => {
      await sql`select version from pikoci_schema where version = 1 for update`.execute(db);
    },
    // MariaDB cannot say of which table: with others joined, their rows would be locked and passed over too.
    skipLocked: (query, table) => (table === 'checks' ? query.forUpdate().skipLocked() : query),
    mayRunAgain: isMysqlClash,
    isDoneBefore,
    tables: async (db) => {
      const { rows } = await sql<{
        name: string;
      }>`select table_name as name from information_schema.tables where table_schema = database() order by 1`.execute(
        db,
      );
      return rows.map((row) => row.name);
    },
    columnsOf: async (db, table) => {
      const { rows } = await sql<{
        name: string;
      }>`select column_name as name from information_schema.columns where table_schema = database() and table_name = ${table}`.execute(
        db,
      );
      return rows.map((row) => row.name);
    },
    openLook: (db) => openTransactionLook(db),
    // Its DDL commits by itself: a migration that was interrupted is begun again, and passes over what it finds done.
    migrateAlone: (db, work) =>
      db.connection().execute(async (connection) => {
        const { rows } = await sql<{
          got: number | null;
          version: string;
        }>`select get_lock(concat(${MIGRATION_LOCK}, database()), ${MIGRATION_WAIT_S}) as got, version() as version`.execute(
          connection,
        );
        if (rows[0]?.got !== 1) {
          throw new CodedError(
            'store.locked',
            `another program has been migrating the database for ${MIGRATION_WAIT_S} s`,
            {
              hint: 'wait until it has ended, or end it',
            },
          );
        }
        try {
          const isMariadb = /mariadb/i.test(rows[0].version);
          return await work(connection, {
            ...dialect,
            columns: columnTypes(isMariadb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'),
          });
        } finally {
          await releaseLock(connection);
        }
      }),
  };
  return dialect;
}

const releaseLock = async (db: Db): Promise<void> => {
  await sql`select release_lock(concat(${MIGRATION_LOCK}, database()))`.execute(db);
};

/** The collation compares byte by byte, blanks at the end too; the two have different names for theirs. */
function columnTypes(collation: string): ColumnTypes {
  const of = `character set utf8mb4 collate ${collation}`;
  return {
    id: `varchar(64) ${of}`,
    name: `varchar(255) ${of}`,
    text: `longtext ${of}`,
    bytes: 'longblob',
    integer: 'int',
    bigint: 'bigint',
    counter: 'bigint not null auto_increment primary key',
  };
}
