/** A worker's end of large things against the server's, over a unix socket, as the worker beside a server has it. */
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFsBlobs } from '../blobs/fs/fs-blobs.ts';
import { createHttpClient } from '../lib/system/http-client.ts';
import { serveUnixSocket } from '../lib/system/unix-socket.ts';
import type { BuildGrant } from '../protocol/messages.ts';
import { FENCING_HEADER, PIECE_BYTES, WORKER_FILES_PATH } from '../protocol/worker-files.ts';
import type { Sender } from '../queue/queue.ts';
import { type FakeWorker, started, startTestServer, type TestServer } from '../server/test-server.fixture.ts';
import { job, model, task } from '../store/contract/world.ts';
import type { PackedFile } from '../worker/files/build-files.ts';
import { createHttpFiles } from '../worker/files/http-files.ts';
import { filesForWorkers } from './files-for-workers.ts';

const NEVER = new AbortController().signal;
const scope = 'ab'.repeat(32);

let dir = '';
let server: TestServer;
let worker: FakeWorker;
let grant: BuildGrant;
/** Called before each request; a status stands for the server's answer, and `cut` for a connection that breaks. */
let meddle: (method: string, path: string) => number | undefined = () => undefined;
let socket: { stop(): Promise<void> };
let requests: string[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'pikoci-files-'));
  server = await startTestServer({ p: model([], [job('manual', [task('1')])]) });
  worker = await server.worker();
  const senderOf = (token: string): Sender => (token === 'other' ? { worker: 'w2' } : { worker: worker.id });
  const answer = filesForWorkers((token) => (token === 'none' ? { refused: 'no' } : senderOf(token)), server.server);
  meddle = () => undefined;
  requests = [];
  socket = serveUnixSocket(join(dir, 'w.sock'), {
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const name = `${request.method} ${pathname.split('/').slice(6).join('/')}${search}`;
      requests.push(name);
      const status = meddle(request.method, name);
      return status === undefined ? await answer(request) : new Response('no', { status });
    },
    websocket: { message: () => undefined },
  });
  await server.server.setPipeline('main', 'p', { bundle: { main: 'p', files: { p: 'p' } }, variables: {} });
  const asked = worker.nextBuild();
  const api = new Request('http://ci.test/api/v1/teams/main/pipelines/p/jobs/manual/trigger', {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}` },
  });
  expect((await server.fetch(api)).status).toBe(201);
  grant = await asked;
  await worker.emit(grant, started);
});
afterEach(async () => {
  await socket.stop();
  await server[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

function files(change: { token?: string; fencing?: number; patienceMs?: number } = {}) {
  const { token = 'mine', fencing = grant.fencing, patienceMs = 5_000 } = change;
  const client = createHttpClient([{ socket: join(dir, 'w.sock') }], { authorization: `Bearer ${token}` });
  return createHttpFiles({ client, attempt: grant.attempt, fencing, patienceMs, retryMs: 5 });
}

function packed(size: number): PackedFile & { readonly bytes: Buffer } {
  const bytes = randomBytes(size);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const path = join(dir, digest);
  writeFileSync(path, bytes);
  return { path, digest, size, bytes };
}

/** What makes a blob readable: an artifact of the build is it. */
const record = (digest: string, size: number) =>
  worker.emit(grant, {
    kind: 'artifact',
    step: '1',
    name: 'dist',
    resource: 'artifact.dist',
    digest,
    size,
    entries: 1,
    unpackedSize: 1,
    indexDigest: digest,
  });

test('goes up in pieces and comes down the same', async () => {
  const file = packed(2 * PIECE_BYTES + 5);
  const seen: number[] = [];
  await files().upload(file, NEVER, (bytes) => seen.push(bytes));
  expect(seen).toEqual([0, PIECE_BYTES, 2 * PIECE_BYTES, file.size]);
  await record(file.digest, file.size);
  await files().download(file, join(dir, 'down'), NEVER);
  expect(readFileSync(join(dir, 'down')).equals(file.bytes)).toBe(true);
  requests = [];
  await files().upload(file, NEVER);
  expect(requests).toHaveLength(1);
});

test('an upload that is cut off goes on where it was', async () => {
  const file = packed(3 * PIECE_BYTES);
  let puts = 0;
  meddle = (method) => (method === 'PUT' && ++puts > 2 && puts < 6 ? 503 : undefined);
  await files().upload(file, NEVER);
  expect((await server.blobs.stat(file.digest))?.size).toBe(file.size);
  expect(requests.filter((name) => name.includes('&offset=0'))).toHaveLength(1);
  expect(requests.filter((name) => name.includes(`&offset=${2 * PIECE_BYTES}`)).length).toBeGreaterThan(1);
});

test('a server that is gone is waited for, but not for ever', async () => {
  const file = packed(10);
  meddle = () => 500;
  await expect(files({ patienceMs: 50 }).upload(file, NEVER)).rejects.toMatchObject({ code: 'files.unreachable' });
  await socket.stop();
  await expect(files({ patienceMs: 50 }).upload(file, NEVER)).rejects.toMatchObject({ code: 'files.unreachable' });
  const cancel = new AbortController();
  const waiting = files().upload(file, cancel.signal);
  cancel.abort();
  await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
});

test('what is too large is refused at once, and is not tried again', async () => {
  const path = join(dir, 'large');
  writeFileSync(path, '');
  truncateSync(path, 17 * 1024 * 1024);
  const file = { path, digest: 'cd'.repeat(32), size: 17 * 1024 * 1024 };
  await expect(files().upload(file, NEVER)).rejects.toMatchObject({
    code: 'upload.too_large',
    hint: expect.stringContaining('--max-artifact-size'),
  });
  expect(requests).toHaveLength(1);
});

test('only the worker that holds the attempt, under its fencing number, and while it is in force', async () => {
  const file = packed(10);
  for (const change of [{ token: 'other' }, { fencing: grant.fencing - 1 }]) {
    await expect(files(change).upload(file, NEVER)).rejects.toMatchObject({ code: 'worker.not_in_force' });
  }
  await expect(files({ token: 'none' }).upload(file, NEVER)).rejects.toMatchObject({ code: 'files.refused' });
  await worker.emit(grant, { kind: 'attempt_ended', outcome: 'succeeded' });
  await expect(files().upload(file, NEVER)).rejects.toMatchObject({ code: 'worker.not_in_force' });
});

test('a call that cannot be read is the worker’s mistake, not ours', async () => {
  const client = createHttpClient([{ socket: join(dir, 'w.sock') }], { authorization: 'Bearer mine' });
  const call = (body: string) =>
    client({
      method: 'POST',
      path: `${WORKER_FILES_PATH}/${grant.attempt}/caches/find`,
      signal: NEVER,
      headers: { [FENCING_HEADER]: String(grant.fencing) },
      body: new TextEncoder().encode(body),
    });
  expect((await call('{')).status).toBe(400);
  expect((await call('{}')).status).toBe(400);
  expect((await call('')).status).toBe(400);
});

test('a blob that nothing of the team refers to is not there', async () => {
  const file = packed(10);
  await files().upload(file, NEVER);
  await expect(files().download(file, join(dir, 'down'), NEVER)).rejects.toMatchObject({ code: 'blobs.not_found' });
});

test('to have heard of a digest opens nothing: what is there is had by who sends it', async () => {
  const file = packed(100);
  await createFsBlobs(join(server.directory, 'blobs')).put(file.digest, file);
  const cache = { scope, key: 'theirs', digest: file.digest, size: file.size };
  await expect(files().saveCache(cache, NEVER)).rejects.toMatchObject({ code: 'blobs.not_found' });
  await record(file.digest, file.size);
  await expect(files().download(file, join(dir, 'down'), NEVER)).rejects.toMatchObject({ code: 'blobs.not_found' });
  rmSync(join(dir, 'down'));
  requests = [];
  await files().upload(file, NEVER);
  expect(requests.filter((request) => request.startsWith('PUT'))).toHaveLength(1);
  expect(await files().saveCache(cache, NEVER)).toBe(true);
  await files().download(file, join(dir, 'down'), NEVER);
});

test('a flipped bit is found, and said', async () => {
  const file = packed(PIECE_BYTES + 10);
  await files().upload(file, NEVER);
  await record(file.digest, file.size);
  const blob = await findBlob(server, file.digest);
  const bytes = readFileSync(blob);
  bytes[PIECE_BYTES] = (bytes[PIECE_BYTES] ?? 0) ^ 1;
  writeFileSync(blob, bytes);
  await expect(files().download(file, join(dir, 'down'), NEVER)).rejects.toMatchObject({ code: 'blobs.corrupt' });
});

async function findBlob(of: TestServer, digest: string): Promise<string> {
  const path = join(of.directory, 'blobs', digest.slice(0, 2), digest.slice(2));
  expect(statSync(path).isFile()).toBe(true);
  return path;
}

test('caches are found by key and prefix, saved once, and dropped', async () => {
  const file = packed(10);
  const cache = { scope, key: 'npm-1', digest: file.digest, size: 10 };
  await expect(files().saveCache(cache, NEVER)).rejects.toMatchObject({ code: 'blobs.not_found' });
  await files().upload(file, NEVER);
  expect(await files().saveCache(cache, NEVER)).toBe(true);
  expect(await files().saveCache(cache, NEVER)).toBe(false);
  const find = (key: string, ...prefixes: string[]) => files().findCache({ scope, key, prefixes }, NEVER);
  expect(await find('npm-1')).toEqual({ key: 'npm-1', digest: file.digest, size: 10 });
  expect(await find('npm-2')).toBeUndefined();
  expect(await find('npm-2', 'npm-')).toMatchObject({ key: 'npm-1' });
  await files().download(file, join(dir, 'down'), NEVER);
  await files().dropCache(cache, NEVER);
  expect(await find('npm-1')).toBeUndefined();
});

test('nothing of an upload is left when it is done', async () => {
  await files().upload(packed(PIECE_BYTES + 1), NEVER);
  expect(readdirSync(join(server.directory, 'uploads'))).toEqual([]);
});
