/** NATS as a broker: core subjects, which is all that mailboxes need. So its JetStream may be on or off. */
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import { errorText } from '../../lib/coded-error.ts';
import { type Broker, type BrokerConnection, type BrokerEvents, LEAST_MAX_BYTES } from '../broker/broker.ts';
import { brokerRefused, brokerUnfit, brokerUnreachable } from '../broker/broker-errors.ts';
import { type NatsAddress, readNatsAddress } from './nats-address.ts';

export interface NatsOptions {
  /** `nats://host:4222`; see nats-address.ts. */
  readonly url: string;
  /** The content of a file of credentials, as `nsc` makes it. */
  readonly credentials?: Uint8Array | undefined;
  /** Of the server's certificate's authority, and of ours: paths of PEM files. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** What the broker's operators see. */
  readonly clientName: string;
}

const CONNECT_MS = 5_000;
const PING_MS = 10_000;
/** The status of an empty answer that says that nobody is there. */
const NOBODY = 503;

/** Throws `usage.bad_value` for an address that is none. The library is loaded when it is first used. */
export function createNatsBroker(options: NatsOptions): Broker {
  const address = readNatsAddress(options.url);
  const title = `the NATS server at ${address.servers.join(', ')}`;
  return {
    async connect(events) {
      const nats = await import('@nats-io/transport-node');
      let connection: NatsConnection;
      try {
        connection = await nats.connect({
          ...connectionOptions(options, address),
          ...(options.credentials && { authenticator: nats.credsAuthenticator(options.credentials) }),
        });
      } catch (error) {
        if (
          error instanceof nats.errors.AuthorizationError ||
          error instanceof nats.errors.UserAuthenticationExpiredError
        ) {
          throw brokerRefused(title, errorText(error), error);
        }
        throw brokerUnreachable(title, errorText(error), error);
      }
      const maxBytes = connection.info?.max_payload ?? 0;
      if (maxBytes < LEAST_MAX_BYTES) {
        await connection.close();
        throw brokerUnfit(
          title,
          `its max_payload of ${maxBytes} bytes is too small`,
          `set max_payload to ${LEAST_MAX_BYTES} bytes or more; larger messages go in several pieces`,
        );
      }
      const open = new OpenConnection(connection, maxBytes, title, events);
      return open;
    },
  };
}

function connectionOptions(options: NatsOptions, address: NatsAddress): ConnectionOptions {
  const { caFile, certFile, keyFile } = options;
  const { user, password, token } = address;
  const encrypted = address.tls || caFile !== undefined || certFile !== undefined;
  return {
    servers: [...address.servers],
    name: options.clientName,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    // A lost connection is over: whoever uses it begins anew, and knows what that means for what was under way.
    reconnect: false,
    ...(user !== undefined && { user, pass: password ?? '' }),
    ...(token !== undefined && { token }),
    ...(encrypted && {
      tls: { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) },
    }),
  };
}

class OpenConnection implements BrokerConnection {
  readonly maxBytes: number;
  readonly #connection: NatsConnection;
  readonly #title: string;
  readonly #events: BrokerEvents;
  /** Where the broker answers that nobody holds a mailbox; the mailbox's name follows. */
  readonly #nobody = `pikoci.nobody.${crypto.randomUUID()}.`;
  #ended = false;

  constructor(connection: NatsConnection, maxBytes: number, title: string, events: BrokerEvents) {
    this.#connection = connection;
    this.maxBytes = maxBytes;
    this.#title = title;
    this.#events = events;
    connection.subscribe(`${this.#nobody}>`, {
      callback: (error, message) => {
        if (this.#ended || error || message.headers?.code !== NOBODY) return;
        events.undelivered(message.subject.slice(this.#nobody.length));
      },
    });
    void this.#watch();
    void connection.closed().then((error) => this.#lost(error ? errorText(error) : 'it closed the connection'));
  }

  async hold(mailbox: string, kind: 'own' | 'shared', take: (message: Uint8Array) => void): Promise<() => void> {
    const subscription = this.#connection.subscribe(mailbox, {
      ...(kind === 'shared' && { queue: 'servers' }),
      callback: (error, message) => {
        // Of errors the watch hears, too.
        if (!error && !this.#ended) take(message.data);
      },
    });
    await this.#connection.flush();
    return () => {
      if (!this.#ended) subscription.unsubscribe();
    };
  }

  send(mailbox: string, message: Uint8Array): void {
    if (this.#ended) return;
    this.#connection.publish(mailbox, message, { reply: this.#nobody + mailbox });
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // With the answer to it, everything before has arrived; a connection that breaks meanwhile is closed as well.
    await this.#connection.flush().catch(() => undefined);
    await this.#connection.close();
  }

  terminate(): void {
    this.#ended = true;
    void this.#connection.close();
  }

  /** What the account may not do, it may not do after another try either, but somebody may change that. */
  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'error') this.#lost(brokerRefused(this.#title, errorText(status.error)).message);
    }
  }

  #lost(reason: string): void {
    if (this.#ended) return;
    this.terminate();
    this.#events.lost(reason.startsWith(this.#title) ? reason : `${this.#title} was lost: ${reason}`);
  }
}
