/** An HTTP request to addresses that somebody looked at: what the name says a moment later (DNS rebinding) does not matter. */
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, type OutgoingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { errnoCode } from './errno.ts';

export interface PinnedRequest {
  readonly url: URL;
  /** Addresses of its host, the best first. */
  readonly targets: readonly string[];
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

const MOST_ADDRESSES = 4;
/** For each address of a name but the last: one that swallows everything must not use up the time of the others. */
const ONE_ADDRESS_MS = 5_000;

const TRY_THE_NEXT: ReadonlySet<string | undefined> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENETUNREACH', 'EHOSTUNREACH', 'EHOSTDOWN', 'ETIMEDOUT', 'EADDRNOTAVAIL'],
]);

/** All addresses of a name. The system's resolver cannot be told to stop; it is left to itself when `signal` aborts. */
export function resolveName(
  name: string,
  signal: AbortSignal,
  resolve: (name: string) => Promise<readonly string[]> = bySystem,
): Promise<readonly string[]> {
  return new Promise((found, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    resolve(name)
      .then(found, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}

async function bySystem(name: string): Promise<string[]> {
  return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);
}

/** A name may have an address that this machine has no way to (IPv6, most of all); then the next one is tried. */
export async function sendToAny(request: PinnedRequest): Promise<IncomingMessage> {
  const { url, signal } = request;
  const targets = request.targets.slice(0, MOST_ADDRESSES);
  for (const [at, target] of targets.entries()) {
    if (at === targets.length - 1) return send(request, target, signal);
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), ONE_ADDRESS_MS);
    try {
      return await send(request, target, AbortSignal.any([signal, giveUp.signal]));
    } catch (error) {
      if (signal.aborted || !(giveUp.signal.aborted || TRY_THE_NEXT.has(errnoCode(error)))) throw error;
    } finally {
      clearTimeout(timer);
    }
  }
  throw new Error(`no address for ${url.href}`);
}

function send({ url, method, headers, body }: PinnedRequest, target: string, signal: AbortSignal) {
  const family = isIP(target);
  const pinned: LookupFunction = (_name, { all }, done) => {
    if (all === true) done(null, [{ address: target, family }]);
    else done(null, target, family);
  };
  const begin = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = begin(url, { agent: false, method, headers, lookup: pinned, signal }, resolve);
    request.once('error', reject);
    request.end(body);
  });
}
