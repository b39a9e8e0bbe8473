/**
 * Redis as a broker: its channels are mailboxes, and it keeps nothing, so that neither its memory nor its eviction matter. Who shares a mailbox has a channel
 * of its own below the mailbox's, and who sends to it looks which there are and takes one. The answer to PUBLISH says whether somebody heard it.
 */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { errorText } from '../../lib/coded-error.ts';
import type { Broker, BrokerConnection, BrokerEvents } from '../broker/broker.ts';
import { type BrokerHost, hostText } from '../broker/broker-address.ts';
import { inTurn } from '../broker/broker-hosts.ts';
import { type BrokerTlsFiles, readTlsFiles, wantsTls } from '../broker/broker-tls.ts';
import { readRedisAddress } from './redis-address.ts';
import { lostReason, redisProblem, refuseUnfit } from './redis-problems.ts';

export interface RedisOptions extends BrokerTlsFiles {
  /** `redis://user:password@host:6379`; see redis-address.ts. */
  readonly url: string;
  /** What the broker's operators see. */
  readonly clientName: string;
}

const CONNECT_MS = 5_000;
const CLOSE_MS = 2_000;
const PING_MS = 5_000;
/** One may be missing for our own sake: what came while we were held up is read after the next. */
const MOST_MISSING = 2;
/** What the strictest `proto-max-bulk-len` lets through. */
const MAX_BYTES = 1024 * 1024;

/** Throws `usage.bad_value` for an address that is none. The library is loaded when it is first used. */
export function createRedisBroker(options: RedisOptions): Broker {
  const address = readRedisAddress(options.url);
  const connect = inTurn(address.hosts, async (host) => {
    const title = `the Redis server at ${hostText(host)}`;
    return { title, redis: await dial(options, address, host, title) };
  });
  return {
    async connect(events) {
      const { redis, title } = await connect();
      return new OpenConnection(redis, title, events);
    },
  };
}

async function dial(
  options: RedisOptions,
  address: ReturnType<typeof readRedisAddress>,
  { host, port }: BrokerHost,
  title: string,
): Promise<Redis> {
  const [{ Redis }, debug] = await Promise.all([import('ioredis'), import('debug')]);
  // With DEBUG in the environment it would print every command, and with them the password.
  debug.default.disable();
  const { user, password } = address;
  const tls = address.tls || wantsTls(options);
  const files = tls ? await readTlsFiles(options) : {};
  const redis = new Redis({
    ...{ host, port, lazyConnect: true, connectTimeout: CONNECT_MS },
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: files }),
    // It takes no blanks.
    ...{ connectionName: options.clientName.replaceAll(' ', '-'), disableClientInfo: true },
    // A lost connection is over: whoever uses it begins anew, and knows what that means for what was under way.
    ...{ retryStrategy: null, autoResubscribe: false, autoResendUnfulfilledCommands: false },
    ...{ enableReadyCheck: false, enableOfflineQueue: false },
  });
  const told = Promise.withResolvers<never>();
  const timer = setTimeout(() => told.reject(new Error('no answer in time')), CONNECT_MS);
  // The promises of the library only say that it is closed; why, this event says.
  let why: unknown;
  redis.on('error', (error) => {
    why ??= error;
    told.reject(error);
  });
  try {
    await Promise.race([redis.connect(), told.promise]);
    refuseUnfit(title, await Promise.race([redis.hello(), told.promise]));
    return redis;
  } catch (error) {
    redis.disconnect();
    throw redisProblem(title, why ?? error);
  } finally {
    clearTimeout(timer);
  }
}

class OpenConnection implements BrokerConnection {
  readonly maxBytes = MAX_BYTES;
  readonly #redis: Redis;
  readonly #title: string;
  readonly #events: BrokerEvents;
  readonly #takes = new Map<string, (message: Uint8Array) => void>();
  readonly #ping: NodeJS.Timeout;
  #missing = 0;
  #ended = false;

  constructor(redis: Redis, title: string, events: BrokerEvents) {
    this.#redis = redis;
    this.#title = title;
    this.#events = events;
    redis.on('error', (error) => this.#failed(error));
    redis.on('end', () => {
      const why = 'it ended, or we read too slowly for its client-output-buffer-limit';
      this.#lost(`${title} was lost: it closed the connection (${why})`);
    });
    redis.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      if (!this.#ended) this.#takes.get(channel.toString())?.(message);
    });
    this.#ping = setInterval(() => this.#look(), PING_MS);
  }

  async hold(mailbox: string, kind: 'own' | 'shared', take: (message: Uint8Array) => void): Promise<() => void> {
    const channel = kind === 'own' ? mailbox : `${mailbox}.${randomBytes(8).toString('hex')}`;
    this.#takes.set(channel, take);
    try {
      await this.#redis.subscribe(channel);
    } catch (error) {
      throw redisProblem(this.#title, error);
    }
    return () => {
      this.#takes.delete(channel);
      if (!this.#ended) this.#redis.unsubscribe(channel).catch((error: unknown) => this.#failed(error));
    };
  }

  send(mailbox: string, message: Uint8Array): void {
    if (this.#ended) return;
    const body = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    this.#redis
      .publish(mailbox, body)
      .then((heard) => (heard === 0 ? this.#sendToOne(mailbox, body) : undefined))
      .catch((error: unknown) => this.#failed(error));
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#stop();
    // With the answer to it, everything before has arrived; a connection that breaks meanwhile is closed as well.
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, CLOSE_MS);
    await Promise.race([this.#redis.hello().catch(() => undefined), timeout.promise]);
    clearTimeout(timer);
    this.#redis.disconnect();
  }

  terminate(): void {
    this.#stop();
    this.#redis.disconnect();
  }

  #stop(): void {
    this.#ended = true;
    clearInterval(this.#ping);
  }

  /** To one of those who share the mailbox, if there are any. */
  async #sendToOne(mailbox: string, message: Buffer): Promise<void> {
    const channels = (await this.#redis.pubsub('CHANNELS', `${mailbox}.*`)) as string[];
    while (channels.length > 0) {
      const [channel = ''] = channels.splice(Math.floor(Math.random() * channels.length), 1);
      if ((await this.#redis.publish(channel, message)) > 0) return;
    }
    if (!this.#ended) this.#events.undelivered(mailbox);
  }

  /** Whether it is there, and still a server that others write to: another may have become that. */
  #look(): void {
    if (this.#missing >= MOST_MISSING) {
      this.#lost(`${this.#title} was lost: it has not answered for ${(MOST_MISSING * PING_MS) / 1_000} s`);
      return;
    }
    this.#missing++;
    this.#redis
      .hello()
      .then((answer) => {
        this.#missing = 0;
        refuseUnfit(this.#title, answer);
      })
      .catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    // That the connection is closed is told with the reason.
    if (errorText(error) !== 'Connection is closed.') this.#lost(lostReason(this.#title, error));
  }

  #lost(reason: string): void {
    if (this.#ended) return;
    this.terminate();
    this.#events.lost(reason);
  }
}
