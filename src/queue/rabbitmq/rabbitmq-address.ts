import { type BrokerAddress, readBrokerAddress } from '../broker/broker-address.ts';

export interface RabbitAddress extends Omit<BrokerAddress, 'path' | 'user' | 'password'> {
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
}

/** Reads `amqp://user:password@host:5672/vhost`, or several with commas between. Throws `usage.bad_value`. */
export function readRabbitAddress(text: string): RabbitAddress {
  const { path, user, password, ...address } = readBrokerAddress(text, {
    title: 'the RabbitMQ server',
    plain: { scheme: 'amqp', port: 5672 },
    secure: { scheme: 'amqps', port: 5671 },
    hint: 'write amqp://HOST:5672 or amqps://USER:PASSWORD@HOST:5671/VHOST; several of one cluster with commas between',
  });
  // What RabbitMQ is installed with: a user who may come from the same machine alone.
  return { ...address, user: user ?? 'guest', password: password ?? 'guest', vhost: path === '' ? '/' : path };
}
