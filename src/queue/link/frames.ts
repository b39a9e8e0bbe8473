/**
 * Frames of the queue's protocol: one byte kind, eight bytes big-endian number, and the body to the end. The number is the request's id, the
 * message's sequence number, or 0. A kind that is not known is ignored by the receiver, so that a later version may add some.
 *
 *     worker -> server   request(id, body)  cancel(id)  emit(sequence, body)  ping
 *     server -> worker   welcome  answer(id, body)  failed(id, code)  ack(sequence)  broadcast(body)  pong
 *
 * `ack(n)` says that everything up to n is stored: messages of one worker are taken in order.
 */
export const FRAME = {
  request: 1,
  cancel: 2,
  emit: 3,
  ping: 4,
  welcome: 16,
  answer: 17,
  failed: 18,
  ack: 19,
  broadcast: 20,
  pong: 21,
} as const;

export interface Frame {
  readonly kind: number;
  readonly number: number;
  readonly body: Uint8Array;
}

export const FRAME_HEADER_BYTES = 9;

const NOTHING = new Uint8Array(0);

export function encodeFrame(kind: number, number = 0, body: Uint8Array = NOTHING): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + body.byteLength);
  const view = new DataView(frame.buffer);
  view.setUint8(0, kind);
  view.setBigUint64(1, BigInt(number));
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
}

/** `undefined` for bytes that are no frame at all. The body is a view, not a copy. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.byteLength < FRAME_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = Number(view.getBigUint64(1));
  if (!Number.isSafeInteger(number)) return undefined;
  return { kind: view.getUint8(0), number, body: bytes.subarray(FRAME_HEADER_BYTES) };
}
