import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { type ClientConfig, Pool, type PoolConfig, types } from 'pg';
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
import { watchedPool } from './postgres-connection.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { openPostgresLine } from './postgres-line.ts';

export interface PostgresOptions extends DatabaseServerOptions {
  /** Where the tables lie in it; absent: the first of the user's search path, `public` as a rule. */
  readonly schema?: string | undefined;
}

/** int8 as numbers: instants and counts stay far below 2^53. */
const INT8 = 20;
const numbers = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') =>
    id === INT8 ? Number : types.getTypeParser(id, format)) as typeof types.getTypeParser,
};

/**
 * The store in a PostgreSQL database. Nothing is connected before the first call (`migrate`).
 * Errors: `store.unreachable`, `store.denied`, `store.no_database`, `store.foreign_database`, `store.read_only`, `store.full`, `store.busy`, `store.tls`, `store.unstorable`.
 */
export function createPostgresStore(options: PostgresOptions): Store {
  const { clock = systemClock, callersClock = false } = options;
  return createSqlStore(openPostgres(options), postgresDialect({ callersClock }), clock, () =>
    openPostgresLine(connectionOf(options), options.schema),
  );
}

export function openPostgres(options: PostgresOptions): Db {
  const config: PoolConfig = { ...connectionOf(options), max: options.connections ?? CONNECTIONS };
  const pool: PostgresPool = watchedPool(new Pool(config), nameOf(options), options.watch ?? NOBODY_WATCHES);
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

function connectionOf(options: PostgresOptions): ClientConfig {
  const { host, port, user, password, database } = options;
  return {
    host,
    port,
    user,
    database,
    ...(password !== undefined && { password }),
    // Said in any case: otherwise the driver asks variables of the environment.
    ssl: options.tls === undefined ? false : secureOptions(options.tls),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: 'pikoci',
    types: numbers,
    ...(options.schema !== undefined && { options: `-c search_path=${options.schema}` }),
  };
}
