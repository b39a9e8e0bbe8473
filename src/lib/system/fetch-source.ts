/**
 * Fetches the text behind a `source` address without becoming a way into the network that the server stands in.
 *
 * 1. The name is resolved here, and every address it has must be a public one.
 * 2. The connection goes to the address that was checked: what the name says a moment later (DNS rebinding) does not matter.
 * 3. A redirect is a new address: it goes through 1 and 2 again, and never from https to http.
 * 4. Size and time are limited, whatever the other side does.
 */
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { errorText } from '../coded-error.ts';
import { isPrivateAddress } from './private-address.ts';

export interface FetchSourceOptions {
  /** Loopback and private networks may be reached: on one's own machine. */
  readonly allowPrivate: boolean;
  /** Of the whole fetch, redirects included. Default: 20 s. */
  readonly timeoutMs?: number;
  /** Default: 1 MiB. */
  readonly maxBytes?: number;
  /** All addresses of a name. Default: the system's resolver. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** Which addresses are refused. Default: all that are not public (private-address.ts). */
  readonly isPrivate?: (address: string) => boolean;
}

export type FetchedText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly code: FetchProblem; readonly message: string; readonly hint?: string };

export type FetchProblem =
  | 'source_refused'
  | 'source_not_found'
  | 'source_too_large'
  | 'source_timeout'
  | 'source_unreachable'
  | 'source_not_text';

const MOST_REDIRECTS = 5;
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 1024 * 1024;

/** Gives the text, or why there is none; throws only for bugs. */
export async function fetchSource(address: string, options: FetchSourceOptions): Promise<FetchedText> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await follow(address, options, signal);
  } catch (error) {
    if (signal.aborted) return problem('source_timeout', `${address} did not answer within ${timeoutMs / 1_000} s.`);
    return problem('source_unreachable', `${address} cannot be reached: ${errorText(error)}.`);
  }
}

async function follow(start: string, options: FetchSourceOptions, signal: AbortSignal): Promise<FetchedText> {
  let address = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      return problem('source_refused', `${address} is not an http or https address.`);
    }
    const target = await checkedAddress(url, options);
    if (typeof target !== 'string') return target;
    const response = await get(url, target, signal);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (status < 300 || status >= 400 || location === undefined) return readText(url, response, options, signal);
    response.destroy();
    const next = new URL(location, url);
    if (url.protocol === 'https:' && next.protocol !== 'https:') {
      return problem(
        'source_refused',
        `${url.href} redirects from https to ${next.protocol}//, which is not followed.`,
      );
    }
    address = next.href;
  }
  return problem('source_unreachable', `${start} redirects more than ${MOST_REDIRECTS} times.`);
}

/** The address to connect to, when all that the name has may be connected to. */
async function checkedAddress(url: URL, options: FetchSourceOptions): Promise<string | FetchedText> {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(name) > 0 ? [name] : await (options.resolve ?? resolveName)(name);
  const [first] = addresses;
  if (first === undefined) return problem('source_unreachable', `${name} has no address.`);
  const refused = options.allowPrivate ? undefined : addresses.find(options.isPrivate ?? isPrivateAddress);
  if (refused === undefined) return first;
  return {
    ...problem('source_refused', `${url.href} leads to ${refused}, an address of this machine or a private network.`),
    hint: 'Whoever runs the server can allow it with --allow-private-sources.',
  };
}

async function resolveName(name: string): Promise<string[]> {
  return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);
}

function get(url: URL, target: string, signal: AbortSignal): Promise<IncomingMessage> {
  const family = isIP(target);
  const pinned: LookupFunction = (_name, options, done) => {
    if (options.all === true) done(null, [{ address: target, family }]);
    else done(null, target, family);
  };
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const headers = { accept: 'text/plain, */*', 'accept-encoding': 'identity', 'user-agent': 'pikoci' };
    const request = send(url, { agent: false, headers, lookup: pinned, signal }, resolve);
    request.once('error', reject);
    request.end();
  });
}

async function readText(
  url: URL,
  response: IncomingMessage,
  options: FetchSourceOptions,
  signal: AbortSignal,
): Promise<FetchedText> {
  const status = response.statusCode ?? 0;
  if (status !== 200) {
    response.destroy();
    const code = status === 404 || status === 410 ? 'source_not_found' : 'source_unreachable';
    return problem(code, `${url.href} answered ${status}.`);
  }
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = (): void => void response.destroy(new Error('too slow'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of response) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxBytes) return problem('source_too_large', `${url.href} is larger than ${maxBytes} bytes.`);
      chunks.push(bytes);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    response.destroy();
  }
  // An abort in the middle may look like an end: what came is then not the whole.
  signal.throwIfAborted();
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return problem('source_not_text', `${url.href} is not UTF-8 text.`);
  }
}

function problem(code: FetchProblem, message: string): FetchedText & { kind: 'problem' } {
  return { kind: 'problem', code, message };
}
