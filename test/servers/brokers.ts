/** The brokers that workers are reached over, as tests start them: each is a row. */
import { natsAvailability, startNatsServer } from './nats-server.ts';
import { rabbitAvailability, startRabbitServer } from './rabbitmq-server.ts';
import { redisAvailability, startRedisServer } from './redis-server.ts';
import type { Availability, OptionalServer } from './required.ts';

export interface RunningBroker extends AsyncDisposable {
  readonly url: string;
  /** As a power cut would. */
  kill9(): Promise<void>;
  /** Where it was, after that. */
  start(): Promise<void>;
}

export interface BrokerRow {
  /** What `--pubsub-system` calls it, and `PIKOCI_TEST_REQUIRE` too. */
  readonly system: OptionalServer;
  /** The variable of the environment that says where it is. */
  readonly variable: string;
  readonly availability: Availability;
  readonly start: () => Promise<RunningBroker>;
}

export const BROKERS: readonly BrokerRow[] = [
  { system: 'nats', variable: 'NATS_SERVER_URL', availability: natsAvailability(), start: startNatsServer },
  { system: 'rabbitmq', variable: 'RABBIT_SERVER_URL', availability: rabbitAvailability(), start: startRabbitServer },
  { system: 'redis', variable: 'REDIS_URL', availability: redisAvailability(), start: startRedisServer },
];
