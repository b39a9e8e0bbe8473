import { Kysely, MysqlDialect } from 'kysely';
import { createPool, type PoolOptions, type SslOptions } from 'mysql2';
import { systemClock } from '../../../lib/clock.ts';
import type { Store } from '../../store.ts';
import {
  CONNECT_TIMEOUT_MS,
  CONNECTIONS,
  type DatabaseServerOptions,
  KEEP_ALIVE_MS,
  nameOf,
  secureOptions,
} from '../database-server.ts';
import { NOBODY_WATCHES } from '../database-watch.ts';
import type { Db, Schema } from '../schema.ts';
import { createSqlStore } from '../sql-store.ts';
import { openBoardLine } from './board-line.ts';
import { watchedPool } from './mysql-connection.ts';
import { mysqlDialect } from './mysql-dialect.ts';

/**
 * The store in a database of MariaDB or MySQL. Nothing is connected before the first call (`migrate`).
 * Errors: `store.unreachable`, `store.denied`, `store.no_database`, `store.foreign_database`, `store.read_only`, `store.full`, `store.busy`, `store.tls`,
 * `store.too_large`, `store.unstorable`.
 */
export function createMysqlStore(options: DatabaseServerOptions): Store {
  const { clock = systemClock, callersClock = false } = options;
  const db = openMysql(options);
  return createSqlStore(db, mysqlDialect({ callersClock }), clock, () => openBoardLine(db));
}

export function openMysql(options: DatabaseServerOptions): Db {
  const { host, port, user, password, database, tls, connections = CONNECTIONS } = options;
  const config: PoolOptions = {
    ...(host.startsWith('/') ? { socketPath: host } : { host, port }),
    user,
    database,
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { ssl: { ...secureOptions(tls), verifyIdentity: tls.verify } as SslOptions }),
    charset: 'utf8mb4_bin',
    connectionLimit: connections,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    // Sums come as decimals.
    decimalNumbers: true,
    // An object as a value would be read as several.
    stringifyObjects: true,
  };
  const pool = watchedPool(createPool(config), nameOf(options), options.watch ?? NOBODY_WATCHES);
  return new Kysely<Schema>({ dialect: new MysqlDialect({ pool }) });
}
