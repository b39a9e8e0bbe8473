import { expect, test } from 'bun:test';
import { CodedError } from '../lib/coded-error.ts';
import { silentLogger } from '../lib/logger.ts';
import { job, model, task } from '../store/contract/world.ts';
import { createStorageHealth, isStorageFailure } from './storage-health.ts';
import { startTestServer } from './test-server.fixture.ts';

const FULL = new CodedError('store.full', 'the database could not grow: the disk is full', { hint: 'make room' });

test.each([
  ['a full disk', FULL, 'server.disk_full'],
  ['a disk that fails', new CodedError('store.io', 'the database could not be read'), 'server.disk_failed'],
  ['a disk made read-only', new CodedError('store.read_only', 'the database cannot be written'), 'server.disk_failed'],
  ['a command that came too late', new CodedError('store.conflict', 'it is ended'), undefined],
  ['a bug', new Error('no such column'), undefined],
])('%s', (_what, error, code) => {
  let now = 0;
  const health = createStorageHealth({ now: () => now }, silentLogger);
  health.failed(error);
  expect(isStorageFailure(error)).toBe(code !== undefined);
  expect(health.problem()?.code).toBe(code as string);
  now = 20_000;
  health.written();
  expect(health.problem()).toBeUndefined();
});

test('a build that has not ended says that its end could not be recorded, and one that has does not', async () => {
  await using world = await startTestServer({ p: model([], [job('manual', [task('1')])]) });
  const api = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await world.fetch(new Request(`http://ci.test/api/v1${path}`, init));
    return (await response.json()) as Record<string, unknown>;
  };
  await world.server.setPipeline('main', 'p', { bundle: { main: 'p', files: { p: 'p' } }, variables: {} });
  const path = '/teams/main/pipelines/p/jobs/manual';
  const { id } = await api('POST', `${path}/trigger`);
  expect(await api('GET', `/builds/${id}`)).not.toHaveProperty('problem');
  world.storage.failed(FULL);
  const problem = {
    code: 'server.disk_full',
    message: expect.stringContaining('cannot record what happens to this build: the database could not grow'),
    hint: expect.stringContaining('make room'),
  };
  expect(await api('GET', `/builds/${id}`)).toMatchObject({ status: 'pending', problem });
  expect(await api('GET', '/builds?pipeline=p')).toMatchObject({ items: [{ status: 'pending', problem }] });
  expect(await api('POST', `/builds/${id}/cancel`)).toMatchObject({ status: 'cancelled' });
  expect(await api('GET', `/builds/${id}`)).not.toHaveProperty('problem');
});
