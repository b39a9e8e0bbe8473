import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { Pool, type PoolConfig, types } from 'pg';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import type { Store } from '../../store.ts';
import type { Schema } from '../schema.ts';
import { createSqlStore } from '../sql-store.ts';
import { watchedPool } from './postgres-connection.ts';
import { postgresDialect } from './postgres-dialect.ts';

export interface PostgresOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
  /** Where the tables lie in it; absent: the first of the user's search path, `public` as a rule. */
  readonly schema?: string | undefined;
  /** Absent: no TLS. `ca` in PEM, when the system's own do not do. */
  readonly tls?: { readonly ca?: string | undefined; readonly verify: boolean } | undefined;
  /** How many at once, at most. */
  readonly connections?: number;
  readonly clock?: Clock;
  /** Leases by the caller's clock, for tests. */
  readonly callersClock?: boolean;
}

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;

/** int8 as numbers: instants and counts stay far below 2^53. */
const INT8 = 20;
const numbers = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') =>
    id === INT8 ? Number : types.getTypeParser(id, format)) as typeof types.getTypeParser,
};

/**
 * The store in a PostgreSQL database. Nothing is connected before the first call (`migrate`).
 * Errors: `store.unreachable`, `store.denied`, `store.no_database`, `store.foreign_database`, `store.read_only`, `store.full`, `store.busy`, `store.no_tls`.
 */
export function createPostgresStore(options: PostgresOptions): Store {
  const { host, port, user, password, database, tls, connections = CONNECTIONS, clock = systemClock } = options;
  const config: PoolConfig = {
    host,
    port,
    user,
    database,
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { ssl: { rejectUnauthorized: tls.verify, ...(tls.ca !== undefined && { ca: tls.ca }) } }),
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'pikoci',
    types: numbers,
    ...(options.schema !== undefined && { options: `-c search_path=${options.schema}` }),
  };
  const pool: PostgresPool = watchedPool(new Pool(config), `${user}@${host}:${port}/${database}`);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return createSqlStore(db, postgresDialect({ callersClock: options.callersClock === true }), clock);
}
