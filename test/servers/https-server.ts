/**
 * A web server with HTTPS on loopback, for the name `localhost` alone, with a certificate that openssl makes for the test. Nobody trusts it
 * who is not told to: `certificate` is the file for that.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import type { Availability } from './required.ts';
import { mustRun } from './run-command.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface HttpsServer extends AsyncDisposable {
  readonly port: number;
  /** `https://localhost:PORT`. */
  readonly url: string;
  /** PEM, to trust it. */
  readonly certificate: string;
  /** The files it serves, by path; a text that begins with `redirect:` leads there. They may change while it runs. */
  readonly files: Map<string, string>;
  /** What it was asked for, in order: `GET /x.hcl 200`. */
  readonly log: readonly string[];
  /** Stops serving; the certificate stays until the end. */
  stop(): Promise<void>;
}

export function opensslAvailability(): Availability {
  return findProgram('openssl') === undefined
    ? { available: false, reason: 'openssl is not installed' }
    : { available: true };
}

/** A certificate for `localhost` that nobody trusts, and its key: paths of PEM files in the directory. */
export async function makeCertificate(
  directory: string,
): Promise<{ readonly key: string; readonly certificate: string }> {
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  await mustRun('openssl', [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate],
  ]);
  return { key, certificate };
}

/** A certificate of a client, signed by one that `makeCertificate` made, and its key: paths of PEM files in the directory. */
export async function signClientCertificate(
  directory: string,
  authority: { readonly key: string; readonly certificate: string },
): Promise<{ readonly key: string; readonly certificate: string }> {
  const at = (name: string): string => join(directory, name);
  const [key, request, certificate] = [at('client-key.pem'), at('client.csr'), at('client.pem')];
  await mustRun('openssl', [
    ...['req', '-new', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-subj', '/CN=client', '-keyout', key, '-out', request],
  ]);
  await mustRun('openssl', [
    ...['x509', '-req', '-in', request, '-days', '2', '-CA', authority.certificate, '-CAkey', authority.key],
    ...['-set_serial', '2', '-out', certificate],
  ]);
  return { key, certificate };
}

export async function startHttpsServer(): Promise<HttpsServer> {
  const directory = temporaryDirectory('https');
  const { key, certificate } = await makeCertificate(directory.path);
  const files = new Map<string, string>();
  const log: string[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    const text = files.get(request.url ?? '');
    const etag = `"${Bun.hash(text ?? '').toString(16)}"`;
    const status = statusOf(request, text, etag);
    log.push(`${request.method} ${request.url} ${status}`);
    const location = status === 302 ? { location: (text ?? '').slice(REDIRECT.length) } : {};
    response.writeHead(status, { etag, ...location }).end(status === 200 ? text : undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server on a port has a port');
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return {
    port: address.port,
    url: `https://localhost:${address.port}`,
    certificate,
    files,
    log,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const REDIRECT = 'redirect:';

function statusOf(request: IncomingMessage, text: string | undefined, etag: string): number {
  if (text === undefined) return 404;
  if (text.startsWith(REDIRECT)) return 302;
  return request.headers['if-none-match'] === etag ? 304 : 200;
}
