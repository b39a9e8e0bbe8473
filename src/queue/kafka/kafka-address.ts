import { CodedError } from '../../lib/coded-error.ts';
import { type BrokerHost, readBrokerAddress } from '../broker/broker-address.ts';

/** How a user and a password are shown. */
export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

export interface KafkaLogin {
  readonly mechanism: (typeof SASL_MECHANISMS)[number];
  readonly user: string;
  readonly password: string;
}

export interface KafkaAddress {
  readonly hosts: readonly BrokerHost[];
  readonly tls: boolean;
}

const TITLE = 'Kafka';
const HINT = 'write HOST:9092 or kafkas://HOST:9092, several of one cluster with commas between';

/** Reads `host:9092`, or several with commas between. Throws `usage.bad_value`. */
export function readKafkaBrokers(text: string): KafkaAddress {
  const { hosts, tls, user, password, path } = readBrokerAddress(text, {
    title: TITLE,
    plain: { scheme: 'kafka', port: 9092 },
    secure: { scheme: 'kafkas', port: 9092 },
    hint: HINT,
  });
  const malformed = (why: string, hint: string): CodedError =>
    new CodedError('usage.bad_value', `the address of ${TITLE} cannot be read: ${why}`, { hint });
  if (user !== undefined || password !== undefined) {
    throw malformed('a user or a password is in it', 'they have settings of their own: --kafka-user, --kafka-password');
  }
  if (path !== '') throw malformed('it goes on after the port', HINT);
  return { hosts, tls };
}
