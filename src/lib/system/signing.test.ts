import { expect, test } from 'bun:test';
import { generateSigningKey, isSignedBy, signingKeyFrom, signMessage } from './signing.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a signature holds for its key, its purpose and its message, and for nothing else', () => {
  const key = generateSigningKey();
  const signature = signMessage(key, 'test', bytes('hello'));
  expect(isSignedBy(key.publicKey, 'test', bytes('hello'), signature)).toBe(true);
  expect(isSignedBy(key.publicKey, 'other', bytes('hello'), signature)).toBe(false);
  expect(isSignedBy(key.publicKey, 'test', bytes('hallo'), signature)).toBe(false);
  expect(isSignedBy(generateSigningKey().publicKey, 'test', bytes('hello'), signature)).toBe(false);
});

test.each(['', 'AAAA', Buffer.alloc(32).toString('base64'), Buffer.alloc(32, 255).toString('base64')])(
  'nothing is signed by the key %p',
  (publicKey) => {
    const signature = signMessage(generateSigningKey(), 'test', bytes('hello'));
    expect(isSignedBy(publicKey, 'test', bytes('hello'), signature)).toBe(false);
  },
);

test('a key follows from its seed (RFC 8032, 7.1, test 1)', () => {
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
  const publicKey = Buffer.from(signingKeyFrom(seed).publicKey, 'base64').toString('hex');
  expect(publicKey).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
});
