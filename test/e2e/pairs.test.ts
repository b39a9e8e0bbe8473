/** The same pipelines over databases and queues: each of them at least once here, every pair by `npm run pairs`. */
import { afterAll, describe, expect, test as plainTest } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readPage } from '../pairs/page.ts';
import { DATABASES, fewPairs, QUEUES } from '../pairs/pairs.ts';
import { PIPELINES } from '../pairs/pipelines.ts';
import { runPair } from '../pairs/run-pair.ts';
import { shareServers } from '../pairs/shared-servers.ts';
import { pikociAvailability } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('one set of pipelines, unaltered', () => {
  const servers = shareServers();
  afterAll(() => servers[Symbol.asyncDispose](), 60_000);

  for (const pair of fewPairs()) {
    const needs = [pair.database, pair.queue].flatMap((row) => row.needs ?? []);
    const test = testWith({
      executable: pikociAvailability(),
      ...Object.fromEntries(needs.map(({ server, availability }) => [server, availability])),
    });
    test(`on ${pair.database.system}, over ${pair.queue.system}`, async () => {
      expect(await runPair(pair, await servers.of(pair))).toEqual([]);
    }, 240_000);
  }
});

plainTest('docs/pairs.md has every database, every queue and every pipeline, and all are green (npm run pairs)', () => {
  const text = readFileSync(join(ROOT, 'docs/pairs.md'), 'utf8');
  const { databases, queues, cells } = readPage(text);
  expect(databases).toEqual(DATABASES.map(({ system }) => system));
  expect(queues).toEqual(QUEUES.map(({ system }) => system));
  expect(cells).toEqual(QUEUES.map(() => DATABASES.map(() => 'green')));
  for (const { file } of PIPELINES) expect(text).toContain(`[${file}](../${file})`);
});

plainTest('the few pairs have each database and each queue among them, and MongoDB with Redis', () => {
  const few = fewPairs();
  const names = few.map(({ database, queue }) => `${database.system}+${queue.system}`);
  expect(names).toContain('mongodb+redis');
  expect(new Set(few.map(({ database }) => database))).toEqual(new Set(DATABASES));
  expect(new Set(few.map(({ queue }) => queue))).toEqual(new Set(QUEUES));
});
