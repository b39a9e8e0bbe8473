/**
 * HTTP as built-in types need it: what a server answers for a moment only (429, 5xx) is asked again, redirects do not carry credentials to
 * another server, nothing hangs, and whatever goes wrong is a CodedError that says what to do. Proxies are those of the environment
 * (`https_proxy`, `http_proxy`, `no_proxy`).
 */
import { CodedError } from '../../lib/coded-error.ts';
import { fetchWithAuthority } from '../../lib/system/fetch-with-authority.ts';
import type { CommandIo } from '../builtin-command.ts';
import { createAnswer, type HttpAnswer } from './http-answer.ts';
import { brokenConnection, parseAddress, shownAddress } from './http-trouble.ts';

export interface HttpRequest {
  readonly url: string | URL;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Something that can be sent again. */
  readonly body?: string | Uint8Array<ArrayBuffer> | Blob;
  /** When it is tried again. `unless-done` (the default of POST and PATCH): only when the server has surely done nothing yet. */
  readonly retry?: 'always' | 'unless-done';
  /** How many redirects are followed; 10 unless given. */
  readonly redirects?: number;
  /** Until the first byte of the answer; 60 s unless given, more for what is large. */
  readonly timeoutMs?: number;
}

export interface HttpClient {
  /** The answer, whatever its status; an answer that says "later" (429, 5xx) only after the last try. Throws `http_…` CodedErrors. */
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
}

export interface HttpClientOptions {
  /** How the other side is called in messages: `Slack`, `the registry`. */
  readonly peer: string;
  /** True when the address itself is a secret, as that of a webhook: only its host is shown. */
  readonly secretAddress?: boolean;
  /** PEM text of an authority to trust besides the usual ones. */
  readonly authority?: string | undefined;
}

const TRIES = 4;
const FIRST_PAUSE_MS = 500;
/** A server that wants to be asked much later is not waited for. */
const LONGEST_PAUSE_MS = 60_000;
const TIMEOUT_MS = 60_000;
const REDIRECTS = 10;
/** What goes along to another server that is redirected to. */
const HARMLESS_HEADERS = [
  'accept',
  'accept-encoding',
  'content-type',
  'user-agent',
  'range',
  'if-none-match',
  'if-modified-since',
];

export function createHttpClient(io: CommandIo, options: HttpClientOptions): HttpClient {
  const pause = io.pause ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const show = (url: URL): string => shownAddress(url, options.secretAddress === true);

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const method = request.method ?? 'GET';
    const always = (request.retry ?? (['POST', 'PATCH'].includes(method) ? 'unless-done' : 'always')) === 'always';
    for (let tried = 1; ; tried += 1) {
      const last = tried === TRIES;
      const result = await follow(request, method).catch((error: unknown) => {
        if (!(error instanceof CodedError) || last) throw error;
        const mayRepeat = error.code === 'http_refused' || (always && error.code === 'http_broken');
        if (!mayRepeat) throw error;
        return error;
      });
      const wait = waitBeforeRetry(result, always, tried);
      if (last || wait === undefined) {
        if (result instanceof CodedError) throw result;
        return result;
      }
      const why = result instanceof CodedError ? result.message : `${options.peer} answered ${result.status}.`;
      io.stderr(`${why} Trying again in ${Math.ceil(wait / 100) / 10} s.\n`);
      if (!(result instanceof CodedError)) await result.discard();
      await pause(wait);
    }
  }

  async function follow(request: HttpRequest, startMethod: string): Promise<HttpAnswer> {
    let url = parseAddress(request.url, options.peer);
    let method = startMethod;
    // What is packed on the way would be unpacked here: a file is to be the one that lies there, with its size and sum.
    let headers: Record<string, string> = {
      'user-agent': 'pikoci',
      'accept-encoding': 'identity',
      ...lowerCase(request.headers ?? {}),
    };
    let body = request.body;
    const seen = new Set<string>();
    const most = request.redirects ?? REDIRECTS;
    for (;;) {
      const answer = await ask(url, { method, headers, ...(body !== undefined && { body }) }, request.timeoutMs);
      const location = answer.headers.get('location');
      if (most === 0 || ![301, 302, 303, 307, 308].includes(answer.status) || location === null) return answer;
      await answer.discard();
      const from = show(url);
      seen.add(`${method} ${url.href}`);
      if (!URL.canParse(location, url)) {
        throw new CodedError('http_redirects', `${from} redirects to what is no address.`, {
          hint: 'Write the address that it should end at.',
        });
      }
      const target = parseAddress(new URL(location, url), options.peer);
      if (answer.status === 303 || (answer.status < 303 && method === 'POST')) {
        method = method === 'HEAD' ? 'HEAD' : 'GET';
        body = undefined;
      }
      if (seen.has(`${method} ${target.href}`) || seen.size > most) {
        throw new CodedError('http_redirects', `${from} redirects in a circle, or more than ${most} times.`, {
          hint: 'Write the address that it should end at.',
        });
      }
      if (url.protocol === 'https:' && target.protocol !== 'https:') {
        throw new CodedError('http_redirects', `${from} redirects from https to http, which is not followed.`);
      }
      if (target.origin !== url.origin) {
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS_HEADERS.includes(name)));
      }
      url = target;
    }
  }

  async function ask(url: URL, init: RequestInit, timeoutMs = TIMEOUT_MS): Promise<HttpAnswer> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeoutMs);
    try {
      const response = await fetchWithAuthority(
        url,
        { ...init, redirect: 'manual', signal: stop.signal },
        options.authority,
      );
      return createAnswer(response, { url, shown: show(url), peer: options.peer, stop });
    } catch (error) {
      if (stop.signal.aborted) {
        throw new CodedError('http_timeout', `${show(url)} did not answer within ${timeoutMs / 1000} s.`, {
          hint: 'Is it reachable from the worker?',
        });
      }
      throw brokenConnection(url, show(url), error);
    } finally {
      clearTimeout(timer);
    }
  }

  return { send };
}

/** Undefined: what came is the answer. */
function waitBeforeRetry(result: HttpAnswer | CodedError, always: boolean, tried: number): number | undefined {
  const backOff = FIRST_PAUSE_MS * 2 ** (tried - 1);
  if (result instanceof CodedError) return backOff;
  const { status } = result;
  if (status !== 429 && status < 500) return undefined;
  if (status === 501 || status === 505) return undefined;
  if (!always && status !== 429 && status !== 503) return undefined;
  const wanted = retryAfterMs(result.headers.get('retry-after'));
  if (wanted !== undefined && wanted > LONGEST_PAUSE_MS) return undefined;
  return Math.max(backOff, wanted ?? 0);
}

/** The header `Retry-After`: seconds (some send fractions), or a date. */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
