import { expect, test } from 'bun:test';
import { get, job, model, resource } from '../../store/contract/world.ts';
import { apiOf, bundleOf } from '../api-calls.fixture.ts';
import { asRole, p } from '../pipelines/revisions.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';

const pipelines = { app: model([resource('src')], [job('test', [get('1', 'git.src')])]), none: model([], []) };
const src = { ...p, address: 'git.src' };

test('who knows the address has the resource checked; it is told once, made anew and taken away by who maintains the pipeline', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await api.call('setPipeline', p, { body: bundleOf('app') });
  const worker = await world.worker();
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'a' }, metadata: {} }] });
  const post = (url: string, body = '') => world.fetch(new Request(url, { method: 'POST', body }));

  const path = '/teams/main/pipelines/p/resources/git.src/webhook';
  expect((await (await asRole(world, 'write')).ask('POST', path)).status).toBe(403);
  expect((await api.ask('GET', path)).status).toBe(404);
  const { url } = await api.call('makeResourceWebhook', src);
  expect(url).toMatch(/^http:\/\/ci\.test\/webhooks\/resources\/[\w-]{43}$/);
  expect((await post(url, 'whatever they send')).status).toBe(202);
  const check = await worker.nextCheck();
  await worker.report(check, { versions: [{ version: { ref: 'b' }, metadata: {} }] });
  expect(await api.call('getCheck', { check: check.check })).toMatchObject({ newVersions: 1, status: 'succeeded' });
  const seen = await api.call('getResourceWebhook', src);
  expect(seen).toMatchObject({ uses: 1, lastUsedAt: expect.any(Number), createdBy: 'admin' });
  expect(JSON.stringify(seen)).not.toContain(url.slice(-43));

  const again = await api.call('makeResourceWebhook', src);
  expect((await post(url)).status).toBe(404);
  expect((await post(again.url)).status).toBe(202);
  expect((await api.ask('DELETE', path)).status).toBe(204);
  expect((await post(again.url)).status).toBe(404);
  expect((await api.ask('DELETE', path)).status).toBe(404);
  // Guessing is slowed down.
  const guesses = await Promise.all(Array.from({ length: 30 }, (_, at) => post(`${again.url}${at}`)));
  expect(guesses.at(-1)?.status).toBe(429);
});
