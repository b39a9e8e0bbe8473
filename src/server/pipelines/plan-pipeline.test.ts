/** Plans, over the API of a whole server. */
import { expect, test } from 'bun:test';
import { startTestServer } from '../test-server.fixture.ts';
import { apiOf, of, P, pipelines, setAll } from './revisions.fixture.ts';

test('a plan says what would be made, and makes nothing', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const { status, body } = await api('POST', `${P}/plan`, of('one'));
  expect(status).toBe(200);
  expect(body).toMatchObject({ team: 'main', name: 'p', changed: true, files: [{ path: 'p.hcl', change: 'added' }] });
  expect(body).not.toHaveProperty('base');
  expect(body.changes.map((change: { action: string; block: string }) => `${change.action} ${change.block}`)).toEqual([
    'create resource "git" "src"',
    'create job "test"',
    'create job "deploy"',
  ]);
  expect(await api('GET', '/pipelines')).toMatchObject({ body: [] });
});

test('a plan of a change: attribute by attribute, with the history that goes', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [etag] = await setAll(api, 'one');
  for (const _ of [1, 2, 3]) await api('POST', `${P}/jobs/deploy/trigger`);
  const [source] = await world.store.listResources((await world.store.findPipeline('main', 'p'))!.id);
  const found = ['a', 'b'].map((ref) => ({ version: { ref }, metadata: {} }));
  await world.store.saveVersions(source!.id, found, Date.now());

  const timeout = await api('POST', `${P}/plan`, of('two'));
  expect(timeout.body).toMatchObject({
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
  const less = await api('POST', `${P}/plan`, of('less'));
  expect(less.body.changes).toMatchObject([
    { action: 'update', block: 'resource "git" "src"', forgets: true, history: 2 },
    { action: 'update', block: 'job "test"' },
    { action: 'delete', block: 'job "deploy"', history: 3 },
  ]);
  // Its builds are kept, and it finds them again.
  await api('PUT', P, of('less'), { 'if-match': etag ?? '' });
  const back = await api('POST', `${P}/plan`, of('two'));
  expect(back.body.changes).toContainEqual(
    expect.objectContaining({ action: 'create', block: 'job "deploy"', history: 3 }),
  );
});

test('a plan of what is there already, and of a change that only says something', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [etag = ''] = await setAll(api, 'one');
  expect((await api('POST', `${P}/plan`, of('one'))).body).toMatchObject({ changed: false, changes: [], files: [] });
  const said = await api('POST', `${P}/plan`, of('one # said'));
  expect(said.body).toMatchObject({ changed: true, changes: [], files: [{ path: 'p.hcl', change: 'changed' }] });
  // What the plan says is what happens.
  expect((await api('PUT', P, of('one'), { 'if-match': etag })).body).toMatchObject({ revision: 1, changed: false });
  expect((await api('PUT', P, of('one # said'), { 'if-match': etag })).body).toMatchObject({ revision: 2 });
});

test('sensitive values are compared and not told', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  await api('PUT', P, of('secret', { password: 'alpha-alpha' }));
  expect((await api('POST', `${P}/plan`, of('secret', { password: 'alpha-alpha' }))).body.changed).toBe(false);
  const { body } = await api('POST', `${P}/plan`, of('secret', { password: 'beta-beta' }));
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
  expect(await api('POST', `${P}/plan`, of('x'))).toMatchObject({ status: 422, body: { code: 'pipeline.invalid' } });
  expect(await api('POST', `/teams/main/pipelines/%20/plan`, of('one'))).toMatchObject({ status: 400 });
  expect(await api('POST', `/teams/mian/pipelines/p/plan`, of('one'))).toMatchObject({
    status: 404,
    body: { hint: 'did you mean main?' },
  });
});
