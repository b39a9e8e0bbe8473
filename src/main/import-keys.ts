/** Under which key an import's secrets can be read, and where the new server finds it. */
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { openWithPassphrase } from '../lib/system/passphrase.ts';
import { createPrivateFile, readPrivateFile } from '../lib/system/private-file.ts';
import { type ExportHeader, exportedKeys } from '../protocol/export-file.ts';
import { keyCheck } from '../server/secrets/key-check.ts';
import { givenKey, type SecretKeySource } from './secret-key.ts';

export interface ImportKeys {
  /** Lays them down where the server looks for them. */
  place(): Promise<void>;
  /** What the person should know. */
  readonly notes: readonly string[];
}

const SECRET_KEY = 'secret-key';
const JWT_SECRET = 'jwt-secret';

/** Changes nothing. Errors: `key.other`, `key.missing`, `import.passphrase`. */
export async function importKeys(
  { secrets }: ExportHeader,
  directory: string,
  source: Pick<SecretKeySource, 'key' | 'keyFile'>,
  passphrase: string | undefined,
): Promise<ImportKeys> {
  const [secretPath, jwtPath] = [join(directory, SECRET_KEY), join(directory, JWT_SECRET)];
  const given = await givenKey(source);
  const kept = (await readPrivateFile(secretPath))?.trim();
  const mine = given ?? kept;
  const fits = mine !== undefined && keyCheck(new TextEncoder().encode(mine)) === secrets.keyCheck;
  const where = given === undefined ? secretPath : 'the one given';
  if (passphrase === undefined) {
    if (secrets.held && !fits) throw mine === undefined ? missing(secrets, secretPath) : other(secrets, where);
    return { notes: [], place: async () => undefined };
  }
  const sealed = await openKeys(secrets, passphrase);
  if (secrets.held && mine !== undefined && !fits) throw other(secrets, where);
  const keptJwt = (await readPrivateFile(jwtPath))?.trim();
  const otherJwt = keptJwt !== undefined && keptJwt !== sealed.jwtSecret;
  return {
    notes: otherJwt
      ? [`${jwtPath} stays as it is: tokens of workers that the exported server made do not count here`]
      : [],
    async place() {
      if (mine === undefined) await createPrivateFile(secretPath, `${sealed.secretKey}\n`);
      await createPrivateFile(jwtPath, `${sealed.jwtSecret}\n`);
    },
  };
}

async function openKeys({ keys }: ExportHeader['secrets'], passphrase: string) {
  if (keys === undefined) {
    throw new CodedError('import.passphrase', 'the export was made without a passphrase', {
      hint: 'leave --passphrase-file out, and give the --secret-key of the server that it is of, or export with one',
    });
  }
  const text = await openWithPassphrase(passphrase, keys);
  if (text !== undefined) return exportedKeys.parse(JSON.parse(text));
  throw new CodedError('import.passphrase', 'the export was made with another passphrase', {
    hint: 'give the one that pikoci export was given',
  });
}

const orPassphrase = ({ keys }: ExportHeader['secrets']): string =>
  keys === undefined
    ? ', or make the export with --passphrase-file'
    : ', or the passphrase of the export with --passphrase-file';

function missing(secrets: ExportHeader['secrets'], path: string): CodedError {
  return new CodedError('key.missing', 'the export has secrets, encrypted with a key that is not known here', {
    hint: `give the --secret-key of the server that it is of (it may lie in its data directory: copy it to ${path})${orPassphrase(secrets)}`,
  });
}

function other(secrets: ExportHeader['secrets'], where: string): CodedError {
  return new CodedError('key.other', `the export has secrets under another secret key than this one (${where})`, {
    hint: `give the --secret-key of the server that it is of, and another --data-dir if this one has a key of its own${orPassphrase(secrets)}`,
  });
}
