import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledQuery, Kysely } from 'kysely';
import { describeStore } from '../../contract/describe-store.ts';
import type { Schema } from '../schema.ts';
import { createSqlStore } from '../sql-store.ts';
import { sqliteDialect, sqliteKyselyDialect } from './sqlite-dialect.ts';
import { createSqliteStore } from './sqlite-store.ts';

/** Every text of a query that the contract makes the store say. */
const queries = new Set<string>();

function inMemory(): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: sqliteKyselyDialect(':memory:'),
    log: ({ query }) => {
      if (/^(select|update|delete|insert)/.test(query.sql)) queries.add(query.sql);
    },
  });
}

describeStore('sqlite in memory', { keeps: false }, async () => ({
  open: async (clock) => createSqlStore(inMemory(), sqliteDialect, clock),
  dispose: async () => undefined,
}));

/**
 * What may be read from its beginning, and why. Everything else is found by an index, however much there is of it.
 */
const MAY_SCAN: readonly (readonly [what: RegExp, why: string])[] = [
  [
    /^SCAN (teams|pipelines|workers|worker_tokens|poison_messages|servers|repositories|pikoci_schema|sqlite_master|sqlite_schema)\b/,
    'few, and listed whole',
  ],
  [/^SCAN pragma_table_info\b/, 'the columns of a table, for a migration'],
  [/^SCAN \d+-ROW VALUES CLAUSE$/, 'what is inserted'],
  [/^SCAN feed$/, 'by its primary key, from its newest end, one row'],
  [/^SCAN (users|api_tokens|audit) USING (COVERING )?INDEX sqlite_autoindex/, 'in the order of its key, one page'],
  [/^SCAN providers( USING INDEX sqlite_autoindex)?/, 'few, and listed whole'],
  [/^SCAN users$/, 'by the address of somebody new, whom it may be'],
  [/^SCAN caches$/, 'summed up before they are trimmed, a few times a day'],
  [/^SCAN caches USING INDEX caches_uses/, 'in the order of an index, one page'],
  [/^SCAN builds USING (INDEX|PRIMARY KEY|INTEGER)/, 'in the order of an index, one page'],
];

/** Asked at most once, at a start with another secret key. */
const AT_START =
  /"(sealed_inputs|sealed_variables)" is not null limit|^select "(name|provider)" from "(secrets|providers|forge_grants)" limit/;

test('every query of the contract finds its rows by an index', async () => {
  expect(queries.size).toBeGreaterThan(100);
  const db = inMemory();
  await createSqlStore(db, sqliteDialect, { now: () => 0 }).migrate();
  const scans: string[] = [];
  for (const query of [...queries]) {
    if (AT_START.test(query)) continue;
    const { rows } = await db.executeQuery<{ detail: string }>(CompiledQuery.raw(`explain query plan ${query}`));
    for (const { detail } of rows) {
      if (!detail.startsWith('SCAN') || MAY_SCAN.some(([what]) => what.test(detail))) continue;
      scans.push(`${detail}: ${query}`);
    }
  }
  await db.destroy();
  expect(scans).toEqual([]);
});

describeStore('sqlite in a file', { keeps: true }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pikoci-store-'));
  return {
    open: async (clock) => createSqliteStore({ path: join(dir, 'pikoci.db'), clock }),
    dispose: () => rm(dir, { recursive: true }),
  };
});
