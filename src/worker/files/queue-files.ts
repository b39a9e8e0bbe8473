/**
 * Large things over the queue, for a worker that has nothing else: the questions of http-files.ts, in pieces of QUEUE_PIECE_BYTES, each a request that is answered before the
 * next is sent. So a connection that is cut costs one piece, and logs and renewals pass in between.
 */
import { CodedError } from '../../lib/coded-error.ts';
import { sizeText } from '../../lib/size-text.ts';
import type { HttpClient } from '../../lib/system/http-client.ts';
import { decodeFileAnswer, encodeFileQuestion, QUEUE_PIECE_BYTES } from '../../protocol/file-frames.ts';
import { FENCING_HEADER } from '../../protocol/worker-files.ts';
import type { WorkerQueue } from '../../queue/queue.ts';
import type { BuildFiles } from './build-files.ts';
import { createHttpFiles } from './http-files.ts';

export interface QueueFilesOptions {
  readonly queue: Pick<WorkerQueue, 'request'>;
  readonly attempt: string;
  readonly fencing: number;
  /** No archive larger than this: a broker is made for messages. */
  readonly maxBytes: number;
  readonly patienceMs?: number;
  readonly retryMs?: number;
}

/** To put a large archive away takes the server a while. */
const ANSWER_MS = 60_000;

/** What a new try can mend. */
const PASSING: ReadonlySet<string> = new Set(['queue.timeout', 'queue.unreachable', 'queue.handler_failed']);

/** Error, beside those of BuildFiles: `files.too_large_for_queue`. */
export function createQueueFiles({ queue, maxBytes, ...options }: QueueFilesOptions): BuildFiles {
  const files = createHttpFiles({ ...options, client: clientOver(queue), pieceBytes: QUEUE_PIECE_BYTES });
  const check = (size: number): void => {
    if (size <= maxBytes) return;
    throw new CodedError(
      'files.too_large_for_queue',
      `it has ${sizeText(size)}, and over the broker this worker sends and fetches ${sizeText(maxBytes)} at most`,
      {
        hint: 'start the worker with --pikoci-url https://…, so that archives go over HTTP, or raise --max-size-over-queue',
      },
    );
  };
  return {
    ...files,
    async upload(file, signal, progress) {
      check(file.size);
      await files.upload(file, signal, progress);
    },
    async download(blob, to, signal, progress) {
      check(blob.size);
      await files.download(blob, to, signal, progress);
    },
  };
}

function clientOver(queue: Pick<WorkerQueue, 'request'>): HttpClient {
  return async ({ method, path, headers = {}, body = new Uint8Array(), signal }) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    const question = encodeFileQuestion({
      ...{ method, path, body, fencing: headers[FENCING_HEADER] ?? '' },
      ...(range !== null && { range: { start: Number(range[1]), end: Number(range[2]) + 1 } }),
    });
    try {
      return decodeFileAnswer(await queue.request(question, { timeoutMs: ANSWER_MS, signal }));
    } catch (error) {
      // As of a connection that broke: http-files.ts asks again.
      if (error instanceof CodedError && PASSING.has(error.code)) throw new Error(error.message, { cause: error });
      throw error;
    }
  };
}
