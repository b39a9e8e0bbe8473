import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes as text that needs no escaping anywhere. */
export function randomToken(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** What is kept of a token. Tokens are random, so a fast hash is enough; and looking up a hash tells by its time nothing about a token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
