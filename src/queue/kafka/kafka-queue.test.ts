import { afterAll, beforeAll, describe, expect } from 'bun:test';
import {
  kafkaAvailability,
  kafkaBehind,
  runningKafka,
  startKafkaServer,
} from '../../../test/servers/kafka/kafka-server.ts';
import { type Availability, isRequired, testWith } from '../../../test/servers/required.ts';
import { makeBrokerHarness } from '../broker/broker-harness.fixture.ts';
import { describeQueue } from '../contract/describe-queue.ts';
import { createKafkaBroker } from './kafka-broker.ts';

const running = runningKafka();
const own: Availability = running ? { available: true } : await kafkaAvailability();
const availability: Availability = own.available
  ? own
  : { ...own, reason: `${own.reason}; KAFKA_BROKERS=localhost:PORT takes one that runs` };
const isSkipped = !availability.available && !isRequired('kafka', process.env.PIKOCI_TEST_REQUIRE);
testWith({ kafka: availability })('Kafka is here', () => expect(availability.available).toBe(true));

describe.skipIf(isSkipped)('kafka', () => {
  let kafka: { readonly port: number } & Partial<AsyncDisposable>;
  beforeAll(async () => {
    kafka = running ?? (await startKafkaServer());
  }, 90_000);
  afterAll(async () => {
    await kafka[Symbol.asyncDispose]?.();
  });

  describeQueue('kafka', () =>
    makeBrokerHarness(
      kafka.port,
      (port) => createKafkaBroker({ brokers: `127.0.0.1:${port}`, clientName: 'pikoci test' }),
      kafkaBehind(kafka),
    ),
  );
});
