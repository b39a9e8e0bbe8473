import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';
import type { Broker } from '../queue/broker/broker.ts';
import type { Flags, FlagValues } from './flags.ts';

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
  natsTlsCa: {
    kind: 'text',
    placeholder: 'file',
    doc: "of nats: the authority that signed its certificate, in PEM; by default the system's",
  },
  natsTlsCert: { kind: 'text', placeholder: 'file', doc: 'of nats: a certificate of ours, in PEM, where it wants one' },
  natsTlsKey: { kind: 'text', placeholder: 'file', doc: 'of nats: the key of that certificate' },
} as const satisfies Flags;

/** Throws `usage.missing`, `usage.bad_value`, or what is wrong with a file. Nothing is connected yet. */
export async function openNats(settings: FlagValues<typeof natsFlags>, clientName: string): Promise<Broker> {
  const { natsServerUrl: url, natsCredentials, natsTlsCa, natsTlsCert, natsTlsKey } = settings;
  if (url === undefined) {
    throw new CodedError('usage.missing', '--pubsub-system nats needs to know where NATS is', {
      hint: 'set NATS_SERVER_URL=nats://host:4222, or give --nats-server-url',
    });
  }
  if ((natsTlsCert === undefined) !== (natsTlsKey === undefined)) {
    throw new CodedError('usage.missing', '--nats-tls-cert and --nats-tls-key belong together', {
      hint: 'give both, or neither',
    });
  }
  for (const file of [natsTlsCa, natsTlsCert, natsTlsKey]) if (file !== undefined) await readSettingFile(file);
  const credentials = natsCredentials === undefined ? undefined : await readSettingFile(natsCredentials);
  const { createNatsBroker } = await import('../queue/nats/nats-broker.ts');
  return createNatsBroker({
    ...{ url, credentials, clientName },
    ...{ caFile: natsTlsCa, certFile: natsTlsCert, keyFile: natsTlsKey },
  });
}

async function readSettingFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(path));
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}
