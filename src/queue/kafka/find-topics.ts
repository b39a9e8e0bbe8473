import { type BrokerHost, hostText } from '../broker/broker-address.ts';
import { brokerUnfit, brokerUnreachable } from '../broker/broker-errors.ts';
import { isForbidden, isPassing, reasonOf, refusalsOf } from './kafka-failures.ts';
import { KafkaNode, type NodeOptions } from './kafka-node.ts';
import { PARTITIONS, TOPIC_SETTINGS, type TopicKind, topicName } from './kafka-topics.ts';

/** A topic that can be used: all partitions have leaders. */
export interface ReadyTopic {
  readonly name: string;
  readonly leaders: readonly BrokerHost[];
}

/** Of one installation. */
export type Topics = Readonly<Record<TopicKind, ReadyTopic>>;

export interface FindTopics {
  /** Open, to any of the brokers. */
  readonly node: KafkaNode;
  readonly nodeOptions: NodeOptions;
  readonly title: string;
  readonly prefix: string;
  /** Those that are missing. */
  readonly make: boolean;
}

const KINDS: readonly TopicKind[] = ['servers', 'workers'];
/** For leaders to be chosen. */
const SETTLE_MS = 8_000;
const PAUSE_MS = 30;

/** The topics of an installation; `undefined` when they are not there and nobody wants them made. */
export async function findTopics(parts: FindTopics): Promise<Topics | undefined> {
  const { node, title, prefix, make } = parts;
  const names = KINDS.map((kind) => topicName(prefix, kind));
  const until = performance.now() + SETTLE_MS;
  for (;;) {
    const { topics, controller } = await node.cluster(names);
    const missing = KINDS.filter((kind) => topics.every(({ name }) => name !== topicName(prefix, kind)));
    if (missing.length > 0 && !make) return undefined;
    const [servers, workers] = KINDS.map((kind) => readyTopic(topics, topicName(prefix, kind)));
    if (servers !== undefined && workers !== undefined) return { servers, workers };
    if (missing.length > 0) await makeTopics(parts, missing, controller);
    if (performance.now() > until) {
      throw brokerUnreachable(title, `no broker leads all partitions of ${names.join(' and ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function readyTopic(
  topics: readonly { readonly name: string; readonly leaders: readonly (BrokerHost | undefined)[] }[],
  name: string,
): ReadyTopic | undefined {
  const leaders = topics.find((topic) => topic.name === name)?.leaders;
  const ready = leaders?.filter((leader) => leader !== undefined);
  return ready !== undefined && ready.length === leaders?.length ? { name, leaders: ready } : undefined;
}

async function makeTopics(
  { node, nodeOptions, title, prefix }: FindTopics,
  kinds: readonly TopicKind[],
  controller: BrokerHost | undefined,
): Promise<void> {
  const other = controller !== undefined && hostText(controller) !== hostText(node.address);
  const maker = other ? new KafkaNode(controller, nodeOptions) : node;
  const wanted = kinds.map((kind) => ({ name: topicName(prefix, kind), partitions: PARTITIONS[kind] }));
  try {
    if (other) await maker.open();
    await maker.createTopics(wanted, TOPIC_SETTINGS);
  } catch (error) {
    if (isPassing(error)) return;
    if (refusalsOf(error).length === 0 || isForbidden(error)) throw error;
    throw brokerUnfit(
      title,
      `it does not make the topics of this queue: ${reasonOf(error)}`,
      `make them by hand: ${wanted.map(({ name, partitions }) => `${name} with ${partitions} partitions`).join(', ')}`,
    );
  } finally {
    if (other) maker.terminate();
  }
}
