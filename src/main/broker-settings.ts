/** What the flags of all brokers have in common, worded once. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';
import type { Flags } from './flags.ts';

/** Throws `usage.missing`. `flag` and `variable` are where it could have been given, `example` what. */
export function requiredAddress(
  given: string | undefined,
  where: { readonly system: string; readonly title: string; readonly flag: string; readonly variable: string },
  example: string,
): string {
  if (given !== undefined) return given;
  throw new CodedError('usage.missing', `--pubsub-system ${where.system} needs to know where ${where.title} is`, {
    hint: `set ${where.variable}=${example}, or give ${where.flag}`,
  });
}

/** How a broker is spoken to by TLS: the same for all of them. */
export const tlsFlags = (system: string) =>
  ({
    ca: {
      kind: 'text',
      placeholder: 'file',
      doc: `of ${system}: the authority that signed its certificate, in PEM; by default the system's`,
    },
    cert: {
      kind: 'text',
      placeholder: 'file',
      doc: `of ${system}: a certificate of ours, in PEM, where it wants one`,
    },
    key: { kind: 'text', placeholder: 'file', doc: `of ${system}: the key of that certificate` },
  }) as const satisfies Flags;

/** Paths of PEM files: of the authority that signed the broker's certificate, and of a certificate of ours with its key. */
export interface TlsFiles {
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** That they can be read, and belong together, is said before anything starts; they are read again for each connection. Throws `usage.missing`, `file.*`. */
export async function checkedTlsFiles(system: string, files: TlsFiles): Promise<TlsFiles> {
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    throw new CodedError('usage.missing', `--${system}-tls-cert and --${system}-tls-key belong together`, {
      hint: 'give both, or neither',
    });
  }
  for (const file of Object.values(files)) if (file !== undefined) await readSettingFile(file);
  return files;
}

export async function readSettingFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(path));
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}
