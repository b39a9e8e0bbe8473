import { expect, test } from 'bun:test';
import { mailboxPrefix, newServerMailbox, newWorkerMailbox } from '../broker/mailboxes.ts';
import { PARTITIONS, partitionOf, placeOf, topicName } from './kafka-topics.ts';

const prefix = mailboxPrefix('c2VydmVycw==');
const installation = prefix.slice(0, -1);

test('what goes to servers and what goes to workers lies in two topics, with the mailbox as key', () => {
  expect(placeOf(`${prefix}accept`)).toEqual({ prefix: installation, kind: 'servers', key: 'accept', slot: 0 });
  expect(placeOf(`${prefix}servers`)).toEqual({ prefix: installation, kind: 'servers', key: 'servers', slot: 1 });
  const worker = newWorkerMailbox();
  expect(placeOf(prefix + worker)).toMatchObject({ prefix: installation, kind: 'workers', key: worker });
  const server = newServerMailbox();
  expect(placeOf(prefix + server)).toMatchObject({ prefix: installation, kind: 'servers', key: server });
  expect(topicName(installation, 'workers')).toMatch(/^pikoci\.[0-9a-f]{16}\.workers$/);
});

test('mailboxes of one kind spread over all partitions, and those of servers keep clear of what all servers read', () => {
  const partitions = (name: () => string): number[] => {
    const all = Array.from({ length: 300 }, () => partitionOf(placeOf(prefix + name()), 6));
    return [...new Set(all)].sort();
  };
  expect(partitions(newWorkerMailbox)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(partitions(newServerMailbox)).toEqual([2, 3, 4, 5]);
});

test('partitions that are added move no mailbox, and fewer than ours are enough', () => {
  for (const name of [newWorkerMailbox(), newServerMailbox(), 'accept', 'servers']) {
    const place = placeOf(prefix + name);
    expect(partitionOf(place, 50)).toBe(partitionOf(place, PARTITIONS[place.kind]));
    expect(partitionOf(place, 1)).toBe(0);
  }
});
