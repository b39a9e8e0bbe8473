import { expect, test } from 'bun:test';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createTempDir } from '../../lib/system/temp-dir.ts';
import { doctorFlags } from '../doctor-flags.ts';
import { readFlags } from '../flags.ts';
import { lookAtBroker, lookAtClock, lookAtDatabase, lookAtPort } from './connections.ts';
import { lookAt } from './finding.ts';
import { lookAtDataDirectory } from './machine.ts';
import { lookAtPrograms } from './programs.ts';
import { lookAtServer, lookAtWebhookAddress } from './servers.ts';

function temporary(): { readonly path: string } & Disposable {
  const { path, remove } = createTempDir();
  return { path, [Symbol.dispose]: remove };
}

const NOBODY = '127.0.0.1:1';
const settings = (options: Readonly<Record<string, unknown>>) => readFlags(doctorFlags, { options, environment: {} });

test('a data directory that does not exist yet, and one that cannot', async () => {
  using dir = temporary();
  expect(await lookAtDataDirectory(join(dir.path, 'a/b'))).toMatchObject({ outcome: 'good' });
  writeFileSync(join(dir.path, 'file'), '');
  expect(await lookAtDataDirectory(join(dir.path, 'file/data'))).toMatchObject({ outcome: 'problem' });
});

test('a port that is free, taken, and taken by a server of ours', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  expect(await lookAtPort('127.0.0.1', port, [])).toMatchObject({
    outcome: 'problem',
    hint: expect.stringContaining('--port'),
  });
  expect((await lookAtPort('127.0.0.1', port, [`http://127.0.0.1:${port}`])).outcome).toBe('note');
  await new Promise((done) => server.close(done));
  expect((await lookAtPort('127.0.0.1', port, [])).outcome).toBe('good');
  expect((await lookAtPort('192.0.2.1', 0, [])).outcome).toBe('good');
  expect(await lookAtPort('192.0.2.1', port, [])).toMatchObject({
    outcome: 'problem',
    hint: 'is --host an address of this machine?',
  });
});

test('nothing is made where SQLite would be, and a file that is none is told', async () => {
  using dir = temporary();
  expect((await lookAtDatabase(settings({}), dir.path)).text).toEndWith('which the first start makes');
  expect(readdirSync(dir.path)).not.toContain('pikoci.db');
  writeFileSync(join(dir.path, 'pikoci.db'), 'not a database at all, but long enough to be looked at'.repeat(20));
  expect(await lookAt('database', () => lookAtDatabase(settings({}), dir.path))).toMatchObject({
    about: 'database',
    outcome: 'problem',
  });
});

test('a database and a broker that are not there', async () => {
  const [host, port] = NOBODY.split(':');
  const database = settings({ dbSystem: 'postgresql', dbHost: host, dbPort: port });
  expect(await lookAt('database', () => lookAtDatabase(database, '/nowhere'))).toMatchObject({
    outcome: 'problem',
    text: expect.stringContaining(NOBODY),
  });
  const broker = settings({ pubsubSystem: 'nats', natsServerUrl: `nats://${NOBODY}` });
  expect(await lookAt('queue', () => lookAtBroker({ ...broker, pubsubSystem: 'nats' }))).toMatchObject({
    outcome: 'problem',
    text: expect.stringContaining(NOBODY),
  });
});

test('programs: one that is missing, one that works, one whose daemon does not answer', async () => {
  using dir = temporary();
  const bin = join(dir.path, 'bin');
  mkdirSync(bin);
  for (const [name, script] of [
    ['git', 'echo git version 2.99.1'],
    ['docker', 'echo some words >&2; echo cannot connect >&2; exit 1'],
  ] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const looks = lookAtPrograms({ PATH: bin });
  const found = Object.fromEntries(await Promise.all(looks.map(async ([name, look]) => [name, await look()] as const)));
  expect(found.git).toMatchObject({ outcome: 'good', text: '2.99.1' });
  expect(found.docker).toMatchObject({
    outcome: 'note',
    text: expect.stringContaining('cannot connect'),
    hint: expect.stringContaining('daemon'),
  });
  expect(found.podman?.text).toStartWith('not installed');
});

test('a server, and what is none', async () => {
  using pikoci = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => Response.json({ status: 'ready' }) });
  using other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hello') });
  const reason = 'database: no answer';
  using unready = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => Response.json({ status: 'not ready', reason }, { status: 503 }),
  });
  expect((await lookAtServer(String(pikoci.url))).outcome).toBe('good');
  expect((await lookAtServer(String(other.url))).text).toContain('not as pikoci does');
  expect((await lookAtServer(String(unready.url))).text).toEndWith(`is not ready: ${reason}`);
  expect((await lookAtServer(`http://${NOBODY}`)).outcome).toBe('problem');
});

test('a clock that is right, late, early', async () => {
  using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('') });
  const url = String(server.url);
  expect((await lookAtClock(url, Date.now)).outcome).toBe('good');
  expect((await lookAtClock(url, () => Date.now() - 3_600_000)).text).toMatch(/^3[56]\d\d s behind that of/);
  expect((await lookAtClock(url, () => Date.now() + 3_600_000)).text).toMatch(/^3[56]\d\d s ahead of that of/);
  expect((await lookAtClock(undefined, Date.now)).outcome).toBe('note');
});

test.each([
  [undefined, 'note'],
  ['http://localhost:8080', 'note'],
  ['http://ci.example.com', 'note'],
  ['https://ci.example.com', 'good'],
  ['ci.example.com', 'problem'],
] as const)('webhooks at %p', (url, outcome) => {
  expect(lookAtWebhookAddress(url).outcome).toBe(outcome);
});
