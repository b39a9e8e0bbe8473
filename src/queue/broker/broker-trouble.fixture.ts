/** What every broker has to be survived with: killed, silent, cut off, and with others' messages in our mailboxes. Its own test file brings what only it has. */
import { describe, expect, test } from 'bun:test';
import { freePort } from '../../../test/servers/free-port.ts';
import { askUntilAnswered, bytes, Collected, failureCode, patternBytes, reached, text } from '../contract/observe.ts';
import type { QueueState } from '../queue.ts';
import { MAX_MESSAGE_BYTES } from '../queue-errors.ts';
import type { Broker } from './broker.ts';
import { createBrokerWorld } from './broker-world.fixture.ts';

export interface TroubledBroker {
  readonly port: number;
  kill9(): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
}

export interface TroubleParts {
  /** As messages begin: `the RabbitMQ server`. */
  readonly title: string;
  /** The one that runs: made before, ended after all. */
  readonly server: () => TroubledBroker;
  readonly brokerAt: (port: number) => Broker;
  /** The largest rubbish that it carries, up to 100 MB. */
  readonly rubbishBytes: number;
  /** It refuses that to who sends it, and nobody has to hold it in memory. */
  readonly refusesRubbish?: boolean;
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, n) => `${from + n}`);

export function describeBrokerTrouble(parts: TroubleParts): void {
  const { title, server, brokerAt, rubbishBytes, refusesRubbish = false } = parts;
  const here = (): Broker => brokerAt(server().port);

  describe('in trouble', () => {
    test('one that is not there is said by name, once however often it is tried', async () => {
      await using world = createBrokerWorld();
      const port = await freePort();
      const worker = world.connectWorker(brokerAt(port));
      const states = new Collected<QueueState>();
      worker.onState((state) => states.add(state));
      expect(await failureCode(worker.request(bytes('?'), { timeoutMs: 500 }))).toBe('queue.unreachable');
      expect(states.items).toEqual([
        { kind: 'connecting' },
        {
          kind: 'connecting',
          error: `${title} at 127.0.0.1:${port} cannot be reached: connection refused (is it running, and is its address right?)`,
        },
      ]);
    });

    test('killed in the middle and started again: nothing is lost', async () => {
      await using world = createBrokerWorld();
      const { queue, states } = world.startServer(here());
      const stored = new Collected<string>();
      queue.ingest(async (body) => stored.add(text(body)));
      queue.serve(async (body) => body);
      const worker = world.connectWorker(here());
      await worker.emit(bytes('0'));
      const half = numbers(1, 50).map((n) => worker.emit(bytes(n)));
      await server().kill9();
      await reached(worker, 'connecting');
      const rest = numbers(51, 100).map((n) => worker.emit(bytes(n)));
      await server().start();
      await Promise.all([...half, ...rest]);
      expect([...new Set(stored.items)]).toEqual(numbers(0, 100));
      expect(text(await askUntilAnswered(worker, bytes('?')))).toBe('?');
      expect(states.items.filter((state) => state === 'connected')).toHaveLength(2);
      expect(states.items.find((state) => state !== 'connected')).toContain(title);
    }, 120_000);

    test('silent for a while, as a stopped process is: the worker hears nothing, says so, and goes on after it', async () => {
      await using world = createBrokerWorld();
      const { queue } = world.startServer(here());
      const stored = new Collected<string>();
      queue.ingest(async (body) => stored.add(text(body)));
      const worker = world.connectWorker(here());
      await worker.emit(bytes('0'));
      server().pause();
      try {
        const state = await reached(worker, 'connecting');
        expect('error' in state ? state.error : '').toContain('nothing heard for');
      } finally {
        server().resume();
      }
      await Promise.all(numbers(1, 50).map((n) => worker.emit(bytes(n))));
      expect([...new Set(stored.items)]).toEqual(numbers(0, 50));
    });

    test('the largest messages of several workers at once, at a server that is slow to store them', async () => {
      await using world = createBrokerWorld();
      const { queue, states } = world.startServer(here());
      const body = patternBytes(MAX_MESSAGE_BYTES);
      const same: boolean[] = [];
      queue.ingest(async (arrived) => {
        await new Promise((turn) => setTimeout(turn, 20));
        same.push(Buffer.compare(arrived, body) === 0);
      });
      const workers = ['a', 'b', 'c'].map((name) => world.connectWorker(here(), name));
      await Promise.all(workers.flatMap((worker) => [worker.emit(body), worker.emit(body)]));
      expect(same).toEqual(Array.from({ length: 6 }, () => true));
      expect(states.items).toEqual(['connected']);
    });

    test("others' messages in our mailboxes, however large, are not believed, and everything else goes on", async () => {
      await using world = createBrokerWorld();
      const held = new Set<string>();
      const { queue, foreign, states } = world.startServer(noting(here(), held));
      queue.serve(async (body) => body);
      const worker = world.connectWorker(here());
      expect(text(await askUntilAnswered(worker, bytes('?')))).toBe('?');
      const refused = Promise.withResolvers<string | undefined>();
      const stranger = await here().connect({
        lost: () => undefined,
        undelivered: (_, why) => refused.resolve(why),
      });
      expect(held.size).toBe(3);
      for (const mailbox of held) for (const rubbish of ['', '{"hello": 1}']) stranger.send(mailbox, bytes(rubbish));
      await foreign.untilLength(6);
      const own = [...held].find((mailbox) => /\.s\.[0-9a-f]{32}$/.test(mailbox));
      stranger.send(own ?? '', new Uint8Array(rubbishBytes).fill(1));
      // Either it arrives, or the broker refuses it, or drops whoever should have read it.
      const arrived = Promise.race([foreign.untilLength(7), states.until((items) => items.length >= 3)]);
      if (refusesRubbish) expect(await refused.promise).toContain('the mailbox is full there');
      else await arrived;
      await stranger.close();
      expect(text(await askUntilAnswered(worker, bytes('still?')))).toBe('still?');
      expect(text(await askUntilAnswered(world.connectWorker(here(), 'two'), bytes('new?')))).toBe('new?');
    });
  });
}

/** The same broker; which mailboxes are held there is kept in `held`. */
function noting(broker: Broker, held: Set<string>): Broker {
  return {
    async connect(events) {
      const connection = await broker.connect(events);
      return {
        maxBytes: connection.maxBytes,
        hold: (mailbox, kind, take) => {
          held.add(mailbox);
          return connection.hold(mailbox, kind, take);
        },
        send: (mailbox, message) => connection.send(mailbox, message),
        close: () => connection.close(),
        terminate: () => connection.terminate(),
      };
    },
  };
}
