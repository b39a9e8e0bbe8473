import { expect, test } from 'bun:test';
import { readRabbitAddress } from '../rabbitmq/rabbitmq-address.ts';
import { readRedisAddress } from '../redis/redis-address.ts';
import { hostText } from './broker-address.ts';

const GUEST = { user: 'guest', password: 'guest', vhost: '/', tls: false };

test.each([
  ['amqp://queue:5673', { ...GUEST, hosts: [{ host: 'queue', port: 5673 }] }],
  ['queue', { ...GUEST, hosts: [{ host: 'queue', port: 5672 }] }],
  ['amqp://queue/', { ...GUEST, hosts: [{ host: 'queue', port: 5672 }] }],
  ['amqp://queue/%2F', { ...GUEST, hosts: [{ host: 'queue', port: 5672 }] }],
  ['amqp://queue/a%2Fb', { ...GUEST, vhost: 'a/b', hosts: [{ host: 'queue', port: 5672 }] }],
  [
    'amqps://ci:p%40ss@queue/builds',
    { user: 'ci', password: 'p@ss', vhost: 'builds', tls: true, hosts: [{ host: 'queue', port: 5671 }] },
  ],
  [
    'amqp://a:1, amqp://ci:p@b:2/x',
    {
      ...{ user: 'ci', password: 'p', vhost: 'x', tls: false },
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    },
  ],
  ['amqp://[::1]', { ...GUEST, hosts: [{ host: '::1', port: 5672 }] }],
])('RabbitMQ: %s', (text, address) => {
  expect(readRabbitAddress(text)).toEqual(address);
});

test.each([
  ['redis://queue', { tls: false, hosts: [{ host: 'queue', port: 6379 }] }],
  ['queue:6380', { tls: false, hosts: [{ host: 'queue', port: 6380 }] }],
  ['rediss://:secret@queue/3', { password: 'secret', tls: true, hosts: [{ host: 'queue', port: 6379 }] }],
  ['redis://ci:p@queue', { user: 'ci', password: 'p', tls: false, hosts: [{ host: 'queue', port: 6379 }] }],
])('Redis: %s', (text, address) => {
  expect(readRedisAddress(text)).toEqual(address);
});

test.each(['', 'http://queue', 'amqp://', 'amqp://secret@:::', 'amqp://secret:%zz@queue', 'amqp://secret@queue?x=y'])(
  '%p is no address, and is not repeated',
  (text) => {
    let message = '';
    try {
      readRabbitAddress(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('the address of the RabbitMQ server cannot be read');
    expect(message).not.toContain('secret');
  },
);

test('a host is written as it is in a URL', () => {
  expect(hostText({ host: 'queue', port: 1 })).toBe('queue:1');
  expect(hostText({ host: '::1', port: 1 })).toBe('[::1]:1');
});
