/**
 * Kysely's driver over a mirror. What only reads goes to the connection that sees what is committed; a transaction that writes takes its turn. A statement outside of a transaction is one by
 * itself.
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  type TransactionSettings,
} from 'kysely';
import { PlannedOnceCompiler } from '../sql/sqlite/sqlite-query-compiler.ts';
import type { CopyFile } from './copy-file.ts';
import type { Cell } from './entry.ts';
import { failureOnCopy, type Mirror } from './mirror.ts';
import type { Statements } from './statements.ts';
import { Overtaken, type Turn } from './writer.ts';

/** How often a transaction is begun that others are quicker than. */
export const TRIES = 100;

export function mirrorDialect(mirror: Mirror, ending: () => Promise<void>): Dialect {
  return {
    createDriver: () => new MirrorDriver(mirror, ending),
    createQueryCompiler: () => new PlannedOnceCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class MirrorDriver implements Driver {
  readonly #mirror: Mirror;
  readonly #ending: () => Promise<void>;

  constructor(mirror: Mirror, ending: () => Promise<void>) {
    this.#mirror = mirror;
    this.#ending = ending;
  }

  init(): Promise<void> {
    return this.#mirror.open();
  }

  async acquireConnection(): Promise<MirrorConnection> {
    return new MirrorConnection(this.#mirror);
  }

  async releaseConnection(): Promise<void> {
    // What it had was given back at the end of its transaction.
  }

  beginTransaction(connection: MirrorConnection, settings: TransactionSettings): Promise<void> {
    return connection.begin(settings.accessMode === 'read only');
  }

  commitTransaction(connection: MirrorConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: MirrorConnection): Promise<void> {
    return connection.rollback();
  }

  destroy(): Promise<void> {
    return this.#ending();
  }
}

type Doing =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'reading'; readonly copy: CopyFile }
  | { readonly kind: 'writing'; readonly turn: Turn };

class MirrorConnection implements DatabaseConnection {
  readonly #mirror: Mirror;
  #doing: Doing = { kind: 'nothing' };

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  async begin(reads: boolean): Promise<void> {
    if (reads) {
      this.#doing = { kind: 'reading', copy: await this.#mirror.beginRead() };
      return;
    }
    await this.#mirror.fresh();
    this.#doing = { kind: 'writing', turn: await this.#mirror.writer.begin() };
  }

  async commit(): Promise<void> {
    const doing = this.#end();
    if (doing.kind === 'writing') await this.#mirror.writer.commit(doing.turn);
    if (doing.kind === 'reading') this.#mirror.endRead();
  }

  /** One that could not commit was undone then. */
  async rollback(): Promise<void> {
    const doing = this.#end();
    if (doing.kind === 'writing') await this.#mirror.writer.rollback(doing.turn);
    if (doing.kind === 'reading') this.#mirror.endRead();
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    switch (this.#doing.kind) {
      case 'reading':
        return execute(this.#doing.copy, this.#doing.copy.read, query);
      case 'writing':
        return write(this.#mirror.copy, this.#doing.turn, query);
      case 'nothing':
        return onlyReads(query.sql)
          ? this.#mirror.read((_db, copy) => execute<Row>(copy, copy.read, query))
          : this.#writeAlone(query);
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for a generator, and this driver has none to offer.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('this store does not stream: ask for pages');
  }

  async #writeAlone<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    for (let tried = 1; ; tried++) {
      try {
        await this.begin(false);
        try {
          const result = await this.executeQuery<Row>(query);
          await this.commit();
          return result;
        } catch (error) {
          await this.rollback();
          throw error;
        }
      } catch (error) {
        if (tried === TRIES || !(error instanceof Overtaken)) throw error;
      }
    }
  }

  #end(): Doing {
    const doing = this.#doing;
    this.#doing = { kind: 'nothing' };
    return doing;
  }
}

const onlyReads = (text: string): boolean => /^\s*(select|explain|pragma|with)\b/i.test(text);
const changesTables = (text: string): boolean => /^\s*(create|alter|drop)\b/i.test(text);

function write<Row>(copy: CopyFile, turn: Turn, query: CompiledQuery): QueryResult<Row> {
  if (!onlyReads(query.sql)) {
    turn.statements.push({ sql: query.sql, parameters: query.parameters as readonly Cell[] });
    if (changesTables(query.sql)) turn.changesTables = true;
  }
  return execute(copy, copy.written, query);
}

function execute<Row>(copy: CopyFile, statements: Statements, query: CompiledQuery): QueryResult<Row> {
  const parameters = query.parameters as readonly Cell[];
  try {
    const { statement, givesRows } = statements.of(query.sql);
    if (givesRows) return { rows: statement.all(...parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  } catch (error) {
    throw failureOnCopy(error, copy);
  }
}
