import { expect, test } from 'bun:test';
import { encodeMessage } from './encode-message.ts';

const text = (message: unknown): string => new TextDecoder().decode(encodeMessage(message));

test.each([
  [{ event: 'log', text: 'a "b"\nü' }],
  [{ kind: 'message', stream: 1, id: '1.2', message: { event: 'log', text: '€' } }],
  [{ message: { message: { a: 1 } } }],
  [{ code: 'x', message: 'a text of that name' }],
  [{ message: null }],
  ['text'],
  [null],
])('%j is its JSON', (message) => {
  expect(JSON.parse(text(message))).toEqual(message);
});

test('what several are sent is made once', () => {
  const message = { event: 'log', text: 'x' };
  expect(encodeMessage(message)).toBe(encodeMessage(message));
  expect(text({ kind: 'message', stream: 0, message })).toBe(
    '{"kind":"message","stream":0,"message":{"event":"log","text":"x"}}',
  );
});
