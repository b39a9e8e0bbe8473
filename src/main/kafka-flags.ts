import { CodedError } from '../lib/coded-error.ts';
import type { Broker } from '../queue/broker/broker.ts';
import { type KafkaLogin, SASL_MECHANISMS } from '../queue/kafka/kafka-address.ts';
import { checkedTlsFiles, readSettingFile, requiredAddress, tlsFlags } from './broker-settings.ts';
import type { Flags, FlagValues } from './flags.ts';

const tls = tlsFlags('kafka');

/** Where Kafka is, for servers and workers alike. */
export const kafkaFlags = {
  kafkaBrokers: {
    kind: 'text',
    env: ['KAFKA_BROKERS'],
    sensitive: true,
    placeholder: 'host:port',
    doc: 'of kafka: host:9092, or kafkas://host:9092 for TLS, several of one cluster with commas between',
  },
  kafkaUser: { kind: 'text', placeholder: 'name', doc: 'of kafka: who we are there (SASL), where it wants to know' },
  kafkaPassword: {
    kind: 'text',
    sensitive: true,
    placeholder: 'password',
    doc: 'of kafka: the password; on a command line others on this machine can read it, in a file or the environment they cannot',
  },
  kafkaPasswordFile: { kind: 'text', placeholder: 'file', doc: 'of kafka: a file that holds the password' },
  kafkaSasl: {
    kind: 'text',
    fallback: 'scram-sha-512',
    choices: SASL_MECHANISMS,
    placeholder: 'mechanism',
    doc: 'of kafka: how user and password are shown; plain only with TLS',
  },
  kafkaTls: {
    kind: 'switch',
    fallback: false,
    doc: 'of kafka: speak TLS; kafkas:// or a file of --kafka-tls-… say so too',
  },
  kafkaTlsCa: tls.ca,
  kafkaTlsCert: tls.cert,
  kafkaTlsKey: tls.key,
} as const satisfies Flags;

type Settings = FlagValues<typeof kafkaFlags>;

/** Throws `usage.missing`, `usage.bad_value`, or what is wrong with a file. Nothing is connected yet. */
export async function openKafka(settings: Settings, clientName: string): Promise<Broker> {
  const { kafkaBrokers, kafkaTls: tls, kafkaTlsCa: caFile, kafkaTlsCert: certFile, kafkaTlsKey: keyFile } = settings;
  const where = { system: 'kafka', title: 'Kafka', flag: '--kafka-brokers', variable: 'KAFKA_BROKERS' };
  const brokers = requiredAddress(kafkaBrokers, where, 'host:9092');
  const files = await checkedTlsFiles('kafka', { caFile, certFile, keyFile });
  const login = await loginOf(settings);
  const { createKafkaBroker } = await import('../queue/kafka/kafka-broker.ts');
  return createKafkaBroker({ brokers, login, tls, clientName, ...files });
}

async function loginOf(settings: Settings): Promise<KafkaLogin | undefined> {
  const { kafkaUser: user, kafkaPassword: given, kafkaPasswordFile: file, kafkaSasl: sasl } = settings;
  if (given !== undefined && file !== undefined) {
    throw new CodedError('usage.bad_value', '--kafka-password and --kafka-password-file say the same in two ways', {
      hint: 'leave one of them out',
    });
  }
  const password = file === undefined ? given : new TextDecoder().decode(await readSettingFile(file)).trimEnd();
  if (user === undefined && password === undefined) return undefined;
  if (user === undefined || password === undefined) {
    throw new CodedError('usage.missing', 'of kafka, user and password belong together', {
      hint: 'give --kafka-user and PIKOCI_KAFKA_PASSWORD (or --kafka-password-file), or none of them',
    });
  }
  const mechanism = SASL_MECHANISMS.find((name) => name === sasl) ?? 'scram-sha-512';
  return { mechanism, user, password };
}
