import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Whether this is the HMAC-SHA-256 of the bytes, in hex. Takes as long whichever digit is wrong. */
export function isSigned(body: Uint8Array, secret: string, signature: string | null): boolean {
  const right = createHmac('sha256', secret).update(body).digest();
  const given = /^[0-9a-f]{64}$/i.test(signature ?? '') ? Buffer.from(signature ?? '', 'hex') : Buffer.alloc(32);
  return timingSafeEqual(right, given);
}

/** Whether both are the same; takes as long whichever character differs, and whatever their lengths. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
