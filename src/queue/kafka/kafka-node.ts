/**
 * One connection to one of Kafka's brokers, and the few requests that this queue makes there, each in one version: all brokers since 2.8 know it. The library's own producer
 * and consumer are not used: they try again by themselves, and read in groups.
 */
import { isIP } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import {
  apiVersionsV3,
  ConfigResourceTypes,
  Connection,
  createTopicsV5,
  describeConfigsV4,
  fetchV12,
  listOffsetsV6,
  metadataV9,
  produceV9,
  type SASLOptions,
} from '@platformatic/kafka';
import type { BrokerHost } from '../broker/broker-address.ts';
import { refusalsOf } from './kafka-failures.ts';

export interface NodeOptions {
  readonly clientName: string;
  readonly tls: TlsOptions | undefined;
  readonly sasl: SASLOptions | undefined;
}

export interface KafkaTopic {
  readonly name: string;
  /** The leaders of its partitions, in order; of one without a leader `undefined`. */
  readonly leaders: readonly (BrokerHost | undefined)[];
}

export interface KafkaCluster {
  /** Those of the topics asked for that exist. */
  readonly topics: readonly KafkaTopic[];
  /** Who makes topics. */
  readonly controller: BrokerHost | undefined;
}

/** A partition, as requests name it. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

export interface OutgoingRecord extends PartitionName {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface IncomingRecord {
  readonly offset: bigint;
  readonly key: string;
  readonly value: Uint8Array;
  /** When it came to the broker, in milliseconds by its clock. */
  readonly at: number;
}

export const FETCH_WAIT_MS = 1_000;
const CONNECT_MS = 5_000;
/** More than a broker ever holds a request of ours. */
const REQUEST_MS = FETCH_WAIT_MS + 4_000;
const CREATE_MS = 4_000;
const FETCH_BYTES = 4 * 1024 * 1024;
/** Who asks: no broker of the cluster. */
const CLIENT = -1;
const NO_EPOCH = -1;
const LATEST = -1n;
const EARLIEST = -2n;
const DEFAULT_REPLICAS = -1;
/** A bit of a batch's attributes: its times are the broker's, and all the same. */
const LOG_APPEND_TIME = 8;

const NOT_YET: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/** The library throws an answer that has an error anywhere in it. Throws what is none. */
function answerOf<T>(error: unknown): T {
  if (refusalsOf(error).length === 0 || !(error instanceof Error) || !('response' in error)) throw error;
  return error.response as T;
}

export interface Produced {
  readonly written: (record: PartitionName) => boolean;
  /** Why not the others. */
  readonly error: unknown;
}

export class KafkaNode {
  readonly address: BrokerHost;
  readonly #connection: Connection;

