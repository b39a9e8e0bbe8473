/** A certificate for `localhost` that openssl makes, and nobody trusts who is not told to. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface TestCertificate {
  /** Both PEM. */
  readonly pair: { readonly key: string; readonly cert: string };
}

export async function makeCertificate(): Promise<TestCertificate> {
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-certificate-'));
  try {
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '2'],
      ...[
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost,IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        cert,
      ],
    ]);
    return { pair: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
