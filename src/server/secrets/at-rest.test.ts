import { expect, test } from 'bun:test';
import { createAtRest } from './at-rest.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

test('what was encrypted comes back, and two times the same looks different', () => {
  const atRest = createAtRest(key(1));
  const value = { password: 'hunter2', list: [1, null] };
  const [one, two] = [atRest.encrypt(value, 'main/p'), atRest.encrypt(value, 'main/p')];
  expect(one).not.toBe(two);
  expect(Buffer.from(one, 'base64').toString('latin1')).not.toContain('hunter2');
  expect(atRest.decrypt(one, 'main/p')).toEqual(value);
});

test.each([
  ['another key', (text: string) => createAtRest(key(2)).decrypt(text, 'main/p')],
  ['another pipeline', (text: string) => createAtRest(key(1)).decrypt(text, 'main/q')],
  ['damage', (text: string) => createAtRest(key(1)).decrypt(`${text.slice(0, -8)}AAAAAAA=`, 'main/p')],
  ['no such text', () => createAtRest(key(1)).decrypt('', 'main/p')],
])('it does not open with %s', (_name, open) => {
  const text = createAtRest(key(1)).encrypt('x', 'main/p');
  expect(() => open(text)).toThrow(/cannot be decrypted/);
});
