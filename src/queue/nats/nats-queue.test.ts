import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { type NatsServer, natsAvailability, startNatsServer } from '../../../test/servers/nats-server.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { makeBrokerHarness } from '../broker/broker-harness.fixture.ts';
import { describeQueue } from '../contract/describe-queue.ts';
import { createNatsBroker } from './nats-broker.ts';

const availability = natsAvailability();
const isSkipped = !availability.available && !isRequired('nats', process.env.PIKOCI_TEST_REQUIRE);
testWith({ nats: availability })('NATS is here', () => expect(availability.available).toBe(true));

describe.skipIf(isSkipped)('nats', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());

  describeQueue('nats', () =>
    makeBrokerHarness(server.port, (port) =>
      createNatsBroker({ url: `nats://127.0.0.1:${port}`, clientName: 'pikoci test' }),
    ),
  );
});
