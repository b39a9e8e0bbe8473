/** An answer whose body is read with a limit to its size, and to how long it may say nothing. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { z } from 'zod';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { fileError } from '../../lib/system/file-error.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Headers;
  /** After redirects. */
  readonly url: URL;
  /** The same as messages may show it. */
  readonly shown: string;
  /** Throws `http_too_large`. */
  readonly text: (maxBytes?: number) => Promise<string>;
  /** Throws `http_answer` for what is not JSON, or not what the schema says. */
  readonly json: <T>(schema: z.ZodType<T>, maxBytes?: number) => Promise<T>;
  /** The body as it comes. Throws `http_timeout` when nothing comes for a minute, `http_broken` when it breaks off. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
  /** Writes the body into a file, in the place of what is there; gives its size and SHA-256. Throws `file.…` too. */
  readonly save: (file: string) => Promise<{ readonly bytes: number; readonly sha256: string }>;
  readonly discard: () => Promise<void>;
}

export interface AnswerPlace {
  readonly url: URL;
  readonly shown: string;
  readonly peer: string;
  /** Ends the connection. */
  readonly stop: AbortController;
}

/** Without the runtime's advice for programmers. */
const whyBroken = (error: unknown): string => errorText(error).replace(/\. For more information, pass[\s\S]*$/, '');

const SILENCE_MS = 60_000;
const LARGEST_TEXT = 16 * 1024 * 1024;

export function createAnswer(response: Response, { url, shown, peer, stop }: AnswerPlace): HttpAnswer {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    let silent = false;
    const giveUp = (): void => {
      silent = true;
      stop.abort();
    };
    let timer = setTimeout(giveUp, SILENCE_MS);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        yield value;
        timer = setTimeout(giveUp, SILENCE_MS);
      }
    } catch (error) {
      if (silent) throw new CodedError('http_timeout', `${shown} stopped sending for ${SILENCE_MS / 1000} s.`);
      if (error instanceof CodedError) throw error;
      throw new CodedError('http_broken', `The connection to ${shown} broke off: ${whyBroken(error)}.`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      await reader.cancel().catch(() => undefined);
    }
  }

  async function text(maxBytes = LARGEST_TEXT): Promise<string> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of chunks()) {
      size += chunk.byteLength;
      if (size > maxBytes) {
        throw new CodedError(
          'http_too_large',
          `${shown} answered with more than ${maxBytes} bytes, and no more are read.`,
          {
            hint: 'Is it the right address?',
          },
        );
      }
      parts.push(chunk);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  return {
    status: response.status,
    ok: response.ok,
    headers: response.headers,
    url,
    shown,
    chunks,
    text,
    async json(schema, maxBytes) {
      const body = await text(maxBytes);
      const parsed = schema.safeParse(parseJson(body, shown));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      const where = issue === undefined ? '' : `: ${issue.path.join('.')}: ${issue.message}`;
      throw new CodedError('http_answer', `${shown} answered, but not as ${peer} does${where}.`, {
        hint: 'Is it the address of the API itself?',
      });
    },
    async save(file) {
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        // Never into a link that lies there: it may lead out of the build's directory.
        await rm(file, { force: true });
        await using handle = await open(file, 'wx');
        for await (const chunk of chunks()) {
          hash.update(chunk);
          bytes += chunk.byteLength;
          await handle.writeFile(chunk);
        }
      } catch (error) {
        throw fileError(error, 'write', file);
      }
      const announced = response.headers.get('content-length');
      const isPlain = response.headers.get('content-encoding') === null;
      if (isPlain && announced !== null && Number(announced) !== bytes) {
        throw new CodedError('http_broken', `${shown} announced ${announced} bytes and sent ${bytes}.`);
      }
      return { bytes, sha256: hash.digest('hex') };
    },
    async discard() {
      stop.abort();
      await response.body?.cancel().catch(() => undefined);
    },
  };
}

function parseJson(body: string, shown: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    const begin = body.slice(0, 60).replace(/\s+/g, ' ').trim();
    throw new CodedError('http_answer', `${shown} answered with what is not JSON: ${JSON.stringify(begin)}…`, {
      hint: 'Is it the address of the API itself, and not of a page for people?',
    });
  }
}
