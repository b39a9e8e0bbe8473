import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { describeStore } from '../contract/describe-store.ts';
import { lineContract } from '../contract/line-contract.ts';
import { raceContract } from '../contract/race-contract.ts';
import { describeTransfer } from '../contract/transfer-contract.ts';
import type { TestClock } from '../contract/world.ts';
import { createSqliteStore } from '../sql/sqlite/sqlite-store.ts';
import { availability, type Databases, openDatabases } from './mongo-database.fixture.ts';

const isSkipped = !availability.available && !isRequired('mongodb', process.env.PIKOCI_TEST_REQUIRE);
testWith({ mongodb: availability })('MongoDB is here', () => expect(availability.available).toBe(true));

describe.skipIf(isSkipped)('mongodb', () => {
  let databases: Databases;
  let place: TemporaryDirectory;
  beforeAll(async () => {
    place = temporaryDirectory('mongodb');
    databases = await openDatabases();
  }, 60_000);
  afterAll(async () => {
    await databases[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const create = () => databases.forContract();
  describeStore('with a database of its own for each test', { keeps: true }, create);
  raceContract(create);
  lineContract(create);

  const memory = {
    name: 'memory',
    create: async () => ({
      open: async (clock: TestClock) => createSqliteStore({ path: ':memory:', clock }),
      dispose: async () => undefined,
    }),
  };
  describeTransfer([memory, { name: 'MongoDB', create }], () => place.path);
});
