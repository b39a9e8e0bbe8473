import type { Broker } from '../broker/broker.ts';
import { hostText } from '../broker/broker-address.ts';
import { brokerRefused, brokerUnfit, brokerUnreachable } from '../broker/broker-errors.ts';
import { inTurn } from '../broker/broker-hosts.ts';
import { type BrokerTlsFiles, readTlsFiles, wantsTls } from '../broker/broker-tls.ts';
import { type KafkaLogin, readKafkaBrokers } from './kafka-address.ts';
import { KafkaConnection } from './kafka-connection.ts';
import { isHangUp, kafkaError } from './kafka-failures.ts';
import { KafkaNode, type NodeOptions } from './kafka-node.ts';

const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;

export interface KafkaOptions extends BrokerTlsFiles {
  /** `host:9092`, several of one cluster with commas between; see kafka-address.ts. */
  readonly brokers: string;
  readonly login?: KafkaLogin | undefined;
  /** Also without any of the files. */
  readonly tls?: boolean | undefined;
  /** What the brokers' operators see. */
  readonly clientName: string;
}

/** Throws `usage.bad_value` for addresses that are none. */
export function createKafkaBroker(options: KafkaOptions): Broker {
  const address = readKafkaBrokers(options.brokers);
  const encrypted = options.tls === true || address.tls || wantsTls(options);
  const { login, clientName } = options;
  const sasl = login && { mechanism: MECHANISMS[login.mechanism], username: login.user, password: login.password };
  const title = `the Kafka server at ${address.hosts.map(hostText).join(', ')}`;
  const enterAny = inTurn(address.hosts, async (host) => {
    const tls = encrypted ? await readTlsFiles(options) : undefined;
    const nodeOptions: NodeOptions = { clientName, tls, sasl };
    const node = new KafkaNode(host, nodeOptions);
    try {
      await enter(node, title, encrypted);
      return { node, nodeOptions };
    } catch (error) {
      node.terminate();
      throw kafkaError(title, error);
    }
  });
  return {
    connect: async (events) => new KafkaConnection({ ...(await enterAny()), title, events }),
  };
}

/** That it is a Kafka that we can use, and lets us in. */
async function enter(node: KafkaNode, title: string, encrypted: boolean): Promise<void> {
  let missing: readonly string[];
  try {
    await node.open();
    missing = await node.missingRequests();
  } catch (error) {
    if (encrypted || !isHangUp(error)) throw error;
    throw brokerUnreachable(title, 'it hangs up at our first word; does it want TLS?', error);
  }
  if (missing.length > 0) {
    throw brokerUnfit(title, `it does not know requests of ours (${missing.join(', ')})`, 'use Kafka 2.8 or newer');
  }
  try {
    await node.cluster([]);
  } catch (error) {
    if (!isHangUp(error)) throw error;
    // Who should have logged in is not told so.
    throw brokerRefused(title, 'it hangs up on whoever does not log in, or logs in without TLS', error);
  }
}
