/**
 * What is said in worker-files.ts, over the queue: a worker that has the queue alone sends the same questions as requests, with smaller pieces. A frame is 4 bytes
 * with the length of the JSON, the JSON, and behind it the bytes. No other request begins with a byte of zero.
 */
import { z } from 'zod';
import { MessageError } from './codec.ts';
import { FENCING_HEADER, WORKER_FILES_PATH } from './worker-files.ts';

/** So small that other messages pass between two of them. */
export const QUEUE_PIECE_BYTES = 256 * 1024;
/** A piece, or a question about a cache. */
const MOST_BYTES = 2 * QUEUE_PIECE_BYTES;

const head = z.object({
  method: z.enum(['GET', 'POST', 'PUT']),
  /** Below WORKER_FILES_PATH. */
  path: z.string().max(1_000).startsWith(`${WORKER_FILES_PATH}/`),
  fencing: z.string().regex(/^\d{1,15}$/),
  /** Bytes `[start, end)` of a blob: it is never asked for whole. */
  range: z
    .object({ start: z.int().min(0), end: z.int() })
    .refine(({ start, end }) => end > start && end - start <= QUEUE_PIECE_BYTES)
    .optional(),
});
export type FileQuestion = z.infer<typeof head> & { readonly body: Uint8Array };

const answerHead = z.object({ status: z.int().min(200).max(599) });
export type FileAnswer = z.infer<typeof answerHead> & { readonly body: Uint8Array };

export const isFileQuestion = (frame: Uint8Array): boolean => frame[0] === 0;

export function encodeFileQuestion({ body, ...question }: FileQuestion): Uint8Array {
  return frameOf(question, body);
}

/** Error: `protocol.bad_message`. */
export function decodeFileQuestion(frame: Uint8Array): FileQuestion {
  const { json, body } = parts(frame);
  const parsed = head.safeParse(json);
  const isBlob = parsed.data?.path.split('/').at(-2) === 'blobs';
  if (!parsed.success || (parsed.data.method === 'GET') !== isBlob || isBlob !== (parsed.data.range !== undefined)) {
    throw new MessageError('a question about files is malformed', parsed.error);
  }
  return { ...parsed.data, body };
}

export const encodeFileAnswer = ({ body, ...answer }: FileAnswer): Uint8Array => frameOf(answer, body);

export function decodeFileAnswer(frame: Uint8Array): FileAnswer {
  const { json, body } = parts(frame);
  const parsed = answerHead.safeParse(json);
  if (!parsed.success) throw new MessageError('an answer about files is malformed', parsed.error);
  return { ...parsed.data, body };
}

/** As HTTP has it, for who answers both. */
export function requestOf({ method, path, fencing, range, body }: FileQuestion): Request {
  return new Request(`http://queue${path}`, {
    method,
    headers: {
      [FENCING_HEADER]: fencing,
      'content-length': String(body.byteLength),
      ...(range !== undefined && { range: `bytes=${range.start}-${range.end - 1}` }),
    },
    ...(method !== 'GET' && { body: body as BodyInit }),
  });
}

function frameOf(json: unknown, body: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const frame = new Uint8Array(4 + text.byteLength + body.byteLength);
  new DataView(frame.buffer).setUint32(0, text.byteLength);
  frame.set(text, 4);
  frame.set(body, 4 + text.byteLength);
  return frame;
}

function parts(frame: Uint8Array): { readonly json: unknown; readonly body: Uint8Array } {
  const length = frame.byteLength < 4 ? Infinity : new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  if (4 + length > frame.byteLength) throw new MessageError('a message about files is cut off');
  if (frame.byteLength > MOST_BYTES) throw new MessageError('a message about files is too long');
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame.subarray(4, 4 + length)));
    return { json, body: frame.subarray(4 + length) };
  } catch (error) {
    throw new MessageError('a message about files is not JSON', error);
  }
}
