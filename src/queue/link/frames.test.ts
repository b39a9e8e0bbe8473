import { expect, test } from 'bun:test';
import { decodeFrame, encodeFrame, FRAME } from './frames.ts';

test.each([
  ['no body', FRAME.ping, 0, []],
  ['a body', FRAME.answer, 7, [1, 2, 3]],
  ['the largest number', FRAME.ack, Number.MAX_SAFE_INTEGER, []],
])('a frame with %s comes back as it was', (_, kind, number, body) => {
  const frame = decodeFrame(encodeFrame(kind, number, new Uint8Array(body)));
  expect(frame).toEqual({ kind, number, body: new Uint8Array(body) });
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['a cut header', encodeFrame(FRAME.ack, 5).subarray(0, 8)],
  ['a number beyond 2^53', new Uint8Array([3, 255, 255, 255, 255, 255, 255, 255, 255])],
])('%s is no frame', (_, bytes) => {
  expect(decodeFrame(bytes)).toBeUndefined();
});
