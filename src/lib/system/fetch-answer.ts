/** What an HTTP answer means for a `source`: its text, or why it is none. */
import type { IncomingMessage } from 'node:http';
import { rawAddress } from '../raw-address.ts';

/** By what a server recognises that a copy is still right: the headers `ETag` and `Last-Modified`. */
export interface Fingerprint {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

export type FetchedText =
  | { readonly kind: 'text'; readonly text: string; readonly fingerprint: Fingerprint }
  /** It is as it was when `known` was told; only when it was asked with one. */
  | { readonly kind: 'unchanged' }
  | FetchProblem;

export interface FetchProblem {
  readonly kind: 'problem';
  readonly code: FetchProblemCode;
  /** What and why, in sentences. */
  readonly message: string;
  /** What to do, in sentences. */
  readonly hint?: string;
}

export type FetchProblemCode =
  /** The address may not be asked. */
  | 'source_refused'
  | 'source_not_found'
  /** The server wants to know who asks. */
  | 'source_no_access'
  | 'source_too_large'
  | 'source_timeout'
  /** Nobody answers, or the server says that it has trouble. */
  | 'source_unreachable'
  /** The server's certificate is not to be trusted. */
  | 'source_untrusted'
  /** A page for people, not the file. */
  | 'source_is_page'
  | 'source_not_text';

export function problem(code: FetchProblemCode, message: string, hint?: string): FetchProblem {
  return { kind: 'problem', code, message, ...(hint === undefined ? {} : { hint }) };
}

/** Reads an answer that is no redirect, up to `maxBytes`. Rejects when the connection breaks or the signal is aborted. */
export async function readAnswer(
  url: URL,
  response: IncomingMessage,
  maxBytes: number,
  conditional: boolean,
  signal: AbortSignal,
): Promise<FetchedText> {
  const refused = statusProblem(url, response, conditional) ?? headerProblem(url, response, maxBytes);
  if (refused !== undefined) {
    response.destroy();
    return refused;
  }
  const bytes = await readBody(response, maxBytes, signal);
  if (bytes === 'too large') return tooLarge(url, maxBytes);
  const text = utf8(bytes);
  if (text === undefined) return problem('source_not_text', `${url.href} is not UTF-8 text.`, NOT_TEXT);
  if (/^\s*<(!doctype html|html)\b/i.test(text)) return page(url);
  return { kind: 'text', text, fingerprint: fingerprintOf(response) };
}

/** Between the last change of a file and an answer after which a change to come has another `Last-Modified`: clocks of file systems lag a little. */
const SETTLED_MS = 2_000;

/** What is sent back with the next question; a thing that is no such header, or a huge one, would break every question to come. */
function fingerprintOf({ headers }: IncomingMessage): Fingerprint {
  const { etag = '', 'last-modified': lastModified = '', date = '' } = headers;
  // It counts whole seconds, and the ETag of many servers is made from it: a file changed twice in one would seem unchanged for ever.
  const isSettled = Date.parse(date) - Date.parse(lastModified) >= SETTLED_MS;
  if (lastModified !== '' && !isSettled) return {};
  return {
    ...(/^(W\/)?"[\x21\x23-\x7e]{0,200}"$/.test(etag) ? { etag } : {}),
    ...(/^[A-Za-z0-9:, -]{1,40}$/.test(lastModified) ? { lastModified } : {}),
  };
}

const NOT_TEXT = 'A source is the text of one type, in HCL.';

function statusProblem(url: URL, response: IncomingMessage, conditional: boolean): FetchedText | undefined {
  const status = response.statusCode ?? 0;
  if (status === 200) return undefined;
  if (status === 304 && conditional) return { kind: 'unchanged' };
  const said = `${url.href} answered ${status}${response.statusMessage ? ` ${response.statusMessage}` : ''}`;
  if (status === 404 || status === 410) {
    return problem(
      'source_not_found',
      `${said}: there is nothing there.`,
      'Look at the address, and whether the file has moved.',
    );
  }
  if (status === 401 || status === 403 || status === 407) {
    const hint =
      'A source is fetched without a password; serve it where anyone who runs the pipeline can read it, or put a copy beside the pipeline.';
    return problem('source_no_access', `${said}: it does not let everyone read this.`, hint);
  }
  const hint =
    status >= 500 || status === 429
      ? 'That is trouble on its side; try again later.'
      : 'Only 200 is an answer with a text.';
  return problem('source_unreachable', `${said}.`, hint);
}

function headerProblem(url: URL, response: IncomingMessage, maxBytes: number): FetchedText | undefined {
  const {
    'content-type': type = '',
    'content-encoding': encoding = 'identity',
    'content-length': length,
  } = response.headers;
  if (/^\s*(text\/html|application\/xhtml)/i.test(type)) return page(url);
  if (!/^\s*(identity)?\s*$/i.test(encoding)) {
    // A small answer can unpack to a very large one, so none is unpacked.
    const message = `${url.href} answered with packed bytes (content-encoding ${encoding}), although it was asked for plain ones.`;
    return problem('source_not_text', message, 'Serve the file as it is.');
  }
  return Number(length ?? 0) > maxBytes ? tooLarge(url, maxBytes) : undefined;
}

function tooLarge(url: URL, maxBytes: number): FetchProblem {
  const limit = maxBytes % (1024 * 1024) === 0 ? `${maxBytes / 1024 / 1024} MiB` : `${maxBytes} bytes`;
  return problem('source_too_large', `${url.href} is larger than ${limit}, the most that a source may have.`, NOT_TEXT);
}

function page(url: URL): FetchProblem {
  const raw = rawAddress(url);
  const hint =
    raw === undefined
      ? 'Name the address of the file itself; where code is hosted it is behind a button called "Raw".'
      : `The file itself is at ${raw}`;
  return problem('source_is_page', `${url.href} is a web page (HTML), not a file of HCL.`, hint);
}

async function readBody(
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = (): void => void response.destroy(new Error('too slow'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of response) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxBytes) return 'too large';
      chunks.push(bytes);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    response.destroy();
  }
  // An abort in the middle may look like an end: what came is then not the whole.
  signal.throwIfAborted();
  return Buffer.concat(chunks);
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark stays, so that sums are those of the file.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
