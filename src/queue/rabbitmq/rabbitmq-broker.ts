/**
 * RabbitMQ as a broker. One direct exchange has the names of mailboxes as routing keys. Who holds a mailbox for itself has an exclusive queue bound to it, gone
 * with the connection; those who share one share a queue, gone when the last of them leaves. What is routed nowhere comes back, and every message is confirmed, so
 * that nothing is lost in silence. All names begin with `pikoci.`.
 */
import { randomBytes } from 'node:crypto';
import type { Channel, Connection } from 'rabbitmq-client';
import type { Broker, BrokerConnection, BrokerEvents } from '../broker/broker.ts';
import { type BrokerHost, hostText } from '../broker/broker-address.ts';
import { brokerFull } from '../broker/broker-errors.ts';
import { inTurn } from '../broker/broker-hosts.ts';
import { type BrokerTlsFiles, readTlsFiles, wantsTls } from '../broker/broker-tls.ts';
import { type RabbitAddress, readRabbitAddress } from './rabbitmq-address.ts';
import { EXCHANGE, openExchange, PROBE } from './rabbitmq-exchange.ts';
import { lostReason, rabbitProblem } from './rabbitmq-problems.ts';

export interface RabbitOptions extends BrokerTlsFiles {
  /** `amqp://user:password@host:5672/vhost`; see rabbitmq-address.ts. */
  readonly url: string;
  /** What the broker's operators see. */
  readonly clientName: string;
}

const CONNECT_MS = 5_000;
const CLOSE_MS = 2_000;
/** Missed four halves in a row, and the broker counts as dead. */
const HEARTBEAT_S = 5;
/** A queue that servers share and none of them reads, after a fall of the broker, is kept so long. */
const UNUSED_MS = 60_000;
/** Whoever says hello waits no longer for the answer. */
const HELLO_MS = 10_000;
const NO_ROUTE = 312;
/**
 * More does not lie in a mailbox, and nothing larger comes into it: the broker refuses it to who sends it. The library would hold a message in memory as a whole before we see its
 * size. Dozens of workers may have a window's worth under way at once (broker/worker-link.ts).
 */
const MOST_BYTES = 64 * 1024 * 1024;
const LIMITS = { 'x-max-length-bytes': MOST_BYTES, 'x-overflow': 'reject-publish' } as const;

/** Throws `usage.bad_value` for an address that is none. The library is loaded when it is first used. */
export function createRabbitBroker(options: RabbitOptions): Broker {
  const address = readRabbitAddress(options.url);
  // What a broker takes at most it says only to one who sent more.
  const limit = { maxBytes: Number.POSITIVE_INFINITY };
  const connect = inTurn(address.hosts, async (host) => ({ host, ...(await dial(options, address, host)) }));
  return {
    async connect(events) {
      const { host, connection, channel } = await connect();
      return new OpenConnection({ connection, channel, events, limit, title: titleOf(host) });
    },
  };
}

const titleOf = (host: BrokerHost): string => `the RabbitMQ server at ${hostText(host)}`;

/** A connection over which messages go there and come back now. */
async function dial(
  options: RabbitOptions,
  address: RabbitAddress,
  { host, port }: BrokerHost,
): Promise<{ readonly connection: Connection; readonly channel: Channel }> {
  const title = titleOf({ host, port });
  const { Connection } = await import('rabbitmq-client');
  const tls = address.tls || wantsTls(options);
  const files = tls ? await readTlsFiles(options) : {};
  const connection = new Connection({
    ...{ hostname: host, port, username: address.user, password: address.password, vhost: address.vhost },
    ...(tls && { tls: files }),
    ...{ connectionName: options.clientName, connectionTimeout: CONNECT_MS, heartbeat: HEARTBEAT_S, noDelay: true },
  });
  try {
    const channel = await withinTime(connection, title, async () => {
      const opened = await connection.acquire({ emitErrorsFromChannel: true });
      await openExchange(opened);
      return opened;
    });
    return { connection, channel };
  } catch (error) {
    end(connection);
    throw rabbitProblem(title, error);
  }
}

