/** History, differences and going back, over the API of a whole server. */
import { expect, test } from 'bun:test';
import { some } from '../../store/contract/world.ts';
import { type ApiCalls, apiOf, bundleOf } from '../api-calls.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';
import { asRole, P, p, pipelines, setAll } from './revisions.fixture.ts';

test('history, newest first, page by page, with what each changed and why', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [first, second = ''] = await setAll(api, 'one', 'two');
  await api.ask('PUT', P, { ...bundleOf('less'), message: 'not any more' }, { 'if-match': second });
  const page = await api.call('listRevisions', p, { query: { limit: 2 } });
  expect(page.items).toMatchObject([
    {
      revision: 3,
      setBy: 'admin',
      message: 'not any more',
      current: true,
      createdAt: expect.any(Number),
      changes: {
        created: 0,
        updated: 1,
        deleted: 1,
        first: [{ block: 'resource "git" "src"' }, { action: 'delete', block: 'job "deploy"' }],
      },
    },
    { revision: 2, current: false, etag: second, changes: { updated: 1 } },
  ]);
  const rest = await api.call('listRevisions', p, { query: { limit: 2, after: page.next } });
  expect(rest).toMatchObject({ items: [{ revision: 1, etag: first, changes: { created: 3 } }] });
  expect(rest).not.toHaveProperty('next');
  expect(await api.ask('GET', `${P}/revisions?after=x`)).toMatchObject({
    status: 400,
    body: { code: 'store.bad_cursor' },
  });
});

test('any revision is read, and compared with any other', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [first] = await setAll(api, 'one', 'two', 'less');
  expect(await api.ask('GET', `${P}/revisions/1`)).toMatchObject({
    status: 200,
    etag: first,
    body: { revision: 1, bundle: bundleOf('one').bundle },
  });
  const blocks = async (revision: string, query: { from?: number } = {}) => {
    const diff = await api.call('diffRevisions', { ...p, revision }, { query });
    return [diff.from, diff.to, ...diff.changes.map((change) => change.block)];
  };
  expect(await blocks('2')).toEqual([1, 2, 'job "test"']);
  expect(await blocks('1', { from: 3 })).toEqual([
    ...[3, 1, 'job "deploy"'],
    ...['resource "git" "src"', 'job "test"'],
  ]);
  expect(await blocks('1')).toEqual([...[0, 1, 'resource "git" "src"'], ...['job "test"', 'job "deploy"']]);
  expect(await api.ask('GET', `${P}/revisions/4`)).toMatchObject({
    status: 404,
    body: { detail: 'there is no revision 4 of pipeline p', hint: 'its revisions are 1 to 3' },
  });
  expect(await api.ask('GET', `${P}/revisions/1/diff?from=9`)).toMatchObject({ status: 404 });
  expect(await api.ask('GET', `${P}/revisions/x`)).toMatchObject({ status: 400, body: { code: 'api.bad_request' } });
});

test('restoring makes a new revision of an old text and its secrets', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const first = await api.ask('PUT', P, bundleOf('secret', { password: 'alpha' }));
  const second = await api.ask('PUT', P, bundleOf('secret', { password: 'beta' }), { 'if-match': first.etag ?? '' });
  const plan = await api.call('planRestore', { ...p, revision: '1' });
  expect(plan).toMatchObject({
    base: { revision: 2, etag: second.etag },
    changed: true,
    changes: [{ block: 'variable "password"' }],
  });
  const condition = { 'if-match': some(plan.base).etag };
  const restored = await api.ask('POST', `${P}/revisions/1/restore`, { message: 'beta was wrong' }, condition);
  expect(restored).toMatchObject({ status: 200, body: { revision: 3, changed: true, created: false } });
  expect((await api.call('listRevisions', p, { query: { limit: 1 } })).items).toMatchObject([
    { revision: 3, restoredFrom: 1, message: 'beta was wrong', setBy: 'admin', current: true },
  ]);
  // It is as it was: the values that were stored encrypted are the old ones.
  expect((await api.ask('GET', `${P}/revisions/3/diff?from=1`)).body).toMatchObject({ changes: [], files: [] });
  expect((await api.ask('GET', `${P}/revisions/3/diff?from=2`)).body).toMatchObject({ changes: [{}] });
  const again = await api.ask('POST', `${P}/revisions/1/restore`, {}, { 'if-match': restored.etag ?? '' });
  expect(again.body).toMatchObject({ revision: 3, changed: false });
});

