/** Ed25519 signatures, with keys as raw 32 bytes in base64, as they are kept in tokens. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

export interface SigningKey {
  /** Raw 32 bytes, base64: what those who check are told. */
  readonly publicKey: string;
  /** Raw 32 bytes, base64: from it everything follows. */
  readonly seed: string;
}

/** What a private Ed25519 key has before its 32 bytes in DER (RFC 8410). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;

export function generateSigningKey(): SigningKey {
  const { d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return signingKeyFrom(Buffer.from(d ?? '', 'base64url'));
}

/** The key that follows from 32 secret bytes. */
export function signingKeyFrom(seed: Uint8Array): SigningKey {
  if (seed.byteLength !== KEY_BYTES) throw new Error(`an Ed25519 key is made of ${KEY_BYTES} bytes`);
  const { x } = createPublicKey(privateKeyOf(seed)).export({ format: 'jwk' });
  return {
    publicKey: Buffer.from(x ?? '', 'base64url').toString('base64'),
    seed: Buffer.from(seed).toString('base64'),
  };
}

/** A signature of this message. `purpose` keeps one made for something else from being taken for it. */
export function signMessage(key: SigningKey, purpose: string, message: Uint8Array): string {
  return sign(null, signedBytes(purpose, message), privateKeyOf(Buffer.from(key.seed, 'base64'))).toString('base64');
}

/** False for anything that is no such signature, a malformed key among it. */
export function isSignedBy(publicKey: string, purpose: string, message: Uint8Array, signature: string): boolean {
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.byteLength !== KEY_BYTES) return false;
  try {
    const key = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    });
    return verify(null, signedBytes(purpose, message), key, Buffer.from(signature, 'base64'));
  } catch {
    // Bytes that are no point of the curve: nobody has signed with them.
    return false;
  }
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
}

function signedBytes(purpose: string, message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${purpose}\0`), message]);
}
