import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { findFreePort } from './free-port.ts';

test('can be listened on', async () => {
  const port = await findFreePort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  expect(port).toBeGreaterThan(1023);
  server.close();
});

test('a host that is not ours is named', async () => {
  await expect(findFreePort('192.0.2.1')).rejects.toMatchObject({
    code: 'network.no_port',
    message: expect.stringContaining('192.0.2.1'),
  });
});
