/** Whoever reads and writes the broker can keep messages from arriving, and nothing else. */
import { expect, test } from 'bun:test';
import type { Clock } from '../../lib/clock.ts';
import { askUntilAnswered, bytes, Collected, failureCode, reached, text } from '../contract/observe.ts';
import type { QueueState, WorkerQueue } from '../queue.ts';
import { judgeName, makeIdentity, QUICK, tokenFor } from './broker-harness.fixture.ts';
import { createBrokerServerQueue } from './broker-server-queue.ts';
import { createBrokerWorkerQueue } from './broker-worker-queue.ts';
import { LETTER } from './channel.ts';
import { hearHello, type JudgeToken } from './handshake.ts';
import { ACCEPT_MAILBOX, mailboxPrefix } from './mailboxes.ts';
import { createMemoryBroker, type MemoryBroker } from './memory-broker.fixture.ts';

const SOON = { timeoutMs: 10_000 };

async function startWorld(options: { readonly clock?: Clock; readonly judge?: JudgeToken } = {}) {
  const broker = createMemoryBroker();
  const identity = makeIdentity();
  const foreign = new Collected<string>();
  const stored = new Collected<string>();
  const asked = new Collected<string>();
  const closing: (() => Promise<void>)[] = [];

  const startServer = async (of = identity) => {
    const queue = createBrokerServerQueue({
      broker,
      identity: of,
      judge: judgeName,
      backOffMs: QUICK.backOffMs,
      onForeign: (why) => foreign.add(why),
      ...options,
    });
    queue.ingest(async (body) => stored.add(text(body)));
    queue.serve(async (body) => {
      asked.add(text(body));
      return body;
    });
    await queue.ready;
    closing.push(() => queue.close({ graceMs: 0 }));
    return queue;
  };
  const connectWorker = (credentials = tokenFor(identity, 'one')): WorkerQueue => {
    const onForeign = (why: string): void => foreign.add(`to the worker: ${why}`);
    const queue = createBrokerWorkerQueue({ ...QUICK, broker, credentials, worker: 'one', onForeign });
    closing.push(() => queue.close());
    return queue;
  };
  return {
    ...{ broker, identity, foreign, stored, asked, startServer, connectWorker },
    acceptAt: mailboxPrefix(identity.signing.publicKey) + ACCEPT_MAILBOX,
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
    },
  };
}

const kindOf = ({ message }: { readonly message: Uint8Array }): number | undefined => message[0];

test('nobody reads along: neither what is said nor the token', async () => {
  await using world = await startWorld();
  const server = await world.startServer();
  const credentials = tokenFor(world.identity, 'one');
  const worker = world.connectWorker(credentials);
  await worker.request(bytes('the question'), SOON);
  await worker.emit(bytes('the event'));
  const heard = new Promise<void>((resolve) => worker.listen(() => resolve()));
  await server.broadcast(bytes('the broadcast'));
  await heard;
  const all = Buffer.concat(world.broker.seen.map(({ message }) => message)).toString('latin1');
  for (const secret of ['the question', 'the event', 'the broadcast', 'one', credentials.seed, credentials.jwt]) {
    expect(all).not.toContain(secret);
  }
});

test('a message that comes twice is taken once', async () => {
  await using world = await startWorld();
  world.broker.way = (letter) => [letter, letter];
  await world.startServer();
  const worker = world.connectWorker();
  for (const n of ['1', '2', '3']) await worker.emit(bytes(n));
  await worker.request(bytes('?'), SOON);
  expect(world.stored.items).toEqual(['1', '2', '3']);
  expect(world.asked.items).toEqual(['?']);
  expect(world.foreign.items).toContain('a message of a worker that is repeated');
});

test('a whole conversation that is repeated later says nothing', async () => {
  await using world = await startWorld();
  await world.startServer();
  const worker = world.connectWorker();
  await worker.emit(bytes('1'));
  await worker.request(bytes('?'), SOON);
  await worker.close();
  const before = world.broker.seen.length;
  for (const letter of world.broker.seen.slice(0, before)) world.broker.put(letter);
  // Of the packets of a worker that left, nobody is the receiver; the hello is answered, and nobody is there who could go on.
  await world.foreign.untilLength(2);
  const next = world.connectWorker();
  await next.emit(bytes('2'));
  expect(world.stored.items).toEqual(['1', '2']);
  expect(world.asked.items).toEqual(['?']);
});

test('a message that was changed is not taken, and then something is missing: all is sent again', async () => {
  await using world = await startWorld();
  await world.startServer();
  const worker = world.connectWorker();
  await worker.emit(bytes('1'));
  let changed = 0;
  world.broker.way = (letter) => {
    if (letter.message[0] === LETTER.packet && letter.mailbox.includes('.s.') && changed === 0) {
      changed++;
      const message = letter.message.slice();
      message[message.length - 20]! ^= 1;
      return [{ ...letter, message }];
    }
    return [letter];
  };
  await Promise.all(['2', '3', '4'].map((n) => worker.emit(bytes(n))));
  expect(changed).toBe(1);
  expect(world.stored.items).toEqual(['1', '2', '3', '4']);
  expect(world.foreign.items).toContain('a message of a worker that is not written by the other end');
});