/** What the connection itself has to say comes first: it would begin anew on its own, and the work would wait for that. */
async function withinTime<T>(connection: Connection, title: string, work: () => Promise<T>): Promise<T> {
  const told = Promise.withResolvers<never>();
  const failed = (error: unknown): void => told.reject(error);
  const blocked = (why: string): void => told.reject(brokerFull(title, `it says that it is ${why}`));
  const timer = setTimeout(() => told.reject(new Error('no answer in time')), CONNECT_MS);
  connection.on('error', failed);
  connection.on('connection.blocked', blocked);
  try {
    return await Promise.race([work(), told.promise]);
  } finally {
    clearTimeout(timer);
    connection.off('error', failed);
    connection.off('connection.blocked', blocked);
  }
}

/** Without another try of the library's own. */
function end(connection: Connection): void {
  connection.on('error', () => undefined);
  connection.unsafeDestroy();
}

interface OpenParts {
  readonly connection: Connection;
  readonly channel: Channel;
  readonly events: BrokerEvents;
  readonly title: string;
  readonly limit: { maxBytes: number };
}

class OpenConnection implements BrokerConnection {
  readonly maxBytes: number;
  readonly #parts: OpenParts;
  #ended = false;

  constructor(parts: OpenParts) {
    this.#parts = parts;
    this.maxBytes = parts.limit.maxBytes;
    const { connection, channel, events, title } = parts;
    const failed = (error: unknown): void => this.#failed(error);
    connection.on('error', failed);
    channel.on('error', failed);
    // It reads nothing more of ours until it has room again: who waits for that learns it at once, and keeps what he has.
    connection.on('connection.blocked', (why) => {
      this.#lost(brokerFull(title, `it says that it is ${why}`).message);
    });
    channel.on('basic.cancel', () => this.#lost(`${title}: somebody removed a queue of ours there`));
    channel.on('basic.return', ({ replyCode, routingKey }) => {
      if (!this.#ended && replyCode === NO_ROUTE && !routingKey.startsWith(PROBE)) events.undelivered(routingKey);
    });
  }

  async hold(mailbox: string, kind: 'own' | 'shared', take: (message: Uint8Array) => void): Promise<() => void> {
    const { channel, connection, title } = this.#parts;
    const queue = kind === 'own' ? `${mailbox}.${randomBytes(4).toString('hex')}` : mailbox;
    try {
      const consumerTag = await withinTime(connection, title, async () => {
        await channel.queueDeclare(
          kind === 'own'
            ? { queue, exclusive: true, autoDelete: true, arguments: LIMITS }
            : // Its messages are not kept; a newer RabbitMQ wants queues that are shared to be durable.
              {
                ...{ queue, durable: true, autoDelete: true },
                arguments: { ...LIMITS, 'x-expires': UNUSED_MS, 'x-message-ttl': HELLO_MS },
              },
        );
        await channel.queueBind({ exchange: EXCHANGE, queue, routingKey: mailbox });
        const consumer = await channel.basicConsume({ queue, noAck: true }, ({ body }) => {
          if (!this.#ended) take(bytesOf(body));
        });
        return consumer.consumerTag;
      });
      return () => {
        if (!this.#ended) void channel.basicCancel(consumerTag).catch((error: unknown) => this.#failed(error));
      };
    } catch (error) {
      throw rabbitProblem(title, error);
    }
  }

  send(mailbox: string, message: Uint8Array): void {
    if (this.#ended) return;
    const { channel, events } = this.#parts;
    const body = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    channel.basicPublish({ exchange: EXCHANGE, routingKey: mailbox, mandatory: true }, body).catch((error: unknown) => {
      if (this.#ended) return;
      if (codeOf(error) === 'NACK') events.undelivered(mailbox, `${this.#parts.title}: the mailbox is full there`);
      else this.#failed(error);
    });
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const { connection, channel } = this.#parts;
    const timer = setTimeout(() => end(connection), CLOSE_MS);
    connection.on('error', () => undefined);
    // It answers when it has taken what was sent over the channel before.
    await channel.close();
    await connection.close();
    clearTimeout(timer);
  }

  terminate(): void {
    this.#ended = true;
    end(this.#parts.connection);
  }

  #failed(error: unknown): void {
    const { title, limit } = this.#parts;
    const most = /larger than configured max size (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    if (most !== undefined) limit.maxBytes = Number(most);
    this.#lost(lostReason(title, error));
  }

  #lost(reason: string): void {
    if (this.#ended) return;
    this.terminate();
    this.#parts.events.lost(reason);
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** Other programs' messages may be text, which the library reads as such. */
function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array
    ? body
    : Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
}