  constructor(address: BrokerHost, options: NodeOptions) {
    this.address = address;
    const { tls, sasl, clientName } = options;
    this.#connection = new Connection(clientName, {
      connectTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      ...(tls && { tls, ...(isIP(address.host) === 0 && { tlsServerName: address.host }) }),
      ...(sasl && { sasl }),
    });
    // What was under way fails by itself.
    this.#connection.on('error', () => undefined);
  }

  async open(): Promise<void> {
    await this.#connection.connect(this.address.host, this.address.port);
  }

  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  /** Which of the requests that this queue needs the broker does not know. */
  async missingRequests(): Promise<readonly string[]> {
    const { apiKeys } = await apiVersionsV3.api.async(this.#connection, 'pikoci', '1');
    const needed = { Produce: produceV9, Fetch: fetchV12, ListOffsets: listOffsetsV6, Metadata: metadataV9 };
    return Object.entries(needed)
      .filter(([, { api }]) => {
        const known = apiKeys.find(({ apiKey }) => apiKey === api.key);
        return known === undefined || known.minVersion > api.version || known.maxVersion < api.version;
      })
      .map(([name]) => name);
  }

  async cluster(topics: readonly string[]): Promise<KafkaCluster> {
    let answer: metadataV9.MetadataResponse;
    try {
      answer = await metadataV9.api.async(this.#connection, [...topics], false);
    } catch (error) {
      answer = answerOf(error);
      // That a topic is missing, or has no leader yet, is an answer as well.
      if (refusalsOf(error).some(({ id }) => !NOT_YET.has(id))) throw error;
    }
    const brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    return {
      controller: brokers.get(answer.controllerId),
      topics: answer.topics
        .filter(({ partitions }) => partitions.length > 0)
        .map(({ name, partitions }) => ({
          name: name ?? '',
          leaders: partitions
            .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
            .map(({ leaderId }) => brokers.get(leaderId)),
        })),
    };
  }

  /** One that exists already is left as it is. */
  async createTopics(
    topics: readonly { readonly name: string; readonly partitions: number }[],
    settings: Readonly<Record<string, string>>,
  ): Promise<void> {
    const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const requests = topics.map(({ name, partitions }) => ({
      ...{ name, numPartitions: partitions, replicationFactor: DEFAULT_REPLICAS, assignments: [], configs },
    }));
    try {
      await createTopicsV5.api.async(this.#connection, requests, CREATE_MS, false);
    } catch (error) {
      const refusals = refusalsOf(error);
      if (refusals.length === 0 || refusals.some(({ id }) => id !== 'TOPIC_ALREADY_EXISTS')) throw error;
    }
  }

  /** `max.message.bytes` of the topics; `undefined` where we may not know. */
  async maxMessageBytes(topics: readonly string[]): Promise<number | undefined> {
    const resources = topics.map((resourceName) => ({
      ...{ resourceType: ConfigResourceTypes.TOPIC, resourceName, configurationKeys: ['max.message.bytes'] },
    }));
    try {
      const { results } = await describeConfigsV4.api.async(this.#connection, resources, false, false);
      const values = results.flatMap(({ configs }) => configs.map(({ value }) => Number(value)));
      return values.length > 0 ? Math.min(...values) : undefined;
    } catch (error) {
      if (refusalsOf(error).length === 0) throw error;
      return undefined;
    }
  }

  /** Of the first record that is there, and of the next that will come. */
  async offsets({ topic, partition }: PartitionName): Promise<{ readonly first: bigint; readonly next: bigint }> {
    const ask = async (timestamp: bigint): Promise<bigint> => {
      const partitions = [{ partitionIndex: partition, currentLeaderEpoch: NO_EPOCH, timestamp }];
      const { topics } = await listOffsetsV6.api.async(this.#connection, CLIENT, 0, [{ name: topic, partitions }]);
      return topics[0]?.partitions[0]?.offset ?? 0n;
    };
    const [next, first] = await Promise.all([ask(LATEST), ask(EARLIEST)]);
    return { first, next };
  }

  /** What is there from `offset` on; waits a moment when there is nothing. */
  async fetch({ topic, partition }: PartitionName, offset: bigint): Promise<readonly IncomingRecord[]> {
    const wanted = {
      ...{ partition, currentLeaderEpoch: NO_EPOCH, fetchOffset: offset, lastFetchedEpoch: NO_EPOCH },
      partitionMaxBytes: FETCH_BYTES,
    };
    const { responses } = await fetchV12.api.async(
      this.#connection,
      ...([FETCH_WAIT_MS, 1, FETCH_BYTES, 0, 0, NO_EPOCH] as const),
      [{ topicId: topic, partitions: [wanted] }],
      [],
      '',
    );
    const records: IncomingRecord[] = [];
    for (const batch of responses[0]?.partitions[0]?.records ?? []) {
      const { firstOffset, firstTimestamp, maxTimestamp, attributes } = batch;
      for (const { offsetDelta, timestampDelta, key, value } of batch.records) {
        const own = firstOffset + BigInt(offsetDelta);
        // A batch comes whole, also what lies before the offset in it.
        if (own < offset || key === null || value === null) continue;
        const at = attributes & LOG_APPEND_TIME ? maxTimestamp : firstTimestamp + timestampDelta;
        records.push({ offset: own, key: key.toString(), value, at: Number(at) });
      }
    }
    return records;
  }

  /** Resolves when the leader has them; for several partitions it may have some. */
  async produce(records: readonly OutgoingRecord[]): Promise<Produced> {
    const messages = records.map(({ topic, partition, key, value }) => ({
      ...{ topic, partition, key: Buffer.from(key) },
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    }));
    try {
      await produceV9.api.async(this.#connection, 1, REQUEST_MS, messages, {});
      return { written: () => true, error: undefined };
    } catch (error) {
      const { responses } = answerOf<produceV9.ProduceResponse>(error);
      const errors = responses.flatMap(({ name, partitionResponses }) =>
        partitionResponses.filter(({ errorCode }) => errorCode !== 0).map(({ index }) => `${name}/${index}`),
      );
      return { written: ({ topic, partition }) => !errors.includes(`${topic}/${partition}`), error };
    }
  }

  terminate(): void {
    const { socket } = this.#connection;
    // The library has none before it connects.
    socket?.destroy();
  }
}
