import { expect, test } from 'bun:test';
import { decodeEmitted, decodeRequest, encodeEmitted, MessageError } from './codec.ts';
import type { Emitted } from './messages.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('log bytes come through as they were written, binary too', () => {
  const message: Emitted = {
    kind: 'events',
    batch: {
      attempt: 'a',
      fencing: 3,
      first: 7,
      events: [
        { kind: 'step_started', at: 1, step: '1', try: 1 },
        { kind: 'log', at: 2, step: '1', bytes: new Uint8Array([0, 255, 10, 13]) },
        { kind: 'log', at: 3, step: '1', bytes: new Uint8Array() },
        { kind: 'log', at: 4, step: '1', bytes: bytes('ü\n') },
        { kind: 'step_ended', at: 5, step: '1', try: 1, outcome: 'failed', exitCode: 2 },
      ],
    },
  };
  expect(decodeEmitted(encodeEmitted(message))).toEqual(message);
});

test.each([
  ['empty', new Uint8Array()],
  ['a length past the end', new Uint8Array([0, 0, 1, 0, 123])],
  ['no JSON', new Uint8Array([0, 0, 0, 1, 65])],
  ['an unknown kind', encodeEmitted({ kind: 'nonsense' } as never)],
  [
    'log bytes cut off',
    encodeEmitted({
      kind: 'events',
      batch: { attempt: 'a', fencing: 1, first: 1, events: [{ kind: 'log', at: 1, step: '1', bytes: bytes('abc') }] },
    }).slice(0, -1),
  ],
])('a damaged frame is refused: %s', (_name, frame) => {
  expect(() => decodeEmitted(frame)).toThrow(MessageError);
});

test('a request that is not one says where it is wrong', () => {
  expect(() => decodeRequest(bytes('{"kind":"leave"}'))).toThrow(/malformed at worker/);
});
