import { expect, test } from 'bun:test';
import { readNatsAddress } from './nats-address.ts';

test.each([
  ['nats://queue:4223', { servers: ['queue:4223'], tls: false }],
  ['queue', { servers: ['queue:4222'], tls: false }],
  ['tls://ci:p%40ss@queue', { servers: ['queue:4222'], user: 'ci', password: 'p@ss', tls: true }],
  ['nats://token@queue', { servers: ['queue:4222'], token: 'token', tls: false }],
  ['nats://a:1, nats://ci:p@b:2', { servers: ['a:1', 'b:2'], user: 'ci', password: 'p', tls: false }],
  ['nats://[::1]:4222', { servers: ['[::1]:4222'], tls: false }],
])('%s', (text, address) => {
  expect(readNatsAddress(text)).toEqual(address);
});

test.each(['', 'http://queue', 'nats://', 'nats://secret@:::'])('%p is no address, and is not repeated', (text) => {
  let message = '';
  try {
    readNatsAddress(text);
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain('the address of the NATS server cannot be read');
  expect(message).not.toContain('secret');
});
