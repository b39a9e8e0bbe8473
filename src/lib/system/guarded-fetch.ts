/**
 * Requests of the server to services that its administrators named, and to whatever addresses those answer with, without becoming a way into the network that
 * the server stands in: an address that nobody named must be a public one (private-address.ts), the connection goes to the address that was looked at, redirects
 * are not followed, and size and time are limited.
 */
import { isIP } from 'node:net';
import { CodedError } from '../coded-error.ts';
import { networkProblem } from './network-problem.ts';
import { resolveName, sendToAny } from './pinned-request.ts';
import { isPrivateAddress } from './private-address.ts';

export interface GuardedRequest {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Any answer, redirects and refusals too. Throws `fetch.refused`, `fetch.timeout`, `fetch.too_large`, `fetch.unreachable`. */
export type GuardedFetch = (url: string | URL, request?: GuardedRequest) => Promise<Response>;

export interface GuardedFetchOptions {
  /** Origins (`https://git.corp:8443`) that may have any address. Asked with each request. */
  readonly named: () => Iterable<string>;
  /** Of a whole request. Default: 15 s. */
  readonly timeoutMs?: number | undefined;
  /** Of an answer. Default: 4 MiB. */
  readonly maxBytes?: number | undefined;
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** Answers that have no body: Response refuses one. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  return async (address, { method = 'GET', headers = {}, body, signal } = {}) => {
    const url = usable(address);
    const timeout = AbortSignal.timeout(timeoutMs);
    const ends = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    try {
      const targets = await checkedAddresses(url, options, ends);
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
      const answer = await sendToAny({
        ...{ url, targets, method, body: bytes, signal: ends },
        headers: {
          ...{ 'user-agent': 'pikoci', ...headers, 'accept-encoding': 'identity' },
          ...(bytes !== undefined && { 'content-length': bytes.byteLength }),
        },
      });
      const read = await readAll(answer, maxBytes, ends, url);
      const status = answer.statusCode ?? 502;
      const told = Object.entries(answer.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
      );
      return new Response(BODILESS.has(status) ? null : read, { status, headers: told });
    } catch (error) {
      if (error instanceof CodedError) throw error;
      signal?.throwIfAborted();
      if (timeout.aborted) {
        throw new CodedError('fetch.timeout', `${url.origin} did not answer within ${timeoutMs / 1_000} s`, {
          hint: 'try again; when it stays slow, look whether this server can reach it',
          cause: error,
        });
      }
      const { message, hint } = networkProblem(url.origin, error);
      throw new CodedError('fetch.unreachable', message.replace(/\.$/, ''), {
        ...(hint !== undefined && { hint }),
        cause: error,
      });
    }
  };
}

function usable(address: string | URL): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isWeb = url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:');
  if (isWeb && url.username === '' && url.password === '') return url;
  throw new CodedError('fetch.refused', `${isWeb ? url.origin : address} is not an http or https address to be asked`);
}

async function checkedAddresses(
  url: URL,
  { named, resolve }: GuardedFetchOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const found = isIP(name) > 0 ? [name] : await resolveName(name, signal, resolve);
  if (found.length === 0) throw new CodedError('fetch.unreachable', `${url.origin}: ${name} has no address`);
  if (new Set(named()).has(url.origin)) return found;
  const refused = found.find(isPrivateAddress);
  if (refused === undefined) return found;
  throw new CodedError(
    'fetch.refused',
    `${url.origin} leads to ${refused}, an address of this machine or of a private network, and no administrator named it`,
    { hint: 'only the address that stands in the settings may be a private one' },
  );
}

async function readAll(
  answer: AsyncIterable<Uint8Array> & { destroy(error?: Error): void },
  maxBytes: number,
  signal: AbortSignal,
  url: URL,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stop = (): void => answer.destroy(new Error('too slow'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of answer) {
      size += chunk.byteLength;
      if (size > maxBytes) {
        throw new CodedError('fetch.too_large', `${url.origin} answered with more than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    answer.destroy();
  }
  // An abort in the middle may look like an end: what came is then not the whole.
  signal.throwIfAborted();
  return new Uint8Array(Buffer.concat(chunks));
}
