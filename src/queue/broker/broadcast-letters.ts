/**
 * What servers of one secret tell each other for all workers: AES-256-GCM under a key of theirs. One that is repeated by somebody is read again; what is
 * broadcast ("there is work", "this attempt is cancelled") may be heard twice without harm.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { LETTER } from './channel.ts';

const ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LEAST_BYTES = 1 + NONCE_BYTES + ID_BYTES + TAG_BYTES;

export class BroadcastLetters {
  readonly #key: Uint8Array;
  readonly #own: Uint8Array;

  /** `own`: of this server, so that it knows its own letters when the broker brings them back. */
  constructor(secret: Uint8Array, own: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, 'pikoci', 'broadcasts between servers 1', 32));
    this.#own = own;
  }

  write(body: Uint8Array): Uint8Array {
    const head = Buffer.concat([Buffer.of(LETTER.broadcast), randomBytes(NONCE_BYTES)]);
    const cipher = createCipheriv('aes-256-gcm', this.#key, head.subarray(1));
    return Buffer.concat([head, cipher.update(this.#own), cipher.update(body), cipher.final(), cipher.getAuthTag()]);
  }

  /** `undefined`: of none of these servers. */
  read(letter: Uint8Array): Uint8Array | 'own' | undefined {
    if (letter[0] !== LETTER.broadcast || letter.byteLength < LEAST_BYTES) return undefined;
    const sealed = letter.subarray(1 + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, letter.subarray(1, 1 + NONCE_BYTES));
    decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
    let opened: Buffer;
    try {
      opened = Buffer.concat([decipher.update(sealed.subarray(0, sealed.byteLength - TAG_BYTES)), decipher.final()]);
    } catch {
      // A wrong tag.
      return undefined;
    }
    return Buffer.compare(opened.subarray(0, ID_BYTES), this.#own) === 0 ? 'own' : opened.subarray(ID_BYTES);
  }
}
