/**
 * Large things between a worker and its server, over HTTP, or whatever answers as HTTP does (queue-files.ts). Uploads and downloads go in pieces, each acknowledged before much more of it is read,
 * so memory stays small on both ends, and a transfer that was cut off goes on behind the last piece: an upload asks how much is there, a download
 * looks how much it has.
 *
 * While the server cannot be reached (it restarts, the network is gone) it is asked again, for as long as `patienceMs` since the last piece that went
 * through.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { fileDigest } from '../../lib/system/file-digest.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../lib/system/http-client.ts';
import {
  cacheDone,
  FENCING_HEADER,
  foundCache,
  PIECE_BYTES,
  uploadState,
  WORKER_FILES_PATH,
} from '../../protocol/worker-files.ts';
import { interruptOf, pause } from '../engine/interrupt.ts';
import type { BuildFiles } from './build-files.ts';

export interface HttpFilesOptions {
  readonly client: HttpClient;
  readonly attempt: string;
  readonly fencing: number;
  readonly patienceMs?: number;
  /** What is sent and asked for at once. */
  readonly pieceBytes?: number;
  /** The first wait; each is twice the one before, up to RETRY_MOST_MS. */
  readonly retryMs?: number;
}

const PATIENCE_MS = 5 * 60_000;
const RETRY_MS = 500;
const RETRY_MOST_MS = 10_000;
/** How often a whole upload may turn out to be another one than what was sent. */
const MOST_REFUSALS = 5;

const refusal = z.object({ code: z.string(), detail: z.string().optional(), hint: z.string().optional() });

export function createHttpFiles(options: HttpFilesOptions): BuildFiles {
  const { client, attempt, fencing, patienceMs = PATIENCE_MS, retryMs = RETRY_MS, pieceBytes = PIECE_BYTES } = options;

  /** One request; undefined when it should be made again. */
  async function once(
    method: HttpRequest['method'],
    path: string,
    signal: AbortSignal,
    extra: Pick<HttpRequest, 'body' | 'headers'> = {},
  ): Promise<HttpAnswer | { readonly trouble: string }> {
    try {
      const answer = await client({
        method,
        path: `${WORKER_FILES_PATH}/${attempt}/${path}`,
        signal,
        headers: { [FENCING_HEADER]: String(fencing), ...extra.headers },
        body: extra.body,
      });
      if (answer.status < 400) return answer;
      const refused = refusedWith(answer);
      if (answer.status < 500 || answer.status === 507) throw refused;
      return { trouble: refused.message };
    } catch (error) {
      if (error instanceof CodedError) throw error;
      const interrupt = interruptOf(signal);
      if (interrupt !== undefined) throw interrupt;
      return { trouble: errorText(error) };
    }
  }

  /** Asks until there is an answer. `moved` is called by the work when something went through: patience begins anew. */
  async function patiently<T>(
    signal: AbortSignal,
    work: (moved: () => void) => Promise<T | { readonly trouble: string }>,
  ): Promise<T> {
    let since = performance.now();
    let wait = retryMs;
    const moved = (): void => {
      since = performance.now();
      wait = retryMs;
    };
    for (;;) {
      const result = await work(moved);
      if (!isTrouble(result)) return result;
      if (performance.now() - since > patienceMs) {
        throw new CodedError(
          'files.unreachable',
          `the server did not take or give it for ${Math.round(patienceMs / 1_000)} s: ${result.trouble}`,
          { hint: 'is the server up, and can this worker reach it?' },
        );
      }
      await pause(wait, signal);
      const interrupt = interruptOf(signal);
      if (interrupt !== undefined) throw interrupt;
      wait = Math.min(2 * wait, RETRY_MOST_MS);
    }
  }

  async function ask<T>(schema: z.ZodType<T>, path: string, body: unknown, signal: AbortSignal): Promise<T> {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const answer = await patiently(signal, () => once('POST', path, signal, { body: bytes }));
    return parse(schema, answer);
  }

  return {
    async upload(file, signal, progress) {
      const handle = await open(file.path);
      const path = `uploads/${file.digest}`;
      const size = `size=${file.size}`;
      let refusals = 0;
      try {
        await patiently(signal, async (moved) => {
          const begun = await once('POST', `${path}?${size}`, signal);
          if (isTrouble(begun)) return begun;
          let { offset, complete } = parse(uploadState, begun);
          while (!complete && offset < file.size) {
            progress?.(offset, file.size);
            const body = await readPiece(handle, offset, Math.min(pieceBytes, file.size - offset));
            const sent = await once('PUT', `${path}?${size}&offset=${offset}`, signal, { body }).catch(asked);
            if (isTrouble(sent)) return sent;
            offset = parse(uploadState, sent).offset;
            moved();
          }
          if (complete) return 'there';
          const finished = await once('POST', `${path}/finish?${size}`, signal).catch(asked);
          if (isTrouble(finished) && ++refusals === MOST_REFUSALS) throw cannotArrive(finished.trouble);
          return isTrouble(finished) ? finished : 'there';
        });
        progress?.(file.size, file.size);
      } finally {
        await handle.close();
      }
    },

    async download({ digest, size }, to, signal, progress) {
      const handle = await open(to, 'wx', 0o600);
      try {
        let have = 0;
        await patiently(signal, async (moved) => {
          while (have < size) {
            progress?.(have, size);
            const range = `bytes=${have}-${Math.min(size, have + pieceBytes) - 1}`;
            const answer = await once('GET', `blobs/${digest}`, signal, { headers: { range } });
            if (isTrouble(answer)) return answer;
            await handle.write(answer.body, 0, answer.body.byteLength, have);
            have += answer.body.byteLength;
            if (answer.body.byteLength === 0) return { trouble: 'it sent nothing' };
            moved();
          }
          return 'there';
        });
      } finally {
        await handle.close();
      }
      await checkDigest(to, digest);
      progress?.(size, size);
    },

    findCache: async (wanted, signal) => (await ask(foundCache, 'caches/find', wanted, signal)).cache,
    saveCache: async (cache, signal) => (await ask(cacheDone, 'caches/save', cache, signal)).done,
    async dropCache(cache, signal) {
      await ask(cacheDone, 'caches/drop', cache, signal);
    },
  };
}

