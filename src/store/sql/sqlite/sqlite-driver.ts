/**
 * Kysely's driver over `node:sqlite`. There is one connection, and its calls block: what takes turns are transactions. A transaction
 * of several awaited queries keeps the connection from its begin to its end, and everyone else waits in line, so two never mix.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely';
import type { DatabaseWatch } from '../database-watch.ts';
import { sqliteFailure } from './sqlite-errors.ts';

/** Prepared statements kept; the least recently used is dropped. The program has fewer texts than this, but lists vary in length. */
const STATEMENTS = 400;

/** How long SQLite waits (and with it the whole thread) for another program's lock. */
export const BUSY_TIMEOUT_MS = 2_000;

type SqliteParameter = string | number | bigint | Uint8Array | null;

function openDatabase(path: string, busyTimeoutMs: number): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
    if (isOurs(db)) db.exec('pragma journal_mode = wal');
    // In WAL mode NORMAL survives the death of the process at any instant; only the loss of power may take the last commits.
    db.exec('pragma synchronous = normal');
    db.exec('pragma foreign_keys = on');
    db.exec('pragma temp_store = memory');
    return db;
  } catch (error) {
    db?.close();
    throw sqliteFailure(error, path);
  }
}

/** Empty, or ours: another program's file keeps its mode (migrate.ts refuses it). */
function isOurs(db: DatabaseSync): boolean {
  const tables = db.prepare("select name from sqlite_master where type = 'table'").all();
  return tables.length === 0 || tables.some((table) => table.name === 'pikoci_schema');
}

export class SqliteDriver implements Driver {
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  readonly #watch: DatabaseWatch;
  readonly #line: (() => void)[] = [];
  #db: DatabaseSync | undefined;
  #connection: SqliteConnection | undefined;
  #taken = false;

  constructor(path: string, busyTimeoutMs: number, watch: DatabaseWatch) {
    this.#path = path;
    this.#watch = watch;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  async init(): Promise<void> {
    this.#db = openDatabase(this.#path, this.#busyTimeoutMs);
    this.#connection = new SqliteConnection(this.#db, this.#path, this.#watch);
  }

  async acquireConnection(): Promise<SqliteConnection> {
    if (this.#taken) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#taken = true;
    if (this.#connection === undefined) throw new Error('the store is closed');
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    const next = this.#line.shift();
    // Handed over without becoming free, so that nobody slips in between.
    if (next === undefined) this.#taken = false;
    else next();
  }

  async beginTransaction(connection: SqliteConnection, settings: TransactionSettings): Promise<void> {
    // A writer takes the write lock at once: one that began as a reader could not be promoted while another program writes.
    connection.control(settings.accessMode === 'read only' ? 'begin' : 'begin immediate');
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    connection.control('commit');
    this.#watch.written();
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    connection.rollback();
  }

  async destroy(): Promise<void> {
    // After whoever has the connection now.
    if (this.#connection !== undefined) await this.acquireConnection();
    this.#connection?.forget();
    this.#connection = undefined;
    this.#db?.close();
    this.#db = undefined;
    await this.releaseConnection();
  }
}

interface Prepared {
  readonly statement: StatementSync;
  readonly givesRows: boolean;
}

class SqliteConnection implements DatabaseConnection {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #watch: DatabaseWatch;
  /** By SQL text, the most recently used last. */
  readonly #statements = new Map<string, Prepared>();

  constructor(db: DatabaseSync, path: string, watch: DatabaseWatch) {
    this.#db = db;
    this.#path = path;
    this.#watch = watch;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const parameters = query.parameters as readonly SqliteParameter[];
    try {
      const { statement, givesRows } = this.#prepare(query.sql);
      if (givesRows) return { rows: statement.all(...parameters) as Row[] };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    } catch (error) {
      throw this.#failure(error);
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for a generator, and this driver has none to offer.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('the SQLite driver does not stream: ask for pages');
  }

  control(command: string): void {
    try {
      this.#db.exec(command);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** SQLite ends a transaction by itself after some failures (a full disk): then there is nothing to roll back. */
  rollback(): void {
    if (this.#db.isTransaction) this.control('rollback');
  }

  forget(): void {
    this.#statements.clear();
  }

  #failure(error: unknown): unknown {
    const failure = sqliteFailure(error, this.#path);
    this.#watch.failed(failure);
    return failure;
  }

  #prepare(text: string): Prepared {
    let prepared = this.#statements.get(text);
    if (prepared === undefined) {
      const statement = this.#db.prepare(text);
      prepared = { statement, givesRows: statement.columns().length > 0 };
      const oldest = this.#statements.size >= STATEMENTS ? this.#statements.keys().next().value : undefined;
      if (oldest !== undefined) this.#statements.delete(oldest);
    } else {
      this.#statements.delete(text);
    }
    this.#statements.set(text, prepared);
    return prepared;
  }
}
