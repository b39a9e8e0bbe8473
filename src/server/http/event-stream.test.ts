import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { eventStreamResponse } from './event-stream.ts';

interface Item {
  readonly id?: string;
  readonly message: unknown;
}

const textOf = (items: AsyncIterable<Item>, onError: (error: unknown) => void = () => undefined): Promise<string> =>
  eventStreamResponse(items, { onClose: () => undefined, onError }).text();

test('messages with and without an id', async () => {
  async function* items(): AsyncGenerator<Item> {
    yield { message: { text: 'a\nb' } };
    yield { id: '1.2', message: 1 };
  }
  expect(await textOf(items())).toBe(': pikoci\n\ndata: {"text":"a\\nb"}\n\nid: 1.2\ndata: 1\n\n');
});

test('a failure ends the stream and is reported; its text does not go out', async () => {
  async function* items(): AsyncGenerator<Item> {
    yield { message: 1 };
    throw new Error('the inner workings');
  }
  const errors: unknown[] = [];
  const text = await textOf(items(), (error) => errors.push(error));
  expect(text).toContain('data: 1');
  expect(text).toContain('server.bug');
  expect(text).not.toContain('inner workings');
  expect(errors).toHaveLength(1);
});

test('nothing is made for a reader that does not read, and one that is gone is noticed', async () => {
  let made = 0;
  const closed = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  async function* items(): AsyncGenerator<Item> {
    try {
      for (;;) {
        made += 1;
        yield { message: 'x'.repeat(64 * 1024) };
      }
    } finally {
      over.resolve();
    }
  }
  await using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => eventStreamResponse(items(), { onClose: closed.resolve, onError: () => undefined }),
  });
  const socket = connect(server.port ?? 0, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  // Until the buffers on the way are full, and it stands still.
  for (let before = -1; made === 0 || made !== before; ) {
    before = made;
    await Bun.sleep(100);
  }
  expect(made * 64 * 1024).toBeLessThan(32 * 1024 * 1024);
  socket.destroy();
  await closed.promise;
  await over.promise;
});

test('sent away, a reader is told to come back at once, and the stream ends after a whole message', async () => {
  const [closed, returned] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* items(): AsyncGenerator<Item> {
    try {
      yield { id: '1', message: 'one' };
      await closed.promise;
    } finally {
      returned.resolve();
    }
  }
  const leave = new AbortController();
  const options = { onClose: () => closed.resolve(), onError: () => undefined, leave: leave.signal };
  const reader = eventStreamResponse(items(), options).body!.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  expect([await read(), await read()]).toEqual([': pikoci\n\n', 'id: 1\ndata: "one"\n\n']);
  leave.abort();
  expect(await read()).toBe('retry: 100\n\n');
  expect((await reader.read()).done).toBe(true);
  await returned.promise;
});
