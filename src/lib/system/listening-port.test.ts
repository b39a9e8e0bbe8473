import { expect, test } from 'bun:test';
import { connectionsAt, steerConnections } from './listening-port.ts';

const serve = (name: string, port: number) =>
  Bun.serve({ hostname: '127.0.0.1', port, reusePort: true, fetch: () => new Response(name) });

/** Each over a connection of its own, which is where it is decided who answers. */
async function answers(port: number): Promise<string[]> {
  const all = Array.from({ length: 24 }, async () =>
    (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text(),
  );
  return [...new Set(await Promise.all(all))];
}

test('of two at one port, new connections go where they are steered, and to the other when one is gone', async () => {
  const earlier = serve('earlier', 0);
  const port = earlier.port ?? 0;
  steerConnections(port, 'earlier');
  const later = serve('later', port);
  expect(await answers(port)).toEqual(['earlier']);
  steerConnections(port, 'later');
  expect(await answers(port)).toEqual(['later']);
  await later.stop(true);
  expect(await answers(port)).toEqual(['earlier']);
  await earlier.stop(true);
});

test('connections are counted while they are open', async () => {
  const server = serve('one', 0);
  const port = server.port ?? 0;
  expect(connectionsAt(port)).toBe(0);
  const answer = Promise.withResolvers<void>();
  const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data: () => answer.resolve() } });
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await answer.promise;
  expect(connectionsAt(port)).toBe(1);
  socket.end();
  await server.stop(true);
});

test('a port that was not opened to be shared cannot be handed over', async () => {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('') });
  expect(() => steerConnections(server.port ?? 0, 'earlier')).toThrow('cannot be handed over');
  await server.stop(true);
});
