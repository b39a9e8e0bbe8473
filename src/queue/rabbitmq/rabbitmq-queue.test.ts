import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { type RabbitServer, rabbitAvailability, startRabbitServer } from '../../../test/servers/rabbitmq-server.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { makeBrokerHarness } from '../broker/broker-harness.fixture.ts';
import { describeQueue } from '../contract/describe-queue.ts';
import { createRabbitBroker } from './rabbitmq-broker.ts';

const availability = rabbitAvailability();
const isSkipped = !availability.available && !isRequired('rabbitmq', process.env.PIKOCI_TEST_REQUIRE);
testWith({ rabbitmq: availability })('RabbitMQ is here', () => expect(availability.available).toBe(true));

describe.skipIf(isSkipped)('rabbitmq', () => {
  let server: RabbitServer;
  beforeAll(async () => {
    server = await startRabbitServer();
  }, 120_000);
  afterAll(() => server[Symbol.asyncDispose]());

  describeQueue('rabbitmq', () =>
    makeBrokerHarness(server.port, (port) =>
      createRabbitBroker({ url: `amqp://127.0.0.1:${port}`, clientName: 'pikoci test' }),
    ),
  );
});
