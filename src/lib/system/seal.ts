/**
 * Values that only one worker process may read, although they cross a queue that others can read.
 *
 * In steps: an X25519 key pair is made for this one message; its secret shared with the receiver's public key goes through HKDF-SHA-256
 * (salt: both public keys) to a key for AES-256-GCM. What is sent is base64 of: version (1), the message's public key (32), nonce (12),
 * ciphertext, tag (16).
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { CodedError } from '../coded-error.ts';
import type { Json } from '../json.ts';

export interface SealKey {
  /** Raw 32 bytes, base64: what senders are told. */
  readonly publicKey: string;
  /** Raw 32 bytes, base64: never leaves the process. */
  readonly privateKey: string;
}

const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const INFO = 'pikoci seal 1';

export function generateSealKey(): SealKey {
  const { privateKey } = generateKeyPairSync('x25519');
  const { x, d } = privateKey.export({ format: 'jwk' });
  return { publicKey: toBase64(x), privateKey: toBase64(d) };
}

/** The key that follows from 32 secret bytes: who has the same bytes has the same key. */
export function sealKeyFrom(bytes: Uint8Array): SealKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, bytes]), format: 'der', type: 'pkcs8' });
  const { x, d } = key.export({ format: 'jwk' });
  return { publicKey: toBase64(x), privateKey: toBase64(d) };
}

/** What a private X25519 key has before its 32 bytes in DER (RFC 8410). */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Encrypts `value` so that only the holder of the private key can read it. Throws `seal.bad_key`. */
export function seal(publicKey: string, value: Json): string {
  const ephemeral = generateKeyPairSync('x25519');
  const own = Buffer.from(ephemeral.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const theirs = rawKey(publicKey);
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: publicKeyOf(theirs) });
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', messageKey(secret, own, theirs), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), own, nonce, sealed, cipher.getAuthTag()]).toString('base64');
}

/** Reads what `seal` made for this key. Throws `seal.not_for_us` when it was made for another, or damaged on its way. */
export function open(key: SealKey, sealed: string): Json {
  const bytes = Buffer.from(sealed, 'base64');
  const refused = (cause?: unknown): CodedError =>
    new CodedError(
      'seal.not_for_us',
      'sealed values cannot be opened: they were made for another worker process, or damaged',
      {
        hint: 'the worker may have been restarted in between; the build is tried again with values for the new process',
        cause,
      },
    );
  if (bytes[0] !== VERSION || bytes.length < 1 + KEY_BYTES + NONCE_BYTES + TAG_BYTES) throw refused();
  const theirs = bytes.subarray(1, 1 + KEY_BYTES);
  const nonce = bytes.subarray(1 + KEY_BYTES, 1 + KEY_BYTES + NONCE_BYTES);
  const own = rawKey(key.publicKey);
  try {
    const secret = diffieHellman({ privateKey: privateKeyOf(key), publicKey: publicKeyOf(theirs) });
    const decipher = createDecipheriv('aes-256-gcm', messageKey(secret, theirs, own), nonce);
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    const text = decipher.update(bytes.subarray(1 + KEY_BYTES + NONCE_BYTES, bytes.length - TAG_BYTES));
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8'));
  } catch (error) {
    throw refused(error);
  }
}

/** 32 bytes that this key's holder and the other's have in common, and nobody else: to be made a key of, never used as one. Throws `seal.bad_key`. */
export function sharedSecret(key: SealKey, publicKey: string): Uint8Array {
  return diffieHellman({ privateKey: privateKeyOf(key), publicKey: publicKeyOf(rawKey(publicKey)) });
}

function messageKey(secret: Buffer, ephemeralKey: Buffer, receiverKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.concat([ephemeralKey, receiverKey]), INFO, 32));
}

function rawKey(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === KEY_BYTES) return bytes;
  throw new CodedError('seal.bad_key', `a key to seal to must have ${KEY_BYTES} bytes, this one has ${bytes.length}`, {
    hint: 'the worker that sent it may run another version of pikoci',
  });
}

function publicKeyOf(raw: Buffer): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') } });
}

function privateKeyOf(key: SealKey): KeyObject {
  const [x, d] = [key.publicKey, key.privateKey].map((text) => Buffer.from(text, 'base64').toString('base64url'));
  if (x === undefined || d === undefined) throw new Error('a seal key has two halves');
  return createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x, d } });
}

function toBase64(base64url: string | undefined): string {
  if (base64url === undefined) throw new Error('an X25519 key was exported without its bytes');
  return Buffer.from(base64url, 'base64url').toString('base64');
}
