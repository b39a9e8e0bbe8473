import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { type RedisServer, redisAvailability, startRedisServer } from '../../../test/servers/redis-server.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { makeBrokerHarness } from '../broker/broker-harness.fixture.ts';
import { describeQueue } from '../contract/describe-queue.ts';
import { createRedisBroker } from './redis-broker.ts';

const availability = redisAvailability();
const isSkipped = !availability.available && !isRequired('redis', process.env.PIKOCI_TEST_REQUIRE);
testWith({ redis: availability })('Redis is here', () => expect(availability.available).toBe(true));

describe.skipIf(isSkipped)('redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());

  describeQueue('redis', () =>
    makeBrokerHarness(server.port, (port) =>
      createRedisBroker({ url: `redis://127.0.0.1:${port}`, clientName: 'pikoci test' }),
    ),
  );
});
