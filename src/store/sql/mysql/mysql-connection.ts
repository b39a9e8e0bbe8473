/** What stands between Kysely and the driver: each connection is set up alike, and failures get our words. */
import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult } from 'kysely';
import type { Pool, PoolConnection, RowDataPacket } from 'mysql2';
import type { DatabaseWatch } from '../database-watch.ts';
import { mysqlFailure } from './mysql-errors.ts';

/**
 * Said on each new connection, whatever the server's own settings are: committed rows are seen at once, instants are UTC, and what does not fit is an
 * error. The driver writes values into the text with backslashes, so these must have their meaning.
 */
const SETUP = [
  'set session transaction isolation level read committed',
  "set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ANSI_QUOTES,PIPES_AS_CONCAT', time_zone = '+00:00'",
] as const;

/** `where` names the database in messages: `user@host:port/name`. */
export function watchedPool(pool: Pool, where: string, watch: DatabaseWatch): MysqlPool {
  const ready = new WeakMap<PoolConnection, MysqlPoolConnection>();
  const failure = (error: unknown): unknown => {
    const said = mysqlFailure(error, where);
    watch.failed(said);
    return said;
  };
  return {
    getConnection: (done) =>
      pool.getConnection((error, connection) => {
        if (error !== null) {
          done(failure(error), undefined as never);
          return;
        }
        const known = ready.get(connection);
        if (known !== undefined) {
          done(undefined, known);
          return;
        }
        setUp(connection).then(
          () => {
            const watched = watchedConnection(connection, failure, watch);
            ready.set(connection, watched);
            done(undefined, watched);
          },
          (refused: unknown) => {
            connection.destroy();
            done(failure(refused), undefined as never);
          },
        );
      }),
    end: (done) => pool.end(done),
  };
}

async function setUp(connection: PoolConnection): Promise<void> {
  // One that dies while nobody uses it is no crash: the next query finds it gone and says so.
  connection.on('error', () => undefined);
  for (const text of SETUP) {
    await new Promise<void>((resolve, reject) => {
      connection.query(text, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}

type Answer = (error: unknown, result: MysqlQueryResult) => void;

function watchedConnection(
  connection: PoolConnection,
  failure: (error: unknown) => unknown,
  watch: DatabaseWatch,
): MysqlPoolConnection {
  let failed = false;
  function query(text: string, values: unknown[]): { stream: () => never };
  function query(text: string, values: unknown[], done: Answer): void;
  function query(text: string, values: unknown[], done?: Answer): { stream: () => never } | undefined {
    if (done === undefined) return { stream: doNotStream };
    connection.query({ sql: text, values: values.map(asWritten) }, (error, result) => {
      const fail = (error: unknown): void => {
        const said = failure(error);
        if (said !== error) failed = true;
        done(said, undefined as never);
      };
      const succeed = (): void => done(undefined, result as unknown as MysqlQueryResult);
      if (error !== null) {
        fail(error);
        return;
      }
      if (text === 'commit') watch.written();
      if (/^insert ignore /i.test(text)) requireTakenAlone(connection, result).then(succeed, fail);
      else succeed();
    });
    return undefined;
  }
  return {
    query,
    release: () => {
      // One that is gone must not go back to the pool.
      if (failed) connection.destroy();
      else connection.release();
    },
  };
}

const DUPLICATE_ENTRY = 1062;
const NO_REFERENCED_ROW = 1452;

/**
 * `insert ignore` makes warnings of all errors: a text that is cut to fit, a row that refers to nothing. One that is taken is all that may be ignored; of the
 * others it is an error again, which undoes the transaction.
 */
async function requireTakenAlone(connection: PoolConnection, result: unknown): Promise<void> {
  const count = typeof result === 'object' && result !== null && 'warningStatus' in result ? result.warningStatus : 0;
  if (count === 0) return;
  const warnings = await new Promise<readonly Warning[]>((resolve, reject) => {
    connection.query<(Warning & RowDataPacket)[]>('show warnings', (error, rows) =>
      error === null ? resolve(rows) : reject(error),
    );
  });
  const wrong = warnings.find(({ Code }) => Code !== DUPLICATE_ENTRY);
  if (wrong === undefined) return;
  const code = wrong.Code === NO_REFERENCED_ROW ? 'ER_NO_REFERENCED_ROW_2' : 'ER_DATA_TOO_LONG';
  throw Object.assign(new Error(wrong.Message), { code });
}

interface Warning {
  readonly Code: number;
  readonly Message: string;
}

function doNotStream(): never {
  throw new Error('this store does not stream: ask for pages');
}

/** The driver knows bytes as buffers alone. */
const asWritten = (value: unknown): unknown =>
  value instanceof Uint8Array && !Buffer.isBuffer(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : value;
