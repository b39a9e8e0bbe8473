/** The key that tokens of builds are signed with: made when the first is asked for, kept encrypted in the database, shared by all servers on it. */
import type { JWK } from 'jose';
import { CodedError } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { SettingStore } from '../../store/store.ts';
import type { AtRest } from '../secrets/at-rest.ts';

/** What every cloud takes. */
export const ALGORITHM = 'RS256';

const SETTING = 'id_token_key';
const CONTEXT = 'the key of id tokens';

export interface SigningKey {
  readonly id: string;
  readonly privateKey: JWK;
  /** Without what is private. */
  readonly publicKey: JWK;
}

export function createSigningKey(store: SettingStore, atRest: AtRest, logger: Logger): () => Promise<SigningKey> {
  let known: Promise<SigningKey> | undefined;

  async function load(): Promise<SigningKey> {
    const kept = await store.ensureSetting(SETTING, atRest.encrypt(JSON.stringify(await makeKey()), CONTEXT));
    const opened = openKey(kept);
    if (opened !== undefined) return await signingKey(opened);
    // It was made under a secret key that is lost: a new one can be trusted as well, for everybody asks for it.
    logger.warn('the key of id tokens was encrypted under another secret key, and is made anew');
    const made = await makeKey();
    const changed = await store.changeSetting(SETTING, kept, atRest.encrypt(JSON.stringify(made), CONTEXT));
    return changed ? await signingKey(made) : await load();
  }

  function openKey(sealed: string): JWK | undefined {
    try {
      const text = atRest.decrypt(sealed, CONTEXT);
      return typeof text === 'string' ? JSON.parse(text) : undefined;
    } catch (error) {
      if (error instanceof CodedError && error.code === 'secrets.wrong_key') return undefined;
      throw error;
    }
  }

  return () => {
    known ??= load().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

async function makeKey(): Promise<JWK> {
  const { exportJWK, generateKeyPair } = await import('jose');
  return await exportJWK((await generateKeyPair(ALGORITHM, { extractable: true })).privateKey);
}

async function signingKey(privateKey: JWK): Promise<SigningKey> {
  const { calculateJwkThumbprint } = await import('jose');
  const { kty, n, e } = privateKey;
  const bare: JWK = { ...(kty && { kty }), ...(n && { n }), ...(e && { e }) } as JWK;
  const id = await calculateJwkThumbprint(bare);
  return { id, privateKey, publicKey: { ...bare, kid: id, alg: ALGORITHM, use: 'sig' } };
}
