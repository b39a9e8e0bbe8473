/** A worker's end of large things against the server's, over the queue alone. */

import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryDirectory, temporaryDirectory } from '../../test/servers/temporary-directory.ts';
import { CodedError } from '../lib/coded-error.ts';
import { decodeAnswer } from '../protocol/codec.ts';
import { decodeFileQuestion, encodeFileQuestion, QUEUE_PIECE_BYTES } from '../protocol/file-frames.ts';
import type { BuildGrant } from '../protocol/messages.ts';
import { WORKER_FILES_PATH } from '../protocol/worker-files.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { type FakeWorker, started, startTestServer, type TestServer } from '../server/test-server.fixture.ts';
import { job, model, task } from '../store/contract/world.ts';
import type { PackedFile } from '../worker/files/build-files.ts';
import { createQueueFiles } from '../worker/files/queue-files.ts';

const NEVER = new AbortController().signal;
const MIB = 1024 * 1024;

let place: TemporaryDirectory;
let server: TestServer;
let worker: FakeWorker;
let grant: BuildGrant;
let questions: string[] = [];
/** Called before each question; what it gives is thrown, after the question was answered where it says so. */
let meddle: (question: string) => { readonly error: CodedError; readonly answered: boolean } | undefined;

beforeEach(async () => {
  place = temporaryDirectory('queue-files');
  server = await startTestServer({ p: model([], [job('manual', [task('1')])]) });
  worker = await server.worker();
  [questions, meddle] = [[], () => undefined];
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
  await server[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const queueOf = (from: FakeWorker): Pick<WorkerQueue, 'request'> => ({
  async request(body, options) {
    const { method, path } = decodeFileQuestion(body);
    const name = `${method} ${path.split('/').slice(6).join('/')}`;
    questions.push(name);
    const trouble = meddle(name);
    const answer = trouble?.answered === false ? undefined : await from.queue.request(body, options);
    if (trouble !== undefined || answer === undefined) throw trouble?.error;
    return answer;
  },
});

function files(change: { from?: FakeWorker; fencing?: number; maxBytes?: number; patienceMs?: number } = {}) {
  const { from = worker, fencing = grant.fencing, maxBytes = 100 * MIB, patienceMs = 5_000 } = change;
  return createQueueFiles({ queue: queueOf(from), attempt: grant.attempt, fencing, maxBytes, patienceMs, retryMs: 5 });
}

function packed(size: number): PackedFile & { readonly bytes: Buffer } {
  const bytes = randomBytes(size);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const path = join(place.path, digest);
  writeFileSync(path, bytes);
  return { path, digest, size, bytes };
}

const record = (digest: string, size: number) =>
  worker.emit(grant, {
    ...{ kind: 'artifact', step: '1', name: 'dist', resource: 'artifact.dist' },
    ...{ digest, size, entries: 1, unpackedSize: 1, indexDigest: digest },
  });

test('goes up in small pieces and comes down the same, however often the connection breaks', async () => {
  const file = packed(3 * MIB + 5);
  const broken = new CodedError('queue.unreachable', 'the connection broke');
  let asked = 0;
  // Every third is lost: by turns the question, and the answer to it.
  meddle = () => {
    asked += 1;
    return asked % 3 === 0 ? { error: broken, answered: asked % 2 === 0 } : undefined;
  };
  await files().upload(file, NEVER);
  await record(file.digest, file.size);
  const puts = new Set(questions.filter((name) => name.startsWith('PUT')));
  expect(puts.size).toBe(Math.ceil(file.size / QUEUE_PIECE_BYTES));
  const to = join(place.path, 'down');
  await files().download(file, to, NEVER);
  expect(readFileSync(to).equals(file.bytes)).toBe(true);
  // What is there is not sent again.
  [questions, meddle] = [[], () => undefined];
  await files().upload(file, NEVER);
  expect(questions).toHaveLength(1);
});

test('one that is too large for a broker is refused before anything is sent, and it is said what to do', async () => {
  const path = join(place.path, 'large');
  writeFileSync(path, '');
  truncateSync(path, 3 * MIB);
  const large = { path, digest: 'cd'.repeat(32), size: 3 * MIB };
  const small = files({ maxBytes: 2 * MIB });
  const refusal = { code: 'files.too_large_for_queue', hint: expect.stringContaining('--pikoci-url') };
  await expect(small.upload(large, NEVER)).rejects.toMatchObject(refusal);
  await expect(small.download(large, join(place.path, 'down'), NEVER)).rejects.toMatchObject(refusal);
  expect(questions).toEqual([]);
  truncateSync(path, 17 * MIB);
  await expect(files().upload({ ...large, size: 17 * MIB }, NEVER)).rejects.toMatchObject({ code: 'upload.too_large' });
});

test('the rights are those of HTTP', async () => {
  const file = packed(10);
  const other = await server.worker();
  for (const change of [{ from: other }, { fencing: grant.fencing - 1 }]) {
    await expect(files(change).upload(file, NEVER)).rejects.toMatchObject({ code: 'worker.not_in_force' });
  }
  await files().upload(file, NEVER);
  await expect(files().download(file, join(place.path, 'down'), NEVER)).rejects.toMatchObject({
    code: 'blobs.not_found',
  });
  const cache = { scope: 'ab'.repeat(32), key: 'npm-1', digest: file.digest, size: 10 };
  expect(await files().saveCache(cache, NEVER)).toBe(true);
  expect(await files().findCache({ ...cache, key: 'npm-2', prefixes: ['npm-'] }, NEVER)).toMatchObject({
    key: 'npm-1',
  });
  const theirs = { ...cache, key: 'theirs', digest: 'cd'.repeat(32) };
  await expect(files().saveCache(theirs, NEVER)).rejects.toMatchObject({ code: 'blobs.not_found' });
});

test('a server that is gone is waited for, but not for ever; a cancelled build waits no longer', async () => {
  meddle = () => ({ error: new CodedError('queue.timeout', 'no answer'), answered: false });
  const file = packed(10);
  await expect(files({ patienceMs: 30 }).upload(file, NEVER)).rejects.toMatchObject({ code: 'files.unreachable' });
  const cancel = new AbortController();
  const waiting = files().upload(file, cancel.signal);
  cancel.abort();
  await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
  meddle = () => ({ error: new CodedError('queue.refused', 'the token is not accepted'), answered: false });
  await expect(files().upload(file, NEVER)).rejects.toMatchObject({ code: 'queue.refused' });
});

test('what is no question about files, or asks for too much at once, is no question', async () => {
  const path = `${WORKER_FILES_PATH}/${grant.attempt}/blobs/${'ab'.repeat(32)}`;
  const question = { method: 'GET', path, fencing: '1', range: { start: 0, end: 10 }, body: new Uint8Array() } as const;
  expect(decodeFileQuestion(encodeFileQuestion(question))).toEqual(question);
  const { range: _, ...whole } = question;
  for (const bad of [
    whole,
    { ...question, range: { start: 0, end: QUEUE_PIECE_BYTES + 1 } },
    { ...question, range: { start: 5, end: 5 } },
    { ...question, path: '/api/v1/teams' },
    { ...question, method: 'POST' as const },
    { ...question, fencing: 'x' },
  ]) {
    expect(() => decodeFileQuestion(encodeFileQuestion(bad))).toThrow('malformed');
  }
  for (const frame of [[0], [0, 0, 0, 9, 1], [0, 0, 0, 1, 1]]) {
    expect(() => decodeFileQuestion(Uint8Array.from(frame))).toThrow(/cut off|not JSON/);
    const answer = await worker.queue.request(Uint8Array.from(frame), { timeoutMs: 5_000 });
    expect(decodeAnswer(answer)).toMatchObject({ kind: 'refused', problem: { code: 'protocol.bad_message' } });
  }
});