test.each<[name: string, revision: string, headers: Record<string, string>, status: number, code: string]>([
  ['of none', '9', { 'if-match': '*' }, 404, 'api.not_found'],
  ['of what was never valid to name', 'x', { 'if-match': '*' }, 400, 'api.bad_request'],
  ['without saying over what', '1', {}, 428, 'api.condition_missing'],
  ['over what is not there any more', '1', { 'if-match': '"x"' }, 412, 'store.stale_revision'],
])('a restore is refused: %s', async (_name, revision, headers, status, code) => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  await setAll(api, 'one', 'two');
  const answer = await api.ask('POST', `${P}/revisions/${revision}/restore`, {}, headers);
  expect(answer).toMatchObject({ status, body: { code } });
  expect((await api.call('pipelineConfig', p)).revision).toBe(2);
});

test('a revision that is no longer valid is not restored', async () => {
  const world = pipelines();
  await using server = await startTestServer(world);
  const api = apiOf(server);
  await setAll(api, 'one', 'two');
  delete world.one;
  const refused = { status: 422, body: { code: 'pipeline.invalid', rendered: 'no pipeline "one"' } };
  expect(await api.ask('POST', `${P}/revisions/1/plan`)).toMatchObject(refused);
  const restored = await api.ask('POST', `${P}/revisions/1/restore`, {}, { 'if-match': '*' });
  expect(restored).toMatchObject(refused);
  expect(restored).toMatchObject({ body: { detail: 'revision 1 of pipeline p has a mistake; nothing was changed' } });
});

test('secrets under another key: their revision is not restored, and what differs is told without them', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  await api.ask('PUT', P, bundleOf('secret', { password: 'alpha' }));
  const team = (await world.store.listTeams())[0]!;
  const { model: same } = (await world.store.getRevision((await world.store.findPipeline('main', 'p'))!.revisionId))!;
  const sealed = { sealedVariables: 'AAAA', sealedVariablesDigest: 'x' };
  const facts = { setBy: 'ada', firstCheckAt: 0, now: 0 };
  await world.store.setPipeline({
    teamId: team.id,
    name: 'p',
    bundle: bundleOf('secret').bundle,
    model: same,
    ...sealed,
    ...facts,
  });
  expect(await api.ask('POST', `${P}/revisions/2/plan`)).toMatchObject({
    status: 500,
    body: { code: 'secrets.wrong_key' },
  });
  expect((await api.ask('POST', `${P}/revisions/1/plan`)).body).toMatchObject({
    changed: true,
    changes: [{ block: 'variable "password"' }],
  });
  expect((await api.call('listRevisions', p)).items).toHaveLength(2);
});

test('who may do what: reading is for readers, planning, setting and restoring are not', async () => {
  await using world = await startTestServer(pipelines());
  await setAll(apiOf(world), 'one', 'two');
  const any = { 'if-match': '*' };
  const calls: [method: string, path: string, body: unknown, read: number, maintain: number][] = [
    ['GET', `${P}/revisions`, undefined, 200, 200],
    ['GET', `${P}/revisions/1`, undefined, 200, 200],
    ['GET', `${P}/revisions/2/diff`, undefined, 200, 200],
    ['POST', `${P}/plan`, bundleOf('less'), 403, 200],
    ['POST', `${P}/revisions/1/plan`, undefined, 403, 200],
    ['POST', `${P}/revisions/1/restore`, {}, 403, 200],
  ];
  const [reader, writer, keeper, stranger] = await Promise.all([
    asRole(world, 'read'),
    asRole(world, 'write'),
    asRole(world, 'maintain'),
    asRole(world, 'admin', 'other'),
  ]);
  for (const [method, path, body, read, maintain] of calls) {
    const status = async (who: ApiCalls) => (await who.ask(method, path, body, any)).status;
    expect([path, await status(reader), await status(writer)]).toEqual([path, read, read]);
    expect([path, await status(stranger)]).toEqual([path, 404]);
    expect([path, await status(keeper)]).toEqual([path, maintain]);
  }
  expect((await reader.call('listRevisions', p, { query: { limit: 1 } })).items).toMatchObject([
    { revision: 3, setBy: expect.stringMatching(/^rita-/) },
  ]);
});
