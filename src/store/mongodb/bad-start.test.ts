/** What is wrong with the way to MongoDB, or with what lies there, is said in words. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type MongoGate, startMongoGate } from '../../../test/servers/mongodb/mongo-gate.ts';
import { isRequired } from '../../../test/servers/required.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { MIGRATIONS } from '../sql/migrate.ts';
import { availability, type Databases, openDatabases } from './mongo-database.fixture.ts';
import { createMongoStore, type MongoStoreOptions, openMongo } from './mongo-store.ts';

const isSkipped = !availability.available && !isRequired('mongodb', process.env.PIKOCI_TEST_REQUIRE);

describe.skipIf(isSkipped)('a start', () => {
  let databases: Databases;
  let gate: MongoGate;
  beforeAll(async () => {
    databases = await openDatabases();
    gate = await startMongoGate(databases.empty().port);
  }, 60_000);
  afterAll(async () => {
    await gate[Symbol.asyncDispose]();
    await databases[Symbol.asyncDispose]();
  });

  const failureOf = async (
    options: MongoStoreOptions,
    only: 'migrate' | 'requireSchema' = 'migrate',
  ): Promise<unknown> => {
    const store = createMongoStore({ ...options, foldAfterMs: 'never' });
    try {
      await store[only]();
      return undefined;
    } catch (error) {
      if (!(error instanceof CodedError)) return error;
      expect(error.hint ?? '').not.toBe('');
      expect(error.message).not.toContain('wrong-secret');
      return [error.code, error.message.replace(/:\d+\//, '/')];
    } finally {
      await store.close();
    }
  };
  const contains = (text: string) => expect.stringContaining(text);

  test('nobody there, a name that is none, a server without TLS', async () => {
    const where = databases.empty();
    expect(await failureOf({ ...where, port: 1 })).toEqual(['store.unreachable', contains('does not answer')]);
    expect(await failureOf({ ...where, host: 'nowhere.invalid' })).toEqual([
      'store.unreachable',
      contains('pikoci@nowhere.invalid'),
    ]);
    expect(await failureOf({ ...where, tls: { verify: true } })).toMatchObject(['store.tls', expect.any(String)]);
  }, 30_000);

  test('a user or a password that is wrong, or missing, and a user who may only read', async () => {
    const where = { ...databases.empty(), port: gate.port };
    gate.judge = (command) =>
      command === 'saslStart'
        ? { code: 18, codeName: 'AuthenticationFailed', errmsg: 'Authentication failed.' }
        : 'pass';
    expect(await failureOf({ ...where, password: 'wrong-secret' })).toEqual([
      'store.denied',
      contains('refuses the user or the password'),
    ]);
    gate.judge = (command) =>
      command === 'find'
        ? { code: 13, codeName: 'Unauthorized', errmsg: 'Command find requires authentication' }
        : 'pass';
    expect(await failureOf(where)).toEqual(['store.denied', contains('wants a user and a password')]);
    gate.judge = (command) =>
      command === 'update' || command === 'insert'
        ? { code: 13, codeName: 'Unauthorized', errmsg: 'not authorized on x to execute command' }
        : 'pass';
    expect(await failureOf(where)).toEqual(['store.read_only', contains('cannot be written')]);
    gate.judge = () => 'pass';
    expect(await failureOf(where)).toBeUndefined();
    gate.judge = (command) =>
      command === 'update' ? { code: 10107, codeName: 'NotWritablePrimary', errmsg: 'not primary' } : 'pass';
    expect(await failureOf(where)).toEqual(['store.unreachable', contains('has no primary now')]);
    gate.judge = () => 'pass';
  });

  test('a database of another program, or of another version', async () => {
    const foreign = databases.empty();
    await databases.client.db(foreign.database).collection('customers').insertOne({ name: 'ada' });
    expect(await failureOf(foreign)).toEqual(['store.foreign_database', contains('for example "customers"')]);
    const names = await databases.client.db(foreign.database).listCollections().toArray();
    expect(names.map(({ name }) => name)).toEqual(['customers']);

    const ours = databases.empty();
    expect(await failureOf(ours, 'requireSchema')).toEqual(['store.schema_older', contains('is empty')]);
    expect(await failureOf(ours)).toBeUndefined();
    expect(await failureOf(ours, 'requireSchema')).toBeUndefined();
    const { db } = openMongo({ ...ours, foldAfterMs: 'never' });
    await db
      .insertInto('pikoci_schema')
      .values({ version: MIGRATIONS.length + 1, name: 'later', applied_at: 0 })
      .execute();
    await db.destroy();
    expect(await failureOf(ours)).toEqual(['store.schema_newer', contains(`knows schemas up to ${MIGRATIONS.length}`)]);

    const later = databases.empty();
    await databases.client
      .db(later.database)
      .collection<{ _id: string }>('pikoci')
      .insertOne({ _id: 'database', id: 'x', format: 99 } as { _id: string });
    expect(await failureOf(later)).toEqual(['store.schema_newer', contains('has format 99')]);
  });
});
