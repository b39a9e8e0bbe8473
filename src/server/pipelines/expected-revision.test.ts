/** What a change says it was made from, over the API of a whole server. */
import { expect, test } from 'bun:test';
import { problem } from '../../protocol/api.ts';
import { some } from '../../store/contract/world.ts';
import { apiOf, bundleOf } from '../api-calls.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';
import { P, p, pipelines, setAll } from './revisions.fixture.ts';

test('who has read the configuration is told when it is the same', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [etag = ''] = await setAll(api, 'one');
  const config = await api.ask('GET', `${P}/config`);
  expect(config).toMatchObject({ status: 200, etag, body: { revision: 1, etag, bundle: bundleOf('one').bundle } });
  const again = await api.ask('GET', `${P}/config`, undefined, { 'if-none-match': `W/${etag}` });
  expect(again).toEqual({ status: 304, etag, body: undefined });
  await api.ask('PUT', P, bundleOf('two'), { 'if-match': etag });
  expect(await api.ask('GET', `${P}/config`, undefined, { 'if-none-match': etag })).toMatchObject({ status: 200 });
});

test('a stale write is refused with what changed meanwhile', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [first = ''] = await setAll(api, 'one', 'two');
  const stale = await api.ask('PUT', P, bundleOf('less'), { 'if-match': first });
  expect(stale).toMatchObject({
    status: 412,
    body: {
      code: 'store.stale_revision',
      stale: {
        base: 1,
        current: { revision: 2, setBy: 'admin' },
        difference: { changes: [{ block: 'job "test"' }], files: [{ path: 'p.hcl', change: 'changed' }] },
      },
    },
  });
  const numbered = await api.ask('PUT', P, { ...bundleOf('less'), expectedRevision: 1 });
  expect(numbered).toMatchObject({ status: 412, body: { stale: { base: 1, difference: { changes: [{}] } } } });
  // Made from nothing: no revision is what it was made from, also not that of the tag beside it.
  const { etag: now } = await api.ask('GET', `${P}/config`);
  const anew = await api.ask('PUT', P, { ...bundleOf('less'), expectedRevision: 0 }, { 'if-match': now ?? '' });
  const refusal = problem.parse(anew.body);
  expect([anew.status, refusal.detail]).toEqual([412, expect.stringContaining('is there by now, at revision 2')]);
  expect(refusal.stale).toMatchObject({ current: { revision: 2 } });
  expect(refusal.stale).not.toHaveProperty('base');
  // With the tag that the refusal names it goes on.
  const etag = problem.parse(stale.body).stale?.current?.etag;
  expect(await api.ask('PUT', P, bundleOf('less'), { 'if-match': `"x", ${etag}` })).toMatchObject({ status: 200 });
});

test.each<[name: string, text: string, headers: Record<string, string>, status: number, code: string | undefined]>([
  ['nothing said, and a change', 'two', {}, 428, 'api.condition_missing'],
  ['nothing said, and no change', 'one', {}, 200, undefined],
  ['whatever is there', 'two', { 'if-match': '*' }, 200, undefined],
  ['nothing must be there', 'two', { 'if-none-match': '*' }, 412, 'store.stale_revision'],
  ['a weak tag', 'two', { 'if-match': 'W/"x"' }, 412, 'store.stale_revision'],
  ['not this one', 'two', { 'if-none-match': '"x"' }, 400, 'api.bad_request'],
  ['no tag', 'two', { 'if-match': 'x' }, 400, 'api.bad_request'],
  ['both', 'two', { 'if-match': '"x"', 'if-none-match': '*' }, 400, 'api.bad_request'],
])('what a change of a pipeline says it was made from: %s', async (_name, text, headers, status, code) => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  await setAll(api, 'one');
  const answer = await api.ask('PUT', P, bundleOf(text), headers);
  expect([answer.status, problem.safeParse(answer.body).data?.code]).toEqual([status, code]);
  const changed = status === 200 && text === 'two';
  expect((await api.call('pipelineConfig', p)).revision).toBe(changed ? 2 : 1);
});

test('of a pipeline that is not there', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  expect(await api.ask('PUT', P, bundleOf('one'), { 'if-match': '*' })).toMatchObject({ status: 412 });
  expect(await api.ask('PUT', P, bundleOf('one'), { 'if-match': '"x"' })).toMatchObject({
    status: 412,
    body: { detail: expect.stringContaining('is gone'), stale: {} },
  });
  expect(await api.ask('PUT', P, bundleOf('one'))).toMatchObject({ status: 200, body: { created: true } });
});

test('of two who make it, or set it, at once, one is refused', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const statuses = async (texts: string[], headers?: Record<string, string>) =>
    (await Promise.all(texts.map((text) => api.ask('PUT', P, bundleOf(text), headers))))
      .map(({ status }) => status)
      .sort();
  expect(await statuses(['one', 'two'])).toEqual([200, 412]);
  const { etag } = await api.ask('GET', `${P}/config`);
  expect(await statuses(['less', 'one # said'], { 'if-match': etag ?? '' })).toEqual([200, 412]);
  expect((await api.call('pipelineConfig', p)).revision).toBe(2);
});

test('what was planned against a pipeline is not done to another of its name', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  await setAll(api, 'one');
  const base = some((await api.call('planPipeline', p, { body: bundleOf('two') })).base);
  await api.ask('DELETE', P);
  expect(await api.ask('PUT', P, bundleOf('two'), { 'if-match': base.etag })).toMatchObject({ status: 412 });
  await setAll(api, 'less');
  const anew = await api.ask('PUT', P, bundleOf('two'), { 'if-match': base.etag });
  expect(anew).toMatchObject({ status: 412, body: { stale: { current: { revision: 1 } } } });
  expect(problem.parse(anew.body).stale).not.toHaveProperty('difference');
});