/** What is asked anew from the beginning, where the server says how much it has: a piece came twice, or was broken on its way. */
function asked(error: unknown): { readonly trouble: string } {
  if (error instanceof CodedError && ['upload.wrong_offset', 'upload.wrong_digest'].includes(error.code)) {
    return { trouble: error.message };
  }
  throw error;
}

function cannotArrive(why: string): CodedError {
  return new CodedError('files.not_taken', `it was sent ${MOST_REFUSALS} times, and not taken: ${why}`, {
    hint: 'look at the disks of the worker and of the server',
  });
}

export async function checkDigest(path: string, digest: string): Promise<void> {
  if ((await fileDigest(path)) === digest) return;
  throw new CodedError(
    'blobs.corrupt',
    `what is kept as ${digest.slice(0, 12)}… is damaged: its SHA-256 is another one, so nothing was unpacked`,
    { hint: 'look at the disk or the store that keeps it; run the job that put it again' },
  );
}

const isTrouble = (value: unknown): value is { readonly trouble: string } =>
  typeof value === 'object' && value !== null && 'trouble' in value;

async function readPiece(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const piece = new Uint8Array(length);
  const { bytesRead } = await handle.read(piece, 0, length, offset);
  if (bytesRead === length) return piece;
  throw new CodedError('archive.changed', 'what was packed was changed before it was sent', {
    hint: 'does something remove or change files below the data directory of the worker?',
  });
}

function refusedWith({ status, body }: HttpAnswer): CodedError {
  const text = new TextDecoder().decode(body);
  try {
    const { code, detail, hint } = refusal.parse(JSON.parse(text));
    return new CodedError(code, detail ?? code, hint === undefined ? {} : { hint });
  } catch (error) {
    return new CodedError('files.refused', `the server answered ${status}: ${text.slice(0, 200).trim()}`, {
      cause: error,
      hint: 'does --pikoci-url lead to the server itself?',
    });
  }
}

function parse<T>(schema: z.ZodType<T>, answer: HttpAnswer): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(answer.body)));
  } catch (error) {
    throw new CodedError('files.bad_answer', 'the server answered something that this worker does not understand', {
      cause: error,
      hint: 'run the same version of pikoci on both',
    });
  }
}
