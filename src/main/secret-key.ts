/**
 * The key under which the database keeps secrets: given, or made at the first start and kept in the data directory. The database remembers a
 * digest of it, so that a start with another one says so, before anything is written that the old key could not read.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';
import { readPrivateFile } from '../lib/system/private-file.ts';
import { keyCheck } from '../server/secrets/key-check.ts';
import type { SecretStore } from '../store/secret-store.ts';
import type { SettingStore } from '../store/store.ts';
import { readKey } from './data-directory.ts';

export interface SecretKeySource {
  readonly key: string | undefined;
  readonly keyFile: string | undefined;
  /** Go on with this key although the database was written with another. */
  readonly replace: boolean;
  /** Done before the database is given over to another key: until then a running server may encrypt with the one it has. */
  readonly beforeReplacing?: (() => Promise<void>) | undefined;
}

type SecretKeyStore = SettingStore & Pick<SecretStore, 'holdsSealedValues'>;

const NAME = 'secret-key';
const CHECK = 'secret_key_check';

/** The key that this server has. Nothing is written into the database. Throws `key.lost` when the kept one is gone, `key.too_short`. */
export async function findSecretKey(
  directory: string,
  source: SecretKeySource,
  store: SecretKeyStore,
): Promise<Uint8Array> {
  const known = await store.getSetting(CHECK);
  const given = await givenKey(source);
  const path = join(directory, NAME);
  if (
    given === undefined &&
    known !== undefined &&
    !(await mayReplace(source, store)) &&
    (await readPrivateFile(path)) === undefined
  ) {
    throw new CodedError('key.lost', `${path} is gone, and the database holds what was encrypted with it`, {
      hint: `restore it from a backup, or give --secret-key as other servers of the database have it; if it is lost for good, --replace-secret-key makes a new one: ${WHAT_THEN}`,
    });
  }
  return await readKey(directory, NAME, given);
}

/** The database is this key's from now on. Throws `key.other` when it is another's. */
export async function claimSecretKey(
  key: Uint8Array,
  directory: string,
  source: SecretKeySource,
  store: SecretKeyStore,
): Promise<void> {
  const check = keyCheck(key);
  const agreed = await store.ensureSetting(CHECK, check);
  if (agreed === check) return;
  if (await mayReplace(source, store)) await source.beforeReplacing?.();
  if ((await mayReplace(source, store)) && (await store.changeSetting(CHECK, agreed, check))) return;
  throw new CodedError('key.other', 'the database was written with another secret key than this one', {
    hint: `start with that one (--secret-key, --secret-key-file or ${join(directory, NAME)}); if it is lost for good, with --replace-secret-key: ${WHAT_THEN}`,
  });
}

/** Where nothing was encrypted yet, nothing is lost with the old key. */
const mayReplace = async (source: SecretKeySource, store: SecretKeyStore): Promise<boolean> =>
  source.replace || !(await store.holdsSealedValues());

const WHAT_THEN = 'secrets and sensitive variables then have to be set again';

/** What a person named, if he did. */
export async function givenKey({
  key,
  keyFile,
}: Pick<SecretKeySource, 'key' | 'keyFile'>): Promise<string | undefined> {
  if (keyFile === undefined) return key;
  if (key !== undefined) {
    throw new CodedError('usage.bad_value', '--secret-key and --secret-key-file say the same in two ways', {
      hint: 'leave one of them out',
    });
  }
  try {
    return (await readFile(keyFile, 'utf8')).trim();
  } catch (error) {
    throw fileError(error, 'read', keyFile);
  }
}
