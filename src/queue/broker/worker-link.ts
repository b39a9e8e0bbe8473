import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { WorkerCredentials } from '../../protocol/worker-token.ts';
import { encodeFrame, FRAME } from '../link/frames.ts';
import { CLOSE, type Link, type LinkEvents } from '../link/link.ts';
import type { Broker, BrokerConnection } from './broker.ts';
import { LETTER, PacketReader, PacketWriter } from './channel.ts';
import { WorkerHandshake } from './handshake.ts';
import { ACCEPT_MAILBOX, mailboxPrefix, newWorkerMailbox } from './mailboxes.ts';

export interface WorkerLinkParts {
  readonly broker: Broker;
  readonly credentials: WorkerCredentials;
  /** Which of the processes that share the token this is: the same over restarts. */
  readonly worker: string;
  /** This process. */
  readonly instance: string;
  /** Told of what came and was not from our servers. */
  readonly onForeign?: ((why: string) => void) | undefined;
}

const LOST = 1006;
/** All workers' messages wait at one mailbox of a server: brokers keep some tens of MiB for one who reads slowly, and drop him then. */
const WINDOW_BYTES = 1024 * 1024;

/** A worker's connection to one of its servers over a broker. */
export class WorkerLink implements Link {
  readonly windowBytes = WINDOW_BYTES;
  readonly #parts: WorkerLinkParts;
  readonly #events: LinkEvents;
  readonly #prefix: string;
  readonly #mailbox = newWorkerMailbox();
  readonly #handshake: WorkerHandshake;
  #connection: BrokerConnection | undefined;
  #channel: { readonly to: string; readonly writer: PacketWriter; readonly reader: PacketReader } | undefined;
  #ended = false;

  constructor(parts: WorkerLinkParts, events: LinkEvents) {
    this.#parts = parts;
    this.#events = events;
    const { credentials, worker, instance } = parts;
    this.#prefix = mailboxPrefix(credentials.serverKey);
    this.#handshake = new WorkerHandshake(credentials, { worker, instance, mailbox: this.#mailbox });
    void this.#open();
  }

  send(frame: Uint8Array): void {
    const { to, writer } = this.#channel ?? {};
    if (this.#ended || to === undefined || writer === undefined) return;
    for (const packet of writer.frame(frame)) this.#connection?.send(to, packet);
  }

  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const { to, writer } = this.#channel ?? {};
    if (to !== undefined && writer !== undefined) this.#connection?.send(to, writer.close(code, reason));
    void this.#connection?.close();
  }

  terminate(): void {
    this.#ended = true;
    this.#connection?.terminate();
  }

  async #open(): Promise<void> {
    try {
      const connection = await this.#parts.broker.connect({
        lost: (reason) => this.#end(LOST, reason),
        undelivered: (mailbox, why) => this.#undelivered(mailbox, why),
      });
      this.#connection = connection;
      if (this.#ended) return connection.terminate();
      await connection.hold(this.#prefix + this.#mailbox, 'own', (message) => this.#take(message));
      if (!this.#ended) connection.send(this.#prefix + ACCEPT_MAILBOX, this.#handshake.hello);
    } catch (error) {
      this.#end(LOST, brokerProblem(error));
    }
  }

  #take(message: Uint8Array): void {
    if (this.#ended) return;
    if (message[0] === LETTER.welcome) this.#welcome(message);
    else if (message[0] === LETTER.packet && this.#channel) this.#packet(message);
    else this.#foreign('a message of no known kind');
  }

  #welcome(message: Uint8Array): void {
    const welcome = this.#channel ? undefined : this.#handshake.read(message);
    if (welcome?.kind !== 'accepted') {
      if (welcome === undefined) this.#foreign('a welcome that is not from our servers');
      else this.#end(CLOSE.refused, welcome.reason);
      return;
    }
    const { session, write, read } = welcome.keys;
    this.#channel = {
      to: this.#prefix + welcome.mailbox,
      writer: new PacketWriter(session, write, this.#connection?.maxBytes ?? 0),
      reader: new PacketReader(read),
    };
    this.#events.open();
    // The server hears by this that it is we, now, who said hello.
    this.send(encodeFrame(FRAME.ping));
  }

  #packet(message: Uint8Array): void {
    const received = this.#channel?.reader.read(message);
    switch (received?.kind) {
      case 'frame':
        this.#events.frame(received.frame);
        break;
      case 'close':
        this.#end(received.code, received.reason);
        break;
      case 'broken':
        this.#end(LOST, received.why);
        break;
      case 'foreign':
        this.#foreign(`a message that is ${received.why}`);
        break;
    }
  }

  #foreign(why: string): void {
    this.#parts.onForeign?.(why);
  }

  #undelivered(mailbox: string, why?: string): void {
    if (mailbox === this.#prefix + ACCEPT_MAILBOX) {
      this.#end(
        LOST,
        why ??
          'no server that made the worker token is at this broker; is one running, with this broker and that --jwt-secret?',
      );
    } else if (mailbox === this.#channel?.to) {
      this.#end(LOST, why ?? 'the server left the broker');
    }
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.terminate();
    this.#events.closed(code, reason);
  }
}

/** In one line: what is wrong, and what helps. */
export function brokerProblem(error: unknown): string {
  const hint = error instanceof CodedError ? error.hint : undefined;
  return hint === undefined ? errorText(error) : `${errorText(error)} (${hint})`;
}
