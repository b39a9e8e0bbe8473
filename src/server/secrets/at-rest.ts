/**
 * Values of sensitive variables as they lie in the database: AES-256-GCM under a key derived from the server's secret key. The text is
 * base64 of: version (1), nonce (12), ciphertext, tag (16). What it belongs to (`context`, for example the pipeline's
 * name) is authenticated with it, so that a text copied to another row does not open there.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import { deriveKey } from './derive-key.ts';

export interface AtRest {
  encrypt(value: Json, context: string): string;
  /** Throws `secrets.wrong_key` when it was encrypted under another key or for another context, or was damaged. */
  decrypt(text: string, context: string): Json;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createAtRest(secretKey: Uint8Array): AtRest {
  const key = deriveKey(secretKey, 'values at rest 1');
  return {
    encrypt(value, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, sealed, cipher.getAuthTag()]).toString('base64');
    },
    decrypt(text, context) {
      const bytes = Buffer.from(text, 'base64');
      if (bytes[0] !== VERSION || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) throw wrongKey(context);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + NONCE_BYTES))
          .setAAD(Buffer.from(context))
          .setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
        const sealed = bytes.subarray(1 + NONCE_BYTES, bytes.length - TAG_BYTES);
        return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8'));
      } catch (error) {
        throw wrongKey(context, error);
      }
    },
  };
}

function wrongKey(context: string, cause?: unknown): CodedError {
  return new CodedError('secrets.wrong_key', `the sensitive values of ${context} cannot be decrypted with this key`, {
    hint: 'start the server with the --secret-key they were stored under, or set the pipeline again with its values',
    cause,
  });
}
