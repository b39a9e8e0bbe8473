import { expect, test } from 'bun:test';
import { readFlags } from './flags.ts';
import { natsFlags, openNats } from './nats-flags.ts';

const open = (environment: Readonly<Record<string, string>>) =>
  openNats(readFlags(natsFlags, { options: {}, environment }), 'test');

test('NATS_SERVER_URL says where NATS is, as PIKOCI_NATS_SERVER_URL does', async () => {
  for (const name of ['NATS_SERVER_URL', 'PIKOCI_NATS_SERVER_URL']) {
    expect(await open({ [name]: 'nats://127.0.0.1:4222' })).toHaveProperty('connect');
  }
});

test.each([
  [{}, 'usage.missing', 'needs to know where NATS is'],
  [{ NATS_SERVER_URL: 'http://user:hunter2@x' }, 'usage.bad_value', 'cannot be read'],
  [{ NATS_SERVER_URL: 'x', PIKOCI_NATS_TLS_KEY: '/etc/hostname' }, 'usage.missing', 'belong together'],
  [{ NATS_SERVER_URL: 'x', PIKOCI_NATS_CREDENTIALS: '/none.creds' }, 'file.not_found', '/none.creds'],
])('%p is a mistake that is said before anything starts', async (environment, code, message) => {
  const error: unknown = await open(environment as Record<string, string>).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(String(error)).not.toContain('hunter2');
});
