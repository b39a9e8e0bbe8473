/** Texts that only those can read who know a passphrase: scrypt makes a key of it, which is slow on purpose, and AES-256-GCM does the rest. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { CodedError } from '../coded-error.ts';

export interface PassphraseSealed {
  readonly salt: string;
  readonly nonce: string;
  /** What is sealed, and its tag behind it. */
  readonly data: string;
}

const SHORTEST = 12;
const TAG_BYTES = 16;
/** As OWASP advises where memory shall stay at 32 MiB. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

/** Error: `passphrase.too_short`. */
export async function sealWithPassphrase(passphrase: string, text: string): Promise<PassphraseSealed> {
  if (passphrase.length < SHORTEST) {
    throw new CodedError(
      'passphrase.too_short',
      `the passphrase has ${passphrase.length} characters; at least ${SHORTEST} are needed`,
      { hint: 'make one with: openssl rand -base64 24' },
    );
  }
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, salt), nonce);
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { salt: salt.toString('base64'), nonce: nonce.toString('base64'), data: data.toString('base64') };
}

/** `undefined`: it is another passphrase. */
export async function openWithPassphrase(passphrase: string, sealed: PassphraseSealed): Promise<string | undefined> {
  const data = Buffer.from(sealed.data, 'base64');
  const key = await keyOf(passphrase, Buffer.from(sealed.salt, 'base64'));
  const tag = data.subarray(-TAG_BYTES);
  if (tag.byteLength < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'base64')).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(data.subarray(0, -TAG_BYTES)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

const keyOf = (passphrase: string, salt: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, COST, (error, key) => (error instanceof Error ? reject(error) : resolve(key)));
  });
