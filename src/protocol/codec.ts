/**
 * Messages as bytes. One frame is: 4 bytes big-endian length of the JSON, the JSON, and behind it the bytes of log events one after
 * the other, so that what a process wrote is neither escaped nor decoded on its way. In the JSON a log event has `length`.
 */
import type { z } from 'zod';
import { CodedError } from '../lib/coded-error.ts';
import type { AttemptEvent } from './events.ts';
import {
  type Broadcast,
  broadcast,
  type Emitted,
  emitted,
  type ServerAnswer,
  serverAnswer,
  type WorkerRequest,
  workerRequest,
} from './messages.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A message of a kind this program does not know, or of the wrong shape. Such a message is set aside, never retried. */
export class MessageError extends CodedError {
  constructor(message: string, cause?: unknown) {
    super('protocol.bad_message', message, { cause, hint: 'the sender may run another version of pikoci' });
  }
}

function parseJson<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new MessageError(`a ${what} message is not JSON`, error);
  }
  return parseShape(schema, json, what);
}

function parseShape<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new MessageError(
    `a ${what} message is malformed at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`,
    parsed.error,
  );
}

export const encodeRequest = (message: WorkerRequest): Uint8Array => encoder.encode(JSON.stringify(message));
export const decodeRequest = (bytes: Uint8Array): WorkerRequest => parseJson(workerRequest, bytes, 'worker request');
export const encodeAnswer = (message: ServerAnswer): Uint8Array => encoder.encode(JSON.stringify(message));
export const decodeAnswer = (bytes: Uint8Array): ServerAnswer => parseJson(serverAnswer, bytes, 'server answer');
export const encodeBroadcast = (message: Broadcast): Uint8Array => encoder.encode(JSON.stringify(message));
export const decodeBroadcast = (bytes: Uint8Array): Broadcast => parseJson(broadcast, bytes, 'broadcast');

export function encodeEmitted(message: Emitted): Uint8Array {
  const payload: Uint8Array[] = [];
  let header: unknown = message;
  if (message.kind === 'events') {
    const events = message.batch.events.map((event) => {
      if (event.kind !== 'log') return event;
      payload.push(event.bytes);
      const { bytes, ...rest } = event;
      return { ...rest, length: bytes.byteLength };
    });
    header = { kind: 'events', batch: { ...message.batch, events } };
  }
  const json = encoder.encode(JSON.stringify(header));
  const frame = new Uint8Array(4 + json.byteLength + payload.reduce((sum, bytes) => sum + bytes.byteLength, 0));
  new DataView(frame.buffer).setUint32(0, json.byteLength);
  frame.set(json, 4);
  let at = 4 + json.byteLength;
  for (const bytes of payload) {
    frame.set(bytes, at);
    at += bytes.byteLength;
  }
  return frame;
}

export function decodeEmitted(frame: Uint8Array): Emitted {
  if (frame.byteLength < 4) throw new MessageError('an emitted message is shorter than its header');
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  if (4 + length > frame.byteLength) throw new MessageError('an emitted message is cut off');
  let header: unknown;
  try {
    header = JSON.parse(decoder.decode(frame.subarray(4, 4 + length)));
  } catch (error) {
    throw new MessageError('an emitted message is not JSON', error);
  }
  let at = 4 + length;
  const events = eventsOf(header);
  for (const event of events) {
    if (event.kind !== 'log') continue;
    const size = event.length;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || at + size > frame.byteLength) {
      throw new MessageError('the bytes of a log event are cut off');
    }
    delete event.length;
    event.bytes = frame.subarray(at, at + size);
    at += size;
  }
  return parseShape(emitted, header, 'emitted');
}

type LooseEvent = { kind?: AttemptEvent['kind']; length?: unknown; bytes?: Uint8Array };

/** The events inside a message not yet parsed; anything that does not look like them is left to the schema to refuse. */
function eventsOf(header: unknown): LooseEvent[] {
  if (typeof header !== 'object' || header === null || !('batch' in header)) return [];
  const batch = header.batch;
  if (typeof batch !== 'object' || batch === null || !('events' in batch) || !Array.isArray(batch.events)) return [];
  return batch.events.filter((event) => typeof event === 'object' && event !== null);
}
