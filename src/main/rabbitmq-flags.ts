import type { Broker } from '../queue/broker/broker.ts';
import { checkedTlsFiles, requiredAddress, tlsFlags } from './broker-settings.ts';
import type { Flags, FlagValues } from './flags.ts';

const tls = tlsFlags('rabbitmq');

/** Where RabbitMQ is, for servers and workers alike. */
export const rabbitFlags = {
  rabbitmqUrl: {
    kind: 'text',
    env: ['RABBIT_SERVER_URL'],
    sensitive: true,
    placeholder: 'url',
    doc: 'of rabbitmq: amqp://host:5672/vhost or amqps://host:5671/vhost, several of one cluster with commas between; a user and password in it belong into the environment',
  },
  rabbitmqTlsCa: tls.ca,
  rabbitmqTlsCert: tls.cert,
  rabbitmqTlsKey: tls.key,
} as const satisfies Flags;

/** Throws `usage.missing`, `usage.bad_value`, or what is wrong with a file. Nothing is connected yet. */
export async function openRabbit(settings: FlagValues<typeof rabbitFlags>, clientName: string): Promise<Broker> {
  const { rabbitmqUrl, rabbitmqTlsCa: caFile, rabbitmqTlsCert: certFile, rabbitmqTlsKey: keyFile } = settings;
  const where = { system: 'rabbitmq', title: 'RabbitMQ', flag: '--rabbitmq-url', variable: 'RABBIT_SERVER_URL' };
  const url = requiredAddress(rabbitmqUrl, where, 'amqp://host:5672');
  const files = await checkedTlsFiles('rabbitmq', { caFile, certFile, keyFile });
  const { createRabbitBroker } = await import('../queue/rabbitmq/rabbitmq-broker.ts');
  return createRabbitBroker({ url, clientName, ...files });
}
