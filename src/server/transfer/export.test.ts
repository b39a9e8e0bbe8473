import { expect, test } from 'bun:test';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackLines } from '../../lib/system/packed-lines.ts';
import { checkExport } from '../../protocol/check-export.ts';
import { type ExportPart, readExport } from '../../protocol/export-file.ts';
import { digestOf, fillWorld } from '../../store/contract/full-world.ts';
import { TestClock, World } from '../../store/contract/world.ts';
import { apiOf } from '../api-calls.fixture.ts';
import { asRole } from '../pipelines/revisions.fixture.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';
import { writeExport } from './write-export.ts';

const PASSPHRASE = 'correct horse battery staple';

/** With the blobs of its artifacts in their place. */
async function fullServer(): Promise<TestServer> {
  const server = await startTestServer({});
  const clock = new TestClock();
  const { blobs } = await fillWorld(new World(server.store, clock));
  for (const [digest, text] of blobs) {
    const path = join(server.directory, text);
    writeFileSync(path, text);
    await server.blobs.put(digest, { path, size: text.length });
  }
  return server;
}

async function received(server: TestServer, body: object = {}): Promise<string> {
  const response = await apiOf(server).send('POST', '/export', body);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/gzip']);
  const path = join(server.directory, 'received');
  writeFileSync(path, new Uint8Array(await response.arrayBuffer()));
  return path;
}

const partsOf = async (path: string): Promise<ExportPart[]> => Array.fromAsync(readExport(unpackLines(path)));

test('an administrator gets everything, while the server works', async () => {
  await using server = await fullServer();
  const path = await received(server, { passphrase: PASSPHRASE });
  const summary = await checkExport(readExport(unpackLines(path)));
  expect(summary).toMatchObject({
    header: { format: 1, schema: server.store.schema, version: '0.0.0', secrets: { held: true } },
    pipelines: 3,
    counts: { blobs: 2, missingBlobs: 0 },
  });
  const parts = await partsOf(path);
  const at = parts.findIndex((part) => part.kind === 'blob' && part.digest === digestOf('archive'));
  expect(parts.slice(at + 1, at + 3)).toEqual([
    { kind: 'piece', bytes: Buffer.from('archive') },
    { kind: 'blobEnd', whole: true },
  ]);
  const text = (await Array.fromAsync(unpackLines(path))).join('\n');
  // What is encrypted stays so, and the keys are sealed.
  expect(text).toContain('sealed variables');
  for (const key of [1, 2]) expect(text).not.toContain(String.fromCharCode(key).repeat(8));
  // Nothing is left lying about.
  expect(readdirSync(server.directory).filter((name) => name.startsWith('look-'))).toEqual([]);
});

test('nobody else does, and not two at a time', async () => {
  await using server = await fullServer();
  const stranger = apiOf(server, {});
  expect((await stranger.send('POST', '/export', {})).status).toBe(401);
  expect(await apiOf(server).ask('POST', '/export', { passphrase: 'short' })).toMatchObject({
    status: 400,
    body: { code: 'passphrase.too_short' },
  });
  const first = await apiOf(server).send('POST', '/export', {});
  expect(await apiOf(server).ask('POST', '/export', {})).toMatchObject({
    status: 409,
    body: { code: 'export.running' },
  });
  // Who goes away before he has read anything ends it.
  await first.body?.cancel();
  await received(server);
});

test('an administrator of one team alone does not get what is of others', async () => {
  await using server = await fullServer();
  const ada = await asRole(server, 'admin');
  expect(await ada.ask('POST', '/export', {})).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
});

test('an artifact whose file is gone or damaged is left out, and counted', async () => {
  await using server = await fullServer();
  const digest = digestOf('archive');
  await server.blobs.delete(digest);
  const gone = await checkExport(readExport(unpackLines(await received(server))));
  expect(gone.counts).toMatchObject({ blobs: 1, missingBlobs: 1 });
  const path = join(server.directory, 'blob');
  writeFileSync(path, 'another');
  await server.blobs.put(digest, { path, size: 7 });
  const damaged = await checkExport(readExport(unpackLines(await received(server))));
  expect(damaged.counts).toMatchObject({ blobs: 1, missingBlobs: 1 });
});

test('what breaks it off is its last line, and whoever reads it says so', async () => {
  await using server = await fullServer();
  let over = 0;
  const stream = await writeExport(
    {
      store: server.store,
      blobs: {
        stat: async () => ({ size: 7, putAt: 0 }),
        renew: async () => true,
        get: async () => {
          throw new Error('the disk is gone');
        },
      },
      clock: new TestClock(),
      version: '1',
      directory: server.directory,
      secretKey: new Uint8Array(32),
      jwtSecret: new Uint8Array(32),
    },
    {
      over: () => {
        over += 1;
      },
    },
  );
  const path = join(server.directory, 'broken');
  writeFileSync(path, new Uint8Array(await new Response(stream).arrayBuffer()));
  await expect(partsOf(path)).rejects.toMatchObject({
    code: 'export.failed',
    message: expect.stringMatching(/the disk is gone/),
  });
  expect(over).toBe(1);
});
