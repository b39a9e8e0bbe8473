import { expect, test } from 'bun:test';
import { hostText } from '../broker/broker-address.ts';
import { readKafkaBrokers } from './kafka-address.ts';

test.each([
  ['queue:9093', ['queue:9093'], false],
  ['queue', ['queue:9092'], false],
  ['a:1, b:2,', ['a:1', 'b:2'], false],
  ['kafka://queue:9092/', ['queue:9092'], false],
  ['kafkas://[::1]:9093', ['[::1]:9093'], true],
])('%s', (text, hosts, tls) => {
  const address = readKafkaBrokers(text);
  expect({ hosts: address.hosts.map(hostText), tls: address.tls }).toEqual({ hosts, tls });
});

test.each(['', ' , ', 'http://queue', 'ci:secret@queue:9092', 'queue:port', 'queue:9092/secret'])(
  '%p is no address, and is not repeated',
  (text) => {
    let message = '';
    try {
      readKafkaBrokers(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('the address of Kafka cannot be read');
    expect(message).not.toContain('secret');
  },
);
