import type { Clock } from '../../lib/clock.ts';
import { CLOSE, type Link } from '../link/link.ts';
import type { ServerConnection } from '../link/server-connection.ts';
import type { Sender } from '../queue.ts';
import type { BrokerConnection } from './broker.ts';
import { PacketReader, PacketWriter } from './channel.ts';
import type { ChannelKeys } from './handshake.ts';

export interface ServerSessionParts {
  readonly from: Sender;
  readonly instance: string;
  readonly keys: ChannelKeys;
  /** The worker's mailbox, and the broker it is at. */
  readonly mailbox: string;
  readonly broker: BrokerConnection;
  readonly clock: Clock;
  /** Its queue's end, as soon as the worker has shown that it is there; `undefined`: it is not wanted. */
  readonly connect: (link: Link, session: ServerSession) => ServerConnection | undefined;
  readonly onForeign: (why: string) => void;
  readonly onGone: (session: ServerSession) => void;
}

/** One connection of one worker over a broker, on the server. */
export class ServerSession implements Link {
  readonly madeAt: number;
  readonly from: Sender;
  readonly instance: string;
  readonly mailbox: string;
  readonly #parts: ServerSessionParts;
  readonly #writer: PacketWriter;
  readonly #reader: PacketReader;
  #connection: ServerConnection | undefined;
  #ended = false;

  constructor(parts: ServerSessionParts) {
    this.#parts = parts;
    this.from = parts.from;
    this.instance = parts.instance;
    this.mailbox = parts.mailbox;
    this.madeAt = parts.clock.now();
    this.#writer = new PacketWriter(parts.keys.session, parts.keys.write, parts.broker.maxBytes);
    this.#reader = new PacketReader(parts.keys.read);
  }

  /** Whether the worker has shown that it has the keys. */
  get begun(): boolean {
    return this.#reader.begun;
  }

  receive(packet: Uint8Array): void {
    if (this.#ended) return;
    const received = this.#reader.read(packet);
    if (received.kind === 'foreign') {
      this.#parts.onForeign(`a message of a worker that is ${received.why}`);
      return;
    }
    this.#connection ??= this.#parts.connect(this, this);
    if (this.#ended) return;
    switch (received.kind) {
      case 'frame':
        this.#connection?.receive(received.frame);
        break;
      case 'close':
        this.lost();
        break;
      case 'broken':
        this.#connection?.shut(CLOSE.badFrame, received.why);
        break;
    }
  }

  send(frame: Uint8Array): void {
    if (this.#ended) return;
    for (const packet of this.#writer.frame(frame)) this.#parts.broker.send(this.mailbox, packet);
  }

  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#parts.broker.send(this.mailbox, this.#writer.close(code, reason));
    this.terminate();
  }

  terminate(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.onGone(this);
  }

  /** It is not there any more. */
  lost(): void {
    this.terminate();
    this.#connection?.closed();
  }
}
