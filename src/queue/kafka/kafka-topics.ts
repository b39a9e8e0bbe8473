/**
 * Where mailboxes lie in Kafka. Each installation has two topics, `<prefix>.servers` for what goes to servers and `<prefix>.workers` for what goes to
 * workers. A mailbox lies in one partition, which its name chooses, beside others; the key of a record says whose it is. So there is nothing to
 * declare for a worker that comes or goes, and whoever reads reads a part of one direction.
 */
import { ACCEPT_MAILBOX, SERVERS_MAILBOX, WORKER_MAILBOX } from '../broker/mailboxes.ts';

/** As we declare them. Nobody uses more, so that partitions which somebody adds later move no mailbox. */
export const PARTITIONS = { servers: 6, workers: 6 } as const;

export type TopicKind = keyof typeof PARTITIONS;

export interface MailboxPlace {
  /** The same for all mailboxes of an installation. */
  readonly prefix: string;
  readonly kind: TopicKind;
  /** The mailbox within its installation: the key of its records. */
  readonly key: string;
  /** Its partition is the rest of this, divided by their number. */
  readonly slot: number;
}

/** All have room in a topic of one partition, too, as somebody may have made it. */
const SLOTS = { accept: 0, servers: 1, own: 2 } as const;

/** `mailbox`: `pikoci.0123456789abcdef.w.…`, for one; see mailboxes.ts. */
export function placeOf(mailbox: string): MailboxPlace {
  const at = mailbox.indexOf('.', mailbox.indexOf('.') + 1);
  const prefix = mailbox.slice(0, at);
  const key = mailbox.slice(at + 1);
  if (WORKER_MAILBOX.test(key)) return { prefix, kind: 'workers', key, slot: numberOf(key) };
  if (key === ACCEPT_MAILBOX) return { prefix, kind: 'servers', key, slot: SLOTS.accept };
  if (key === SERVERS_MAILBOX) return { prefix, kind: 'servers', key, slot: SLOTS.servers };
  return { prefix, kind: 'servers', key, slot: SLOTS.own + (numberOf(key) % (PARTITIONS.servers - SLOTS.own)) };
}

export const topicName = (prefix: string, kind: TopicKind): string => `${prefix}.${kind}`;

/** `existing`: how many partitions the topic has. */
export const partitionOf = ({ kind, slot }: MailboxPlace, existing: number): number =>
  slot % Math.min(PARTITIONS[kind], existing);

/** The names are random hexadecimal digits. */
const numberOf = (key: string): number => Number.parseInt(key.slice(2, 10), 16);

/**
 * What is worth nothing a minute later is kept for little more: retention looks at whole segments, and what a broker gives up is what nobody waits for. The time is the
 * broker's, so that a server which starts can tell what is recent.
 */
export const TOPIC_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '120000',
  'retention.bytes': String(256 * 1024 * 1024),
  'segment.ms': '60000',
  'segment.bytes': String(16 * 1024 * 1024),
  'message.timestamp.type': 'LogAppendTime',
};
