import { readFile } from 'node:fs/promises';

/** Paths of PEM files: of the authority that signed the broker's certificate, and of a certificate of ours with its key. */
export interface BrokerTlsFiles {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export const wantsTls = ({ caFile, certFile }: BrokerTlsFiles): boolean =>
  caFile !== undefined || certFile !== undefined;

/** As they are now: a certificate that was renewed counts for the next connection. */
export async function readTlsFiles({ caFile, certFile, keyFile }: BrokerTlsFiles): Promise<{
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}> {
  const [ca, cert, key] = await Promise.all(
    [caFile, certFile, keyFile].map((file) => (file === undefined ? undefined : readFile(file))),
  );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
