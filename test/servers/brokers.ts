/** The brokers that workers are reached over, as tests start them: each is a row. */
import type { BrokerProcess } from './broker-process.ts';
import type { Rewrite } from './cut-proxy.ts';
import { kafkaAvailability, kafkaBehind, startKafkaServer } from './kafka/kafka-server.ts';
import { natsAvailability, startNatsServer } from './nats-server.ts';
import { rabbitAvailability, startRabbitServer } from './rabbitmq-server.ts';
import { redisAvailability, startRedisServer } from './redis-server.ts';
import type { Availability, OptionalServer } from './required.ts';

export interface RunningBroker extends BrokerProcess, AsyncDisposable {
  readonly url: string;
}

export interface BrokerRow {
  /** What `--pubsub-system` calls it, and `PIKOCI_TEST_REQUIRE` too. */
  readonly system: OptionalServer;
  /** The variable of the environment that says where it is. */
  readonly variable: string;
  readonly availability: Availability;
  /** What a worker says when its server was killed. */
  readonly serverGone: RegExp;
  readonly start: () => Promise<RunningBroker>;
  /** Of one that says itself where it is: what a way to it has to change in that. */
  readonly rewrite?: (broker: { readonly port: number }) => Rewrite;
}

/** The broker tells who sends to one that is not there any more. */
const told = /the server left the broker/;

export const BROKERS: readonly BrokerRow[] = [
  {
    ...{ system: 'nats', variable: 'NATS_SERVER_URL', serverGone: told },
    ...{ availability: natsAvailability(), start: startNatsServer },
  },
  {
    ...{ system: 'rabbitmq', variable: 'RABBIT_SERVER_URL', serverGone: told },
    ...{ availability: rabbitAvailability(), start: startRabbitServer },
  },
  {
    ...{ system: 'redis', variable: 'REDIS_URL', serverGone: told },
    ...{ availability: redisAvailability(), start: startRedisServer },
  },
  {
    // It does not: the worker notices that nothing comes.
    ...{ system: 'kafka', variable: 'KAFKA_BROKERS', serverGone: /nothing heard for \d+ ms/ },
    ...{ availability: await kafkaAvailability(), start: startKafkaServer, rewrite: kafkaBehind },
  },
];
