/** The brokers that `--pubsub-system` may name: each is a row here, and its flags are a file beside this one. */
import type { Broker } from '../queue/broker/broker.ts';
import type { Flags, FlagValues } from './flags.ts';
import { kafkaFlags, openKafka } from './kafka-flags.ts';
import { natsFlags, openNats } from './nats-flags.ts';
import { openRabbit, rabbitFlags } from './rabbitmq-flags.ts';
import { openRedis, redisFlags } from './redis-flags.ts';

/** Of all of them, for servers and workers alike. */
export const brokerFlags = { ...natsFlags, ...rabbitFlags, ...kafkaFlags, ...redisFlags } as const satisfies Flags;

export type BrokerSettings = FlagValues<typeof brokerFlags>;

export interface BrokerRow {
  /** As a person calls it. */
  readonly title: string;
  /** Throws `usage.*`, or what is wrong with a file. Nothing is connected yet. `clientName` is what the broker's operators see. */
  readonly open: (settings: BrokerSettings, clientName: string) => Promise<Broker>;
}

const BROKERS: ReadonlyMap<string, BrokerRow> = new Map([
  ['nats', { title: 'NATS', open: openNats }],
  ['rabbitmq', { title: 'RabbitMQ', open: openRabbit }],
  ['kafka', { title: 'Kafka', open: openKafka }],
  ['redis', { title: 'Redis', open: openRedis }],
]);

export const BROKER_SYSTEMS: readonly string[] = [...BROKERS.keys()];

/** As a person calls it; `undefined` for what is no broker. */
export const brokerTitle = (system: string): string | undefined => BROKERS.get(system)?.title;

/** `undefined` for `mem` and `http`, which are none. */
export async function openBroker(
  settings: BrokerSettings & { readonly pubsubSystem: string },
  clientName: string,
): Promise<Broker | undefined> {
  return await BROKERS.get(settings.pubsubSystem)?.open(settings, clientName);
}
