import { expect, test } from 'bun:test';
import { BROKER_SYSTEMS, brokerFlags, openBroker } from './brokers.ts';
import { readFlags } from './flags.ts';

const open = (pubsubSystem: string, environment: Readonly<Record<string, string>>) =>
  openBroker({ pubsubSystem, ...readFlags(brokerFlags, { options: {}, environment }) }, 'test');

test.each([
  ['nats', 'NATS_SERVER_URL', 'nats://127.0.0.1:4222'],
  ['nats', 'PIKOCI_NATS_SERVER_URL', 'nats://127.0.0.1:4222'],
  ['rabbitmq', 'RABBIT_SERVER_URL', 'amqp://127.0.0.1'],
  ['rabbitmq', 'PIKOCI_RABBITMQ_URL', 'amqps://ci:p@127.0.0.1/ci'],
  ['kafka', 'KAFKA_BROKERS', '127.0.0.1:9092, 127.0.0.2:9092'],
  ['kafka', 'PIKOCI_KAFKA_BROKERS', 'kafkas://127.0.0.1'],
  ['redis', 'REDIS_URL', 'redis://127.0.0.1'],
  ['redis', 'PIKOCI_REDIS_URL', 'rediss://:p@127.0.0.1:6380/3'],
])('%s: %s says where it is', async (system, name, url) => {
  expect(await open(system, { [name]: url })).toHaveProperty('connect');
});

test('what is no broker has none', async () => {
  for (const system of ['mem', 'http']) expect(await open(system, {})).toBeUndefined();
});

const URLS: Readonly<Record<string, string>> = {
  nats: 'NATS_SERVER_URL',
  rabbitmq: 'RABBIT_SERVER_URL',
  kafka: 'KAFKA_BROKERS',
  redis: 'REDIS_URL',
};

test.each(Object.entries(URLS))(
  '%s: what is missing or wrong is said before anything starts',
  async (system, variable) => {
    expect(BROKER_SYSTEMS).toContain(system);
    const mistakes = [
      [{}, 'usage.missing', variable],
      [{ [variable]: 'http://user:hunter2@x' }, 'usage.bad_value', 'cannot be read'],
      [
        { [variable]: 'x', [`PIKOCI_${system.toUpperCase()}_TLS_KEY`]: '/etc/hostname' },
        'usage.missing',
        'belong together',
      ],
      [{ [variable]: 'x', [`PIKOCI_${system.toUpperCase()}_TLS_CA`]: '/none.pem' }, 'file.not_found', '/none.pem'],
    ] as const;
    for (const [environment, code, words] of mistakes) {
      const error: unknown = await open(system, environment).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code });
      const { message, hint } = error as { readonly message: string; readonly hint?: string };
      expect(`${message} (${hint})`).toContain(words);
      expect(`${message} (${hint})`).not.toContain('hunter2');
    }
  },
);
