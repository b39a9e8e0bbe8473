/** What can go wrong with an HTTP request, in words. */
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { networkProblem } from '../../lib/system/network-problem.ts';
import type { HttpAnswer } from './http-answer.ts';

/** An address as messages may show it: without user, password and query, where tokens hide; of a secret one the host alone. */
export function shownAddress(url: URL, secret: boolean): string {
  return secret ? `${url.origin}/…` : `${url.origin}${url.pathname}`;
}

/** Throws `bad_address` for what is no http or https address; the message does not repeat it, for it may be a secret. */
export function parseAddress(address: string | URL, peer: string): URL {
  const text = String(address);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new CodedError('bad_address', `The address of ${peer} is no http:// or https:// address.`, {
    hint: 'Write all of it, such as https://example.org/path. Is it a variable that is empty?',
  });
}

/** `http_refused`: no connection, so nothing was done. `http_untrusted`: TLS. `http_broken`: it broke off somewhere. */
export function brokenConnection(url: URL, shown: string, error: unknown): CodedError {
  const found = networkProblem(url.href, error);
  const code = errnoCode(error);
  const refused = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
  const kind = found.code === 'source_untrusted' ? 'http_untrusted' : refused ? 'http_refused' : 'http_broken';
  return new CodedError(kind, found.message.replaceAll(url.href, shown), {
    ...(found.hint !== undefined && { hint: found.hint }),
  });
}

/** What an answer that is not the one hoped for means. `hints` by status, over the usual ones. */
export function refusal(
  answer: HttpAnswer,
  what: string,
  said: string,
  hints: Readonly<Record<number, string>> = {},
): CodedError {
  const { status } = answer;
  const says = said === '' ? '' : ` It says: ${oneLine(said)}`;
  const hint =
    hints[status] ??
    USUAL_HINTS[status] ??
    (status >= 500 ? 'That is trouble on its side; try again later.' : undefined);
  const message = `${what} failed: ${answer.shown} answered ${status}.${says}`;
  return new CodedError(`http_${status}`, message, hint === undefined ? {} : { hint });
}

const USUAL_HINTS: Readonly<Record<number, string>> = {
  404: 'There is nothing at this address: look at its spelling. Some servers answer so to a login that may not see it, too.',
  407: 'The proxy of the worker wants a login: it stands in the address of the variable https_proxy.',
  413: 'The server takes nothing as large as this.',
  429: 'It was asked too often, and wants to be left alone for longer than is waited for here. Check less often, or log in.',
};

const LONGEST_SAYING = 400;
function oneLine(text: string): string {
  const line = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > LONGEST_SAYING ? `${line.slice(0, LONGEST_SAYING)}…` : line;
}
