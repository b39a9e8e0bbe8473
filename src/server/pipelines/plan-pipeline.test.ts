/** Plans, over the API of a whole server. */
import { expect, test } from 'bun:test';
import { apiOf, bundleOf } from '../api-calls.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';
import { P, p, pipelines, setAll } from './revisions.fixture.ts';

test('a plan says what would be made, and makes nothing', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const plan = await api.call('planPipeline', p, { body: bundleOf('one') });
  expect(plan).toMatchObject({ team: 'main', name: 'p', changed: true, files: [{ path: 'p.hcl', change: 'added' }] });
  expect(plan).not.toHaveProperty('base');
  expect(plan.changes.map((change) => `${change.action} ${change.block}`)).toEqual([
    'create resource "git" "src"',
    'create job "test"',
    'create job "deploy"',
  ]);
  expect(await api.ask('GET', '/pipelines')).toMatchObject({ body: [] });
});

test('a plan of a change: attribute by attribute, with the history that goes', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [etag] = await setAll(api, 'one');
  for (const _ of [1, 2, 3]) await api.ask('POST', `${P}/jobs/deploy/trigger`);
  const [source] = await world.store.listResources((await world.store.findPipeline('main', 'p'))!.id);
  const found = ['a', 'b'].map((ref) => ({ version: { ref }, metadata: {} }));
  await world.store.saveVersions(source!.id, found, Date.now());

  const timeout = await api.call('planPipeline', p, { body: bundleOf('two') });
  expect(timeout).toMatchObject({
    base: { revision: 1, etag, setBy: 'admin' },
    changed: true,
    changes: [
      {
        action: 'update',
        block: 'job "test"',
        changes: [{ kind: 'attribute', inside: ['task "unit"'], name: 'timeout', old: '"5m"', new: '"10m"' }],
      },
    ],
  });
  const less = await api.call('planPipeline', p, { body: bundleOf('less') });
  expect(less.changes).toMatchObject([
    { action: 'update', block: 'resource "git" "src"', forgets: true, history: 2 },
    { action: 'update', block: 'job "test"' },
    { action: 'delete', block: 'job "deploy"', history: 3 },
  ]);
  // Its builds are kept, and it finds them again.
  await api.ask('PUT', P, bundleOf('less'), { 'if-match': etag ?? '' });
  const back = await api.call('planPipeline', p, { body: bundleOf('two') });
  expect(back.changes).toContainEqual(expect.objectContaining({ action: 'create', block: 'job "deploy"', history: 3 }));
});

test('a plan of what is there already, and of a change that only says something', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [etag = ''] = await setAll(api, 'one');
  expect((await api.ask('POST', `${P}/plan`, bundleOf('one'))).body).toMatchObject({
    changed: false,
    changes: [],
    files: [],
  });
  const said = await api.call('planPipeline', p, { body: bundleOf('one # said') });
  expect(said).toMatchObject({ changed: true, changes: [], files: [{ path: 'p.hcl', change: 'changed' }] });
  // What the plan says is what happens.
  expect((await api.ask('PUT', P, bundleOf('one'), { 'if-match': etag })).body).toMatchObject({
    revision: 1,
    changed: false,
  });
  expect((await api.ask('PUT', P, bundleOf('one # said'), { 'if-match': etag })).body).toMatchObject({ revision: 2 });
});

test('sensitive values are compared and not told', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  await api.ask('PUT', P, bundleOf('secret', { password: 'alpha-alpha' }));
  const same = await api.call('planPipeline', p, { body: bundleOf('secret', { password: 'alpha-alpha' }) });
  expect(same.changed).toBe(false);
  const { body } = await api.ask('POST', `${P}/plan`, bundleOf('secret', { password: 'beta-beta' }));
  expect(body).toMatchObject({
    changed: true,
    changes: [{ block: 'variable "password"', changes: [{ old: '(sensitive)', new: '(sensitive)' }] }],
    files: [],
  });
  expect(JSON.stringify(body)).not.toMatch(/alpha|beta/);
});

test('a plan of what is not valid, of a bad name, of a team that is not there', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  expect(await api.ask('POST', `${P}/plan`, bundleOf('x'))).toMatchObject({
    status: 422,
    body: { code: 'pipeline.invalid' },
  });
  expect(await api.ask('POST', `/teams/main/pipelines/%20/plan`, bundleOf('one'))).toMatchObject({ status: 400 });
  expect(await api.ask('POST', `/teams/mian/pipelines/p/plan`, bundleOf('one'))).toMatchObject({
    status: 404,
    body: { hint: 'did you mean main?' },
  });
});
