import { expect, test } from 'bun:test';
import { generateSealKey, open, seal } from './seal.ts';

test('what is sealed to a key is read with it', () => {
  const key = generateSealKey();
  const value = { password: 'geheim', list: [1, 'ü', null], empty: {} };
  expect(Buffer.from(key.publicKey, 'base64')).toHaveLength(32);
  expect(open(key, seal(key.publicKey, value))).toEqual(value);
});

test('nothing of the value shows, and the same value never looks the same', () => {
  const key = generateSealKey();
  const [first, second] = [seal(key.publicKey, 'hunter2hunter2'), seal(key.publicKey, 'hunter2hunter2')];
  expect(first).not.toBe(second);
  expect(Buffer.from(first, 'base64').includes('hunter2')).toBe(false);
});

test('another key, a damaged byte, a cut end and rubbish are refused', () => {
  const key = generateSealKey();
  const sealed = seal(key.publicKey, 'value');
  const damaged = Buffer.from(sealed, 'base64');
  damaged.writeUInt8(damaged.readUInt8(50) ^ 1, 50);
  const refusal = expect.objectContaining({ code: 'seal.not_for_us' });
  for (const [who, text] of [
    [generateSealKey(), sealed],
    [key, damaged.toString('base64')],
    [key, sealed.slice(0, -8)],
    [key, ''],
    [key, 'rubbish'],
  ] as const) {
    expect(() => open(who, text)).toThrow(refusal);
  }
});

test('a key that is none is refused before anything is sealed', () => {
  expect(() => seal('abc', 'value')).toThrow(expect.objectContaining({ code: 'seal.bad_key' }));
});
