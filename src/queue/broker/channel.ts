/**
 * Frames between one worker process and one server over a broker that nobody trusts. Each direction has a key that only the two know (handshake.ts) and a
 * counter: what somebody else wrote, changed or repeats is not taken, and nobody else reads it. What is missing in between ends the channel;
 * the queue's own protocol then sends again what was not acknowledged.
 *
 *     packet   LETTER.packet (1 byte)  session (16)  counter (8)  AES-256-GCM of a piece, with what stands before it authenticated too
 *     piece    kind (1): more | last | close, and bytes: of a frame, or the close's code (2) and reason
 *
 * A frame larger than the broker's messages goes in several pieces.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { FRAME_HEADER_BYTES } from '../link/frames.ts';
import { MAX_MESSAGE_BYTES } from '../queue-errors.ts';

/** The first byte of everything that lies in a mailbox. */
export const LETTER = { hello: 1, welcome: 2, packet: 3, broadcast: 4 } as const;

export const SESSION_BYTES = 16;
const COUNTER_BYTES = 8;
const TAG_BYTES = 16;
const COUNTER_AT = 1 + SESSION_BYTES;
const HEADER_BYTES = COUNTER_AT + COUNTER_BYTES;
const OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES + 1;
/** Larger messages make brokers slow for everybody else. */
const PIECE_BYTES = 512 * 1024;
const LONGEST_FRAME = MAX_MESSAGE_BYTES + FRAME_HEADER_BYTES;

const PIECE = { more: 0, last: 1, close: 2 } as const;

/** Writes one direction. */
export class PacketWriter {
  readonly #session: Uint8Array;
  readonly #key: Uint8Array;
  readonly #pieceBytes: number;
  #counter = 0;

  constructor(session: Uint8Array, key: Uint8Array, maxBytes: number) {
    this.#session = session;
    this.#key = key;
    this.#pieceBytes = Math.min(PIECE_BYTES, maxBytes) - OVERHEAD_BYTES;
  }

  *frame(frame: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    for (; frame.byteLength - at > this.#pieceBytes; at += this.#pieceBytes) {
      yield this.#packet(PIECE.more, frame.subarray(at, at + this.#pieceBytes));
    }
    yield this.#packet(PIECE.last, frame.subarray(at));
  }

  close(code: number, reason: string): Uint8Array {
    const text = new TextEncoder().encode(reason.slice(0, 500));
    const body = new Uint8Array(2 + text.byteLength);
    new DataView(body.buffer).setUint16(0, code);
    body.set(text, 2);
    return this.#packet(PIECE.close, body);
  }

  #packet(kind: number, bytes: Uint8Array): Uint8Array {
    const counter = this.#counter++;
    const header = headerOf(this.#session, counter);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(counter));
    cipher.setAAD(header);
    return Buffer.concat([
      header,
      cipher.update(Buffer.of(kind)),
      cipher.update(bytes),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }
}

export type Received =
  | { readonly kind: 'frame'; readonly frame: Uint8Array }
  /** A piece of one that is not whole yet. */
  | { readonly kind: 'piece' }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  /** Not from the other end, or from it and repeated: nothing happened. */
  | { readonly kind: 'foreign'; readonly why: string }
  /** From the other end, and something before it is missing, or it does not keep to the protocol: the channel is over. */
  | { readonly kind: 'broken'; readonly why: string };

/** Reads the other direction. */
export class PacketReader {
  readonly #key: Uint8Array;
  #next = 0;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Whether anything was taken yet: the other end then has the keys, and is there now. */
  get begun(): boolean {
    return this.#next > 0;
  }

  read(packet: Uint8Array): Received {
    if (packet.byteLength < OVERHEAD_BYTES) return { kind: 'foreign', why: 'too short' };
    const header = packet.subarray(0, HEADER_BYTES);
    const counter = Number(new DataView(packet.buffer, packet.byteOffset).getBigUint64(COUNTER_AT));
    const piece = this.#open(counter, header, packet.subarray(HEADER_BYTES));
    if (piece === undefined) return { kind: 'foreign', why: 'not written by the other end' };
    if (counter < this.#next) return { kind: 'foreign', why: 'repeated' };
    if (counter > this.#next) return { kind: 'broken', why: 'the broker lost a message' };
    this.#next++;
    return this.#take(piece);
  }

  #take(piece: Uint8Array): Received {
    const body = piece.subarray(1);
    switch (piece[0]) {
      case PIECE.close: {
        if (body.byteLength < 2) return { kind: 'broken', why: 'a farewell that says nothing' };
        const code = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint16(0);
        return { kind: 'close', code, reason: new TextDecoder().decode(body.subarray(2)) };
      }
      case PIECE.more:
      case PIECE.last:
        this.#bytes += body.byteLength;
        if (this.#bytes > LONGEST_FRAME) return { kind: 'broken', why: 'a message larger than the queue carries' };
        if (piece[0] === PIECE.last && this.#pieces.length === 0) {
          this.#bytes = 0;
          return { kind: 'frame', frame: body };
        }
        this.#pieces.push(body);
        if (piece[0] === PIECE.more) return { kind: 'piece' };
        return { kind: 'frame', frame: this.#whole() };
      default:
        return { kind: 'broken', why: 'a message of another version' };
    }
  }

  #whole(): Uint8Array {
    const frame = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return frame;
  }

  #open(counter: number, header: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    if (!Number.isSafeInteger(counter)) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonceOf(counter));
    decipher.setAAD(header);
    decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
    try {
      const body = decipher.update(sealed.subarray(0, sealed.byteLength - TAG_BYTES));
      decipher.final();
      return body;
    } catch {
      // That is what a wrong tag is: the answer is that it is not from there.
      return undefined;
    }
  }
}

/** Whose packet it says it is; `undefined` for what is none. */
export function sessionOf(packet: Uint8Array): string | undefined {
  if (packet[0] !== LETTER.packet || packet.byteLength < OVERHEAD_BYTES) return undefined;
  return Buffer.from(packet.subarray(1, COUNTER_AT)).toString('hex');
}

function headerOf(session: Uint8Array, counter: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = LETTER.packet;
  header.set(session, 1);
  new DataView(header.buffer).setBigUint64(COUNTER_AT, BigInt(counter));
  return header;
}

/** Each key writes one direction, and a counter comes once: no nonce is used twice. */
function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter));
  return nonce;
}
