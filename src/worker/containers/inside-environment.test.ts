import { expect, test } from 'bun:test';
import { serviceAsEnvironment } from '../engine/environment.ts';
import { insideEnvironment } from './inside-environment.ts';

const gateway = async ({ port }: { port: number }) => ({ host: '172.18.0.1', port });

async function inside(output: Record<string, string>, more: Record<string, string> = {}) {
  const environment = { ...serviceAsEnvironment('my-db', output), PATH: '/bin', ...more };
  const seen = await insideEnvironment(environment, new Map([['my-db', output]]), gateway);
  return Object.fromEntries(Object.entries(seen).map(([key, value]) => [key.replace('SERVICE_MY_DB_', ''), value]));
}

test('a service in a container is where its start says, in its address too', async () => {
  const told = {
    HOST: '127.0.0.1',
    PORT: '4012',
    URL: 'db://u:127.0.0.1@127.0.0.1:4012/x?not=127.0.0.1:40123',
    INSIDE_HOST: 'my-db',
    INSIDE_PORT: '5432',
  };
  expect(await inside(told)).toEqual({
    HOST: 'my-db',
    PORT: '5432',
    URL: 'db://u:127.0.0.1@my-db:5432/x?not=127.0.0.1:40123',
    PATH: '/bin',
  });
});

test("one on the worker's loopback is behind the gateway", async () => {
  expect(await inside({ host: 'localhost', port: '4012', url: 'http://localhost:4012' })).toEqual({
    HOST: '172.18.0.1',
    PORT: '4012',
    URL: 'http://172.18.0.1:4012',
    PATH: '/bin',
  });
});

test('one elsewhere, or without an address, stays as it is', async () => {
  expect(await inside({ HOST: 'db.example.com', PORT: '1' })).toMatchObject({ HOST: 'db.example.com', PORT: '1' });
  expect(await inside({ HOST: '127.0.0.1' })).toMatchObject({ HOST: '127.0.0.1' });
});

test('what a step says itself is not replaced', async () => {
  const more = { SERVICE_MY_DB_HOST: 'mine' };
  expect(await inside({ HOST: '127.0.0.1', PORT: '1' }, more)).toMatchObject({ HOST: 'mine', PORT: '1' });
});
