import { expect, test } from 'bun:test';
import { bytes, text } from '../contract/observe.ts';
import { Competition } from './competition.ts';
import type { IncomingRecord } from './kafka-node.ts';

const NOW = 1_000_000;

/** A partition with what lies in it, and holders that came at some time. */
function partition() {
  const log: IncomingRecord[] = [];
  const readers: { competition: Competition; at: number }[] = [];
  const write = (key: string, value: Uint8Array, at = NOW): void => {
    log.push({ offset: BigInt(log.length), key, value, at });
  };
  return {
    say: (message: string, at = NOW) => write('accept', bytes(message), at),
    join() {
      const taken: string[] = [];
      const competition = new Competition({
        ...{ write, mailbox: 'accept', since: BigInt(log.length), now: () => NOW },
        take: (message) => taken.push(text(message)),
      });
      readers.push({ competition, at: 0 });
      return { taken, stop: () => competition.stop() };
    },
    /** Everybody reads to the end, in turn, what they write meanwhile too. */
    read() {
      while (readers.some(({ at }) => at < log.length)) {
        for (const reader of readers) {
          const record = log[reader.at];
          if (record === undefined) continue;
          reader.at++;
          reader.competition.receive(record);
        }
      }
    },
  };
}

test('one of those who hold a mailbox takes each message', () => {
  const { say, join, read } = partition();
  const [a, b] = [join(), join()];
  for (const message of ['1', '2', '3']) say(message);
  read();
  expect([...a.taken, ...b.taken].toSorted()).toEqual(['1', '2', '3']);
});

test('who comes later takes what was said lately and nobody took, and nothing twice', () => {
  const { say, join, read } = partition();
  const first = join();
  say('taken');
  read();
  first.stop();
  say('long ago', NOW - 11_000);
  say('lately', NOW - 9_000);
  const second = join();
  read();
  say('new');
  read();
  expect(first.taken).toEqual(['taken']);
  expect(second.taken).toEqual(['lately', 'new']);
});

test('a clock that is an hour off hides nothing that is new', () => {
  const { say, join, read } = partition();
  const { taken } = join();
  say('new', NOW - 3_600_000);
  read();
  expect(taken).toEqual(['new']);
});

test('who stops takes what it had claimed, and no more', () => {
  const { say, join, read } = partition();
  const { taken, stop } = join();
  say('1');
  read();
  stop();
  say('2');
  read();
  expect(taken).toEqual(['1']);
});
