import { deriveKey } from './derive-key.ts';

/** Tells whether two secret keys are the same one, and nothing else about them. */
export const keyCheck = (secretKey: Uint8Array): string =>
  Buffer.from(deriveKey(secretKey, 'check of the secret key 1')).toString('base64');
