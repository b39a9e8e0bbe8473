import { type BrokerAddress, readBrokerAddress } from '../broker/broker-address.ts';

/** Reads `redis://user:password@host:6379`, or several with commas between. Which database it names makes no difference: messages belong to none. Throws `usage.bad_value`. */
export function readRedisAddress(text: string): Omit<BrokerAddress, 'path'> {
  const { path: _, ...address } = readBrokerAddress(text, {
    title: 'the Redis server',
    plain: { scheme: 'redis', port: 6379 },
    secure: { scheme: 'rediss', port: 6379 },
    hint: 'write redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6379; a primary and its replicas with commas between',
  });
  return address;
}