test('messages in another order, or lost, come in order all the same', async () => {
  await using world = await startWorld();
  await world.startServer();
  const worker = world.connectWorker();
  await worker.emit(bytes('0'));
  let held: Parameters<MemoryBroker['put']>[0] | undefined;
  let seen = 0;
  world.broker.way = (letter) => {
    if (letter.message[0] !== LETTER.packet) return [letter];
    seen++;
    if (seen % 17 === 5) return [];
    if (seen % 13 === 7 && !held) {
      held = letter;
      return [];
    }
    const late = held ? [held] : [];
    held = undefined;
    return [letter, ...late];
  };
  const numbers = Array.from({ length: 60 }, (_, n) => `${n + 1}`);
  const emitted = Promise.all(numbers.map((n) => worker.emit(bytes(n))));
  await world.stored.until((items) => new Set(items).size > 20);
  world.broker.way = (letter) => [letter];
  await emitted;
  expect([...new Set(world.stored.items)]).toEqual(['0', ...numbers]);
});

test('one who knows the token by sight, but not its seed, is nobody', async () => {
  await using world = await startWorld();
  await world.startServer();
  const stolen = { ...tokenFor(world.identity, 'one'), seed: tokenFor(world.identity, 'one').seed };
  const thief = world.connectWorker(stolen);
  expect(await failureCode(thief.request(bytes('?'), { timeoutMs: 300 }))).toBe('queue.unreachable');
  expect(world.foreign.items).toContain('a hello of somebody without a token of ours');
  expect(world.asked.items).toEqual([]);
});

test('servers of another secret on the same broker are strangers, and the worker says so', async () => {
  await using world = await startWorld();
  await world.startServer(makeIdentity());
  const worker = world.connectWorker();
  const states = new Collected<QueueState>();
  worker.onState((state) => states.add(state));
  await states.until((items) => items.some((state) => 'error' in state));
  expect(states.items.at(-1)).toMatchObject({ error: expect.stringContaining('no server that made the worker token') });
  expect(world.asked.items).toEqual([]);
});

test('a worker believes nobody who only says that he is a server', async () => {
  await using world = await startWorld();
  const impostor = makeIdentity();
  const connection = await world.broker.connect({ lost: () => undefined, undelivered: () => undefined });
  // He has all that the token tells of the servers, but not the key that they sign with: he speaks as himself.
  await connection.hold(world.acceptAt, 'shared', async (message) => {
    const heard = await hearHello(message, {
      identity: {
        signing: { ...impostor.signing, publicKey: world.identity.signing.publicKey },
        sealing: world.identity.sealing,
      },
      judge: judgeName,
      mailbox: `s.${'0'.repeat(32)}`,
    });
    if (heard) connection.send(mailboxPrefix(world.identity.signing.publicKey) + heard.mailbox, heard.welcome);
  });
  const worker = world.connectWorker();
  expect(await failureCode(worker.request(bytes('a secret'), { timeoutMs: 300 }))).toBe('queue.unreachable');
  expect(world.foreign.items).toContain('to the worker: a welcome that is not from our servers');
});

test('a refusal is believed by the one it was said to, and by nobody else', async () => {
  await using world = await startWorld();
  await world.startServer();
  const refused = world.connectWorker(tokenFor(world.identity, 'nobody'));
  expect(await failureCode(refused.request(bytes('?'), SOON))).toBe('queue.refused');
  const refusal = world.broker.seen.find((letter) => kindOf(letter) === LETTER.welcome);
  // From now on, the first that every worker hears is that refusal.
  world.broker.way = (letter) =>
    kindOf(letter) === LETTER.welcome ? [{ ...letter, message: refusal!.message }, letter] : [letter];
  const worker = world.connectWorker();
  expect(text(await worker.request(bytes('?'), SOON))).toBe('?');
  expect(world.foreign.items).toContain('to the worker: a welcome that is not from our servers');
});

test('rubbish in every mailbox is dropped, counted, and stops nobody', async () => {
  await using world = await startWorld();
  await world.startServer();
  const worker = world.connectWorker();
  await worker.emit(bytes('1'));
  const mailboxes = new Set(world.broker.seen.map(({ mailbox }) => mailbox)).add(world.acceptAt);
  mailboxes.add(world.acceptAt.replace(ACCEPT_MAILBOX, 'servers'));
  const rubbish = [new Uint8Array(0), bytes('hello'), new Uint8Array(100_000)];
  for (const kind of [LETTER.hello, LETTER.welcome, LETTER.packet, LETTER.broadcast]) {
    const letter = new Uint8Array(60).fill(7);
    letter[0] = kind;
    rubbish.push(letter);
  }
  for (const mailbox of mailboxes) for (const message of rubbish) world.broker.put({ mailbox, message });
  await world.foreign.untilLength(mailboxes.size * rubbish.length);
  await worker.emit(bytes('2'));
  expect(text(await worker.request(bytes('?'), SOON))).toBe('?');
  expect(world.stored.items).toEqual(['1', '2']);
});

test('a token that expires ends the connection', async () => {
  let now = 0;
  const judge: JudgeToken = async (jwt, worker) => {
    const judged = await judgeName(jwt, worker);
    return 'from' in judged ? { ...judged, from: { ...judged.from, expiresAt: 1_000 } } : judged;
  };
  await using world = await startWorld({ clock: { now: () => now }, judge });
  await world.startServer();
  const worker = world.connectWorker();
  await reached(worker, 'connected');
  now = 1_000;
  expect(await reached(worker, 'refused')).toEqual({ kind: 'refused', error: 'the worker token has expired' });
});

test('what one server broadcasts reaches the workers of all', async () => {
  await using world = await startWorld();
  const first = await world.startServer();
  await world.startServer();
  const workers = Array.from({ length: 4 }, () => world.connectWorker());
  const heard = new Collected<string>();
  for (const worker of workers) {
    worker.listen((body) => heard.add(text(body)));
    await askUntilAnswered(worker, bytes('?'));
  }
  await first.broadcast(bytes('wake'));
  await heard.untilLength(4);
  expect(heard.items).toEqual(['wake', 'wake', 'wake', 'wake']);
});
