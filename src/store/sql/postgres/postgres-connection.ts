/** What stands between Kysely and the driver: failures get our words, and a connection that dies while nobody uses it is no crash. */
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { DatabaseWatch } from '../database-watch.ts';
import { postgresFailure } from './postgres-errors.ts';

/** `where` names the database in messages: `user@host:port/name`. */
export function watchedPool(pool: Pool, where: string, watch: DatabaseWatch): PostgresPool {
  // The next query finds it gone and says so.
  pool.on('error', () => undefined);
  const watched = new WeakMap<PoolClient, PostgresPoolClient>();
  return {
    connect: async () => {
      let client: PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        const failure = postgresFailure(error, where);
        watch.failed(failure);
        throw failure;
      }
      const known = watched.get(client) ?? watchedClient(client, where, watch);
      watched.set(client, known);
      return known;
    },
    end: () => pool.end(),
  };
}

/** Its texts cannot hold the one character NUL, which what programs print and people send may. */
const storable = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value);

function watchedClient(client: PoolClient, where: string, watch: DatabaseWatch): PostgresPoolClient {
  client.on('error', () => undefined);
  let failed: Error | undefined;
  function query<Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  function query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  function query<Row>(
    asked: string | PostgresCursor<Row>,
    values: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<Row>> | PostgresCursor<Row> {
    if (typeof asked !== 'string') throw new Error('this store does not stream: ask for pages');
    return run<Row>(asked, values);
  }
  async function run<Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    try {
      const result = await client.query(text, values.map(storable));
      if (text === 'commit') watch.written();
      return result as unknown as PostgresQueryResult<Row>;
    } catch (error) {
      const failure = postgresFailure(error, where);
      watch.failed(failure);
      // A connection that is gone must not go back to the pool.
      if (failure !== error && failure instanceof Error) failed = failure;
      throw failure;
    }
  }
  return {
    query,
    release: () => {
      client.release(failed);
      failed = undefined;
    },
  };
}
