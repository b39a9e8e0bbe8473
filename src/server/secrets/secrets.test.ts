/** Secrets that the server keeps, from the API to the worker that asks. */
import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSealKey, open } from '../../lib/system/seal.ts';
import type { BuildGrant } from '../../protocol/messages.ts';
import { job, model, task } from '../../store/contract/world.ts';
import { type Answer, type ApiCalls, apiOf, bundleOf } from '../api-calls.fixture.ts';
import { ended, type FakeWorker, started, startTestServer, type TestServer } from '../test-server.fixture.ts';

const SECRET = 'correct-horse';
const pipelines = { app: model([], [job('deploy', [task('1')])]) };
const T = '/teams/main/secrets';
const P = '/teams/main/pipelines/app/secrets';

/** An answer, in which no secret is. */
async function ask(server: TestServer, ...request: Parameters<ApiCalls['ask']>): Promise<Answer> {
  const answer = await apiOf(server).ask(...request);
  expect(JSON.stringify(answer)).not.toContain(SECRET);
  return answer;
}

async function running(server: TestServer): Promise<{ worker: FakeWorker; grant: BuildGrant }> {
  await ask(server, 'PUT', '/teams/main/pipelines/app', bundleOf('app'));
  await ask(server, 'POST', '/teams/main/pipelines/app/jobs/deploy/trigger', {});
  const worker = await server.worker();
  return { worker, grant: await worker.nextBuild() };
}

const key = generateSealKey();
const fetched = (worker: FakeWorker, { attempt, fencing }: BuildGrant, name: string) =>
  worker.ask({
    kind: 'secret',
    worker: worker.id,
    sealKey: key.publicKey,
    work: { kind: 'build', attempt, fencing },
    name,
  });

test('a value goes in, and comes out only for the worker whose build asks, sealed to it', async () => {
  await using server = await startTestServer(pipelines);
  const { worker, grant } = await running(server);
  expect(await fetched(worker, grant, 'token')).toMatchObject({
    kind: 'refused',
    problem: { code: 'secret.not_found', hint: expect.stringContaining('pikoci secrets set token --team main') },
  });
  const made = await ask(server, 'PUT', `${T}/token`, { value: SECRET });
  expect(made.body).toEqual({
    created: true,
    secret: {
      name: 'token',
      scope: 'team',
      team: 'main',
      createdBy: 'admin',
      createdAt: expect.any(Number),
      setBy: 'admin',
      setAt: expect.any(Number),
    },
  });
  const answer = await fetched(worker, grant, 'token');
  if (answer.kind !== 'secret') throw new Error('expected the secret');
  expect(answer.sealed).not.toContain(SECRET);
  expect(open(key, answer.sealed)).toBe(SECRET);
  expect(() => open(generateSealKey(), answer.sealed)).toThrow(/cannot be opened/);

  // The pipeline's own comes first, and the newest value is the one that is given.
  await ask(server, 'PUT', `${P}/token`, { value: 'old' });
  expect((await ask(server, 'PUT', `${P}/token`, { value: 'new' })).body).toMatchObject({ created: false });
  const own = await fetched(worker, grant, 'token');
  expect(own.kind === 'secret' && open(key, own.sealed)).toBe('new');
  expect((await ask(server, 'GET', P)).body).toMatchObject([{ name: 'token', scope: 'pipeline', pipeline: 'app' }]);
  expect((await ask(server, 'GET', T)).body).toMatchObject([{ name: 'token', scope: 'team' }]);

  const elsewhere = await server.worker();
  expect(await fetched(elsewhere, grant, 'token')).toMatchObject({ problem: { code: 'secret.not_held' } });
  await worker.emit(grant, started, ended());
  expect(await fetched(worker, grant, 'token')).toMatchObject({ problem: { code: 'secret.not_held' } });
});

test('what is not right is refused, and what is not there is said', async () => {
  await using server = await startTestServer(pipelines);
  expect(await ask(server, 'PUT', `${T}/a%20b`, { value: SECRET })).toMatchObject({ status: 400 });
  expect(await ask(server, 'PUT', `${T}/a`, { value: '' })).toMatchObject({ status: 400 });
  expect(await ask(server, 'PUT', `${T}/a`, { value: [SECRET] })).toMatchObject({ status: 400 });
  expect(await ask(server, 'PUT', `${T}/a`, { value: 'x'.repeat(256 * 1024 + 1) })).toMatchObject({ status: 413 });
  expect(await ask(server, 'PUT', '/teams/none/secrets/a', { value: 'x' })).toMatchObject({ status: 404 });
  expect(await ask(server, 'PUT', `${P}/a`, { value: 'x' })).toMatchObject({ status: 404 });
  expect(await ask(server, 'DELETE', `${T}/a`)).toMatchObject({ status: 404 });
  await ask(server, 'PUT', `${T}/a`, { value: 'x' });
  expect(await ask(server, 'DELETE', `${T}/a`)).toMatchObject({ status: 204 });
  expect((await ask(server, 'GET', T)).body).toEqual([]);
});

test('under another key it cannot be read, which is said; with the right one it is still there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pikoci-secrets-'));
  const path = join(directory, 'db');
  try {
    {
      await using first = await startTestServer(pipelines, {}, path);
      await ask(first, 'PUT', `${T}/token`, { value: SECRET });
    }
    {
      await using other = await startTestServer(pipelines, { secretKey: new Uint8Array(32).fill(9) }, path);
      const { worker, grant } = await running(other);
      const refused = await fetched(worker, grant, 'token');
      expect(refused).toMatchObject({
        kind: 'refused',
        problem: { code: 'secrets.wrong_key', message: expect.stringContaining('token') },
      });
      await worker.emit(grant, started, ended());
    }
    await using again = await startTestServer(pipelines, {}, path);
    const { worker, grant } = await running(again);
    const answer = await fetched(worker, grant, 'token');
    expect(answer.kind === 'secret' && open(key, answer.sealed)).toBe(SECRET);
  } finally {
    await rm(directory, { recursive: true });
  }
});
