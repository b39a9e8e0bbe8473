/**
 * Fetches the text behind a `source` address without becoming a way into the network that the server stands in.
 *
 * 1. The name is resolved here, and every address it has must be a public one.
 * 2. The connection goes to an address that was checked: what the name says a moment later (DNS rebinding) does not matter.
 * 3. A redirect is a new address: it goes through 1 and 2 again, and never from https to http.
 * 4. Size and time are limited, whatever the other side does; nothing is unpacked.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { type FetchedText, type FetchProblem, type Fingerprint, problem, readAnswer } from './fetch-answer.ts';
import { networkProblem } from './network-problem.ts';
import { resolveName, sendToAny } from './pinned-request.ts';
import { isPrivateAddress } from './private-address.ts';

export type { FetchedText, Fingerprint } from './fetch-answer.ts';

export interface FetchSourceOptions {
  /** Loopback and private networks may be reached: on one's own machine. */
  readonly allowPrivate: boolean;
  /** What is kept of it already: the answer may then be `unchanged`. */
  readonly known?: Fingerprint | undefined;
  /** Of the whole fetch, names and redirects included. Default: 20 s. */
  readonly timeoutMs?: number;
  /** Default: 1 MiB. */
  readonly maxBytes?: number;
  /** All addresses of a name. Default: the system's resolver. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** Which addresses are refused. Default: all that are not public (private-address.ts). */
  readonly isPrivate?: (address: string) => boolean;
}

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
    if (!signal.aborted) return networkProblem(address, error);
    return problem(
      'source_timeout',
      `${address} did not answer in full within ${timeoutMs / 1_000} s.`,
      'Try again; when it stays slow, put a copy of the file beside the pipeline.',
    );
  }
}

async function follow(start: string, options: FetchSourceOptions, signal: AbortSignal): Promise<FetchedText> {
  let address = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const url = usableUrl(address, start);
    if (!(url instanceof URL)) return url;
    const targets = await checkedAddresses(url, start, options, signal);
    if ('kind' in targets) return targets;
    const response = await sendToAny({ url, targets, method: 'GET', headers: headersOf(options), signal });
    const { location } = response.headers;
    const status = response.statusCode ?? 0;
    if (status === 304 || status < 300 || status >= 400 || location === undefined) {
      return readAnswer(url, response, options.maxBytes ?? MAX_BYTES, options.known !== undefined, signal);
    }
    response.destroy();
    if (!URL.canParse(location, url)) {
      return problem('source_refused', `${url.href} redirects to ${JSON.stringify(location)}, which is no address.`);
    }
    const next = new URL(location, url);
    if (url.protocol === 'https:' && next.protocol === 'http:') {
      const message = `${url.href} redirects from https to ${next.href}, which anyone on the way could change.`;
      return problem('source_refused', message, 'Name an address that is https all the way.');
    }
    address = next.href;
  }
  const hint = 'Open it in a browser and name the address where it ends.';
  return problem('source_unreachable', `${start} redirects more than ${MOST_REDIRECTS} times.`, hint);
}

function usableUrl(address: string, start: string): URL | FetchProblem {
  const from = address === start ? '' : `${start} redirects to `;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return problem(
      'source_refused',
      `${from}${address}${from === '' ? '' : ', which'} is not an http or https address.`,
    );
  }
  if (url.username === '' && url.password === '') return url;
  url.username = '';
  url.password = '';
  const message = `${from}${from === '' ? 'The address of ' : 'an address of '}${url.host} has a user name or password in it, which would be kept and shown with the pipeline.`;
  return problem(
    'source_refused',
    message,
    'Serve the file where it can be read without one, or put a copy beside the pipeline.',
  );
}

/** The addresses that may be connected to, when all that the name has may be. */
async function checkedAddresses(
  url: URL,
  start: string,
  options: FetchSourceOptions,
  signal: AbortSignal,
): Promise<readonly string[] | FetchProblem> {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const found = isIP(name) > 0 ? [name] : await resolveName(name, signal, options.resolve);
  if (found.length === 0) {
    return problem('source_unreachable', `${url.href}: ${name} has no address.`, 'Look at the spelling of the name.');
  }
  const refused = options.allowPrivate ? undefined : found.find(options.isPrivate ?? isPrivateAddress);
  if (refused === undefined) return found;
  const by = url.href === new URL(start).href ? url.href : `${start} redirects to ${url.href}, which`;
  return problem(
    'source_refused',
    `${by} leads to ${refused}, an address of this machine or of a private network.`,
    'Whoever runs the server can allow that with --allow-private-sources.',
  );
}

function headersOf({ known }: FetchSourceOptions): OutgoingHttpHeaders {
  const { etag, lastModified } = known ?? {};
  return {
    ...{ accept: 'text/plain, */*', 'accept-encoding': 'identity', 'user-agent': 'pikoci' },
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
}
