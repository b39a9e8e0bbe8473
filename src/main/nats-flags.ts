import type { Broker } from '../queue/broker/broker.ts';
import { checkedTlsFiles, readSettingFile, requiredAddress, tlsFlags } from './broker-settings.ts';
import type { Flags, FlagValues } from './flags.ts';

const tls = tlsFlags('nats');

/** Where NATS is, for servers and workers alike. */
export const natsFlags = {
  natsServerUrl: {
    kind: 'text',
    env: ['NATS_SERVER_URL'],
    sensitive: true,
    placeholder: 'url',
    doc: 'of nats: nats://host:4222 or tls://host:4222, several of one cluster with commas between; a user and password in it belong into the environment',
  },
  natsCredentials: {
    kind: 'text',
    placeholder: 'file',
    doc: 'of nats: a file of credentials, as nsc makes it; instead of a user and password',
  },
  natsTlsCa: tls.ca,
  natsTlsCert: tls.cert,
  natsTlsKey: tls.key,
} as const satisfies Flags;

/** Throws `usage.missing`, `usage.bad_value`, or what is wrong with a file. Nothing is connected yet. */
export async function openNats(settings: FlagValues<typeof natsFlags>, clientName: string): Promise<Broker> {
  const { natsServerUrl, natsCredentials, natsTlsCa: caFile, natsTlsCert: certFile, natsTlsKey: keyFile } = settings;
  const where = { system: 'nats', title: 'NATS', flag: '--nats-server-url', variable: 'NATS_SERVER_URL' };
  const url = requiredAddress(natsServerUrl, where, 'nats://host:4222');
  const files = await checkedTlsFiles('nats', { caFile, certFile, keyFile });
  const credentials = natsCredentials === undefined ? undefined : await readSettingFile(natsCredentials);
  const { createNatsBroker } = await import('../queue/nats/nats-broker.ts');
  return createNatsBroker({ url, credentials, clientName, ...files });
}
