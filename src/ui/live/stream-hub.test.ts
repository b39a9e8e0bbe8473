/** Pages, the worker they share and a client in each, against a server that says what it is told. */
import { expect, test } from 'bun:test';
import { createClient } from '../../client/client.ts';
import { parseStreamList, type StreamRequest, type StreamsMessage } from '../../protocol/streams.ts';
import { createPageStreams } from './page-streams.ts';
import { createStreamHub } from './stream-hub.ts';

interface Connection {
  readonly asked: StreamRequest[];
  readonly signal: AbortSignal;
  say(message: StreamsMessage): void;
  /** The connection is gone. */
  cut(): void;
}

interface Waiting {
  readonly take: (connection: Connection) => void;
}

function world(refusal?: () => Response | undefined) {
  const encoder = new TextEncoder();
  const waiting: Waiting[] = [];
  const made: Connection[] = [];
  const hub = createStreamHub({
    soon: (action) => queueMicrotask(action),
    async fetch(path, signal) {
      const refused = refusal?.();
      if (refused !== undefined) return refused;
      let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
      const body = new ReadableStream<Uint8Array>({
        start(own) {
          controller = own;
        },
      });
      signal.addEventListener('abort', () => controller?.error(signal.reason));
      const connection: Connection = {
        asked: parseStreamList(new URL(path, 'http://ci').searchParams.get('of') ?? ''),
        signal,
        say: (message) => controller?.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\n\n`)),
        cut: () => controller?.error(new TypeError('gone')),
      };
      const next = waiting.shift();
      if (next === undefined) made.push(connection);
      else next.take(connection);
      return new Response(body);
    },
  });
  return {
    hub,
    /** The next connection that is made, in order. */
    connection(): Promise<Connection> {
      const first = made.shift();
      return first === undefined ? new Promise((take) => waiting.push({ take })) : Promise.resolve(first);
    },
    page() {
      const take = hub.connect((message) => streams.take(message));
      const streams = createPageStreams(take);
      return { streams, client: createClient({ baseUrl: 'http://ci', token: 't', fetch: streams.fetch }) };
    },
  };
}

const feedItem = (stream: number, id: string, job: string): StreamsMessage => ({
  kind: 'message',
  stream,
  id,
  message: { event: 'changed', topic: 'job', job },
});

/** Collects what a stream says, and the words of its connection. */
function follow(stream: AsyncIterable<{ message: unknown }>) {
  const seen: unknown[] = [];
  const watchers = new Set<() => void>();
  const over = (async () => {
    for await (const { message } of stream) {
      seen.push(message);
      for (const watcher of watchers) watcher();
    }
  })();
  over.catch(() => undefined);
  return {
    seen,
    over,
    count: (wanted: number) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (seen.length >= wanted) resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

test('two pages share one connection, and one that joins later costs nobody a message', async () => {
  const { connection, page } = world();
  const one = follow(page().client.stream('feed', {}));
  const first = await connection();
  expect(first.asked).toEqual([{ path: 'feed', after: undefined }]);
  first.say({ kind: 'open', stream: 0 });
  first.say(feedItem(0, '7', 'a'));
  await one.count(1);

  const two = follow(page().client.stream('watchBuild', { params: { build: 'b1' } }, { after: '1.4' }));
  const second = await connection();
  expect(first.signal.aborted).toBe(true);
  expect(second.asked).toEqual([
    { path: 'feed', after: '7' },
    { path: 'builds/b1/events', after: '1.4' },
  ]);
  second.say({ kind: 'open', stream: 0 });
  second.say({ kind: 'open', stream: 1 });
  second.say(feedItem(0, '8', 'b'));
  second.say({ kind: 'message', stream: 1, message: { event: 'end' } });
  second.say({ kind: 'end', stream: 1 });
  await one.count(2);
  await two.over;
  expect(one.seen).toMatchObject([{ job: 'a' }, { job: 'b' }]);
  expect(two.seen).toEqual([{ event: 'end' }]);
});

test('pages that come together make one connection; the last that leaves ends it', async () => {
  const { connection, page } = world();
  const stops = Array.from({ length: 12 }, () => new AbortController());
  const readers = stops.map(({ signal }) => follow(page().client.stream('feed', {}, { signal })));
  const first = await connection();
  // The first page's stream is on its way when the others come.
  const all = first.asked.length === 12 ? first : await connection();
  expect(all.asked).toHaveLength(12);
  for (let stream = 0; stream < 12; stream += 1) {
    all.say({ kind: 'open', stream });
    all.say(feedItem(stream, '1', 'x'));
  }
  await Promise.all(readers.map((reader) => reader.count(1)));
  const aborted = new Promise((resolve) => all.signal.addEventListener('abort', resolve));
  for (const stop of stops) stop.abort();
  await aborted;
  await Promise.all(readers.map(({ over }) => over));
});

test('when the connection breaks, each page goes on behind what it had', async () => {
  const { connection, page } = world();
  const states: string[] = [];
  const one = follow(page().client.stream('feed', {}, { onState: (state) => states.push(state) }));
  const first = await connection();
  first.say({ kind: 'open', stream: 0 });
  first.say(feedItem(0, '7', 'a'));
  await one.count(1);
  first.cut();
  const second = await connection();
  expect(second.asked).toEqual([{ path: 'feed', after: '7' }]);
  second.say({ kind: 'open', stream: 0 });
  second.say(feedItem(0, '8', 'b'));
  await one.count(2);
  expect(states).toEqual(['connected', 'reconnecting', 'connected']);
});

const NOBODY = { type: 'x', title: 'Who are you?', status: 401, code: 'auth.required' };
const NO_BUILD = { type: 'x', title: 'There is no such thing', status: 404, code: 'api.not_found' };

test('one stream that is refused says why, and leaves the others alone', async () => {
  const { connection, page } = world();
  const { client } = page();
  const fine = follow(client.stream('feed', {}));
  const refused = follow(client.stream('watchBuild', { params: { build: 'b1' } }));
  let last = await connection();
  if (last.asked.length < 2) last = await connection();
  last.say({ kind: 'open', stream: 0 });
  last.say({ kind: 'problem', stream: 1, problem: NO_BUILD });
  last.say(feedItem(0, '1', 'x'));
  await expect(refused.over).rejects.toMatchObject({ status: 404, code: 'api.not_found' });
  await fine.count(1);
});

test('a browser that is signed out hears so on every page', async () => {
  const { page } = world(() => Response.json(NOBODY, { status: 401 }));
  const readers = [page(), page()].map(({ client }) => follow(client.stream('feed', {})));
  for (const { over } of readers) await expect(over).rejects.toMatchObject({ status: 401, code: 'auth.required' });
});

test('a page that crashed is let go of; one that was only silent comes back', async () => {
  const { hub, connection, page } = world();
  const silent = page();
  const reader = follow(silent.client.stream('feed', {}));
  const first = await connection();
  first.say({ kind: 'open', stream: 0 });
  first.say(feedItem(0, '3', 'a'));
  await reader.count(1);
  hub.sweep();
  expect(first.signal.aborted).toBe(false);
  hub.sweep();
  const second = await connection();
  expect(first.signal.aborted).toBe(true);
  expect(second.asked).toEqual([{ path: 'feed', after: '3' }]);
});

test('beyond what a connection carries the newest have it, and the others their turn', async () => {
  const { connection, page } = world();
  const stops = Array.from({ length: 101 }, () => new AbortController());
  const { client } = page();
  for (const [i, { signal }] of stops.entries()) {
    follow(client.stream('watchBuild', { params: { build: `b${i}` } }, { signal }));
  }
  const pathsOf = ({ asked }: Connection): string[] => asked.map(({ path }) => path);
  let last = await connection();
  while (!pathsOf(last).includes('builds/b100/events')) last = await connection();
  expect(last.asked).toHaveLength(100);
  expect(pathsOf(last)).not.toContain('builds/b0/events');
  stops[50]?.abort();
  last = await connection();
  expect(pathsOf(last)).toContain('builds/b0/events');
});
