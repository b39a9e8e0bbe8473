import { hkdfSync } from 'node:crypto';

/** 32 bytes for one purpose, from a secret: HKDF-SHA-256. Knowing the key of one purpose tells nothing about that of another. */
export function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, 'pikoci', purpose, 32));
}
