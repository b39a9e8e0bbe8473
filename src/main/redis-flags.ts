import type { Broker } from '../queue/broker/broker.ts';
import { checkedTlsFiles, requiredAddress, tlsFlags } from './broker-settings.ts';
import type { Flags, FlagValues } from './flags.ts';

const tls = tlsFlags('redis');

/** Where Redis is, for servers and workers alike. */
export const redisFlags = {
  redisUrl: {
    kind: 'text',
    env: ['REDIS_URL'],
    sensitive: true,
    placeholder: 'url',
    doc: 'of redis: redis://host:6379 or rediss://host:6379, a primary and its replicas with commas between; a user and password in it belong into the environment',
  },
  redisTlsCa: tls.ca,
  redisTlsCert: tls.cert,
  redisTlsKey: tls.key,
} as const satisfies Flags;

/** Throws `usage.missing`, `usage.bad_value`, or what is wrong with a file. Nothing is connected yet. */
export async function openRedis(settings: FlagValues<typeof redisFlags>, clientName: string): Promise<Broker> {
  const { redisUrl, redisTlsCa: caFile, redisTlsCert: certFile, redisTlsKey: keyFile } = settings;
  const where = { system: 'redis', title: 'Redis', flag: '--redis-url', variable: 'REDIS_URL' };
  const url = requiredAddress(redisUrl, where, 'redis://host:6379');
  const files = await checkedTlsFiles('redis', { caFile, certFile, keyFile });
  const { createRedisBroker } = await import('../queue/redis/redis-broker.ts');
  return createRedisBroker({ url, clientName, ...files });
}
