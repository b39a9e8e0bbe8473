import { type BrokerConnection, type BrokerEvents, LEAST_MAX_BYTES } from '../broker/broker.ts';
import { type BrokerHost, hostText } from '../broker/broker-address.ts';
import { brokerUnfit } from '../broker/broker-errors.ts';
import { Competition, RECENT_RECORDS } from './competition.ts';
import { findTopics, type Topics } from './find-topics.ts';
import { isPassing, kafkaError, lossText } from './kafka-failures.ts';
import { type IncomingRecord, KafkaNode, type NodeOptions, type PartitionName } from './kafka-node.ts';
import { type MailboxPlace, partitionOf, placeOf, topicName } from './kafka-topics.ts';
import { BATCH_OVERHEAD_BYTES, NodeWriter, recordOverhead } from './node-writer.ts';
import { PartitionReader } from './partition-reader.ts';

export interface KafkaConnectionParts {
  /** Open, to any of the brokers. */
  readonly node: KafkaNode;
  readonly nodeOptions: NodeOptions;
  readonly title: string;
  readonly events: BrokerEvents;
}

/** What Kafka takes unless somebody set something else. */
const USUAL_MAX_BYTES = 1_048_588;
const LONGEST_KEY = 64;
/** For a partition that was just made, or whose broker was just started, to have a leader that knows it. */
const SETTLE_MS = 8_000;
const PAUSE_MS = 30;
/** For what was sent last to leave. */
const CLOSE_MS = 2_000;

/** To a cluster, by way of connections to those of its brokers that lead a partition of ours. When one is lost, or a leader moves, all of it is over. */
export class KafkaConnection implements BrokerConnection {
  readonly #parts: KafkaConnectionParts;
  readonly #topics = new Map<string, Topics>();
  readonly #writers = new Map<string, NodeWriter>();
  readonly #readers = new Set<PartitionReader>();
  #batchBytes = USUAL_MAX_BYTES;
  #ended = false;

  constructor(parts: KafkaConnectionParts) {
    this.#parts = parts;
  }

  /** Known as soon as a mailbox is held. */
  get maxBytes(): number {
    return this.#batchBytes - BATCH_OVERHEAD_BYTES - recordOverhead('x'.repeat(LONGEST_KEY));
  }

  async hold(mailbox: string, kind: 'own' | 'shared', take: (message: Uint8Array) => void): Promise<() => void> {
    const place = placeOf(mailbox);
    try {
      const start = await this.#startOf(place);
      // A worker's, where no server ever was: nobody can write to it.
      if (start === undefined) return () => undefined;
      const { next, first } = start;
      if (kind === 'own') {
        return this.#read(start, next, ({ key, value }) => {
          if (key === place.key) take(value);
        });
      }
      const competition = new Competition({
        ...{ mailbox: place.key, take, since: next, now: Date.now },
        write: (key, value) => this.#write(place, key, value),
      });
      const from = next - first > RECENT_RECORDS ? next - RECENT_RECORDS : first;
      this.#read(start, from, (record) => competition.receive(record));
      return () => competition.stop();
    } catch (error) {
      throw kafkaError(this.#parts.title, error);
    }
  }

  send(mailbox: string, message: Uint8Array): void {
    const place = placeOf(mailbox);
    if (this.#topics.has(place.prefix)) this.#write(place, place.key, message);
    else setImmediate(() => !this.#ended && this.#parts.events.undelivered(mailbox));
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const written = Promise.all([...this.#writers.values()].map((writer) => writer.written()));
    await Promise.race([written, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
    this.terminate();
  }

  terminate(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
    for (const writer of this.#writers.values()) writer.terminate();
    this.#parts.node.terminate();
  }

  /** Where reading begins for who comes now; `undefined` where its topics are not. */
  async #startOf(
    place: MailboxPlace,
  ): Promise<{ node: KafkaNode; name: PartitionName; first: bigint; next: bigint } | undefined> {
    const until = performance.now() + SETTLE_MS;
    for (;;) {
      const topics = await this.#topicsOf(place);
      if (topics === undefined) return undefined;
      const { name, leader } = partitionIn(topics, place);
      const node = new KafkaNode(leader, this.#parts.nodeOptions);
      try {
        await node.open();
        return { node, name, ...(await node.offsets(name)) };
      } catch (error) {
        node.terminate();
        if (!isPassing(error) || performance.now() > until || this.#ended) throw error;
        this.#topics.delete(place.prefix);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #topicsOf({ prefix, kind }: MailboxPlace): Promise<Topics | undefined> {
    const known = this.#topics.get(prefix);
    if (known !== undefined) return known;
    const { node, nodeOptions, title } = this.#parts;
    // Whoever holds what goes to servers is one.
    const found = await findTopics({ node, nodeOptions, title, prefix, make: kind === 'servers' });
    if (found === undefined) return undefined;
    this.#batchBytes = (await node.maxMessageBytes([found.servers.name, found.workers.name])) ?? USUAL_MAX_BYTES;
    if (this.maxBytes < LEAST_MAX_BYTES) {
      throw brokerUnfit(
        title,
        `max.message.bytes of ${topicName(prefix, 'servers')} or ${topicName(prefix, 'workers')}, ${this.#batchBytes} bytes, is too small`,
        `set it to ${2 * LEAST_MAX_BYTES} bytes or more; larger messages go in several pieces`,
      );
    }
    this.#topics.set(prefix, found);
    return found;
  }

  #read(
    { node, name }: { readonly node: KafkaNode; readonly name: PartitionName },
    from: bigint,
    take: (record: IncomingRecord) => void,
  ): () => void {
    const reader = new PartitionReader(node, name, from, take);
    this.#readers.add(reader);
    if (this.#ended) reader.end();
    reader.run().catch((error: unknown) => this.#lost(error));
    return () => {
      this.#readers.delete(reader);
      reader.end();
    };
  }

  #write(place: MailboxPlace, key: string, value: Uint8Array): void {
    const topics = this.#topics.get(place.prefix);
    if (this.#ended || topics === undefined) return;
    const { name, leader } = partitionIn(topics, place);
    const at = hostText(leader);
    let writer = this.#writers.get(at);
    if (writer === undefined) {
      writer = new NodeWriter({
        open: () => this.#open(leader),
        batchBytes: () => this.#batchBytes,
        failed: (error) => this.#lost(error),
      });
      this.#writers.set(at, writer);
    }
    writer.send({ ...name, key, value });
  }

  async #open(address: BrokerHost): Promise<KafkaNode> {
    const { node, nodeOptions } = this.#parts;
    if (node.isOpen && hostText(node.address) === hostText(address)) return node;
    const other = new KafkaNode(address, nodeOptions);
    await other.open();
    if (this.#ended) other.terminate();
    return other;
  }

  #lost(error: unknown): void {
    if (this.#ended) return;
    this.terminate();
    this.#parts.events.lost(lossText(this.#parts.title, error));
  }
}

function partitionIn(
  topics: Topics,
  place: MailboxPlace,
): { readonly name: PartitionName; readonly leader: BrokerHost } {
  const { name: topic, leaders } = topics[place.kind];
  const partition = partitionOf(place, leaders.length);
  const leader = leaders[partition];
  if (leader === undefined) throw new Error(`${topic} has no partition ${partition}`);
  return { name: { topic, partition }, leader };
}
