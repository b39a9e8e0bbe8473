/** Plans, history, restoring and stale writes, over the API of a whole server. */
import { expect, test } from 'bun:test';
import type { Pipeline } from '../../pipeline/model.ts';
import type { PlanValue } from '../../pipeline/plan.ts';
import { get, job, model, resource, task } from '../../store/contract/world.ts';
import type { Role } from '../auth/principal.ts';
import { createSessions } from '../auth/sessions.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

const known = (value: string): PlanValue => ({ kind: 'known', value });
const src = resource('src');
const moved = resource('src', { params: { uri: known('https://moved') } });
const unit = (timeoutMs?: number) => ({ ...task('2'), name: 'unit', ...(timeoutMs !== undefined && { timeoutMs }) });

/** By the text of their file. */
const pipelines = (): Record<string, Pipeline> => ({
  one: model([src], [job('test', [get('1', 'git.src'), unit(300_000)]), job('deploy', [task('1')])]),
  'one # said': model([src], [job('test', [get('1', 'git.src'), unit(300_000)]), job('deploy', [task('1')])]),
  two: model([src], [job('test', [get('1', 'git.src'), unit(600_000)]), job('deploy', [task('1')])]),
  less: model([moved], [job('test', [get('1', 'git.src'), unit(600_000)])]),
  secret: {
    ...model([], [job('test', [task('1')])]),
    scope: { variables: { password: { kind: 'sealed' }, branch: { kind: 'known', value: 'main' } }, locals: {} },
  },
});

const P = '/teams/main/pipelines/p';
const of = (text: string, variables: Record<string, string> = {}) => ({
  bundle: { main: 'p.hcl', files: { 'p.hcl': text } },
  variables,
});

interface Answer {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects below
  readonly body: any;
}
type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

function apiOf(world: TestServer, who: Record<string, string> = { authorization: `Bearer ${world.token}` }): Call {
  return async (method, path, body, headers = {}) => {
    const response = await world.fetch(
      new Request(`http://ci.test/api/v1${path}`, {
        method,
        headers: { ...who, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
}

async function asRole(world: TestServer, role: Role, team?: string): Promise<Call> {
  const sessions = createSessions(new Uint8Array(32).fill(1), { now: () => Date.now() });
  const cookie = await sessions.begin({ name: 'rita', role, team });
  const { csrf = '' } = (await sessions.read(cookie)) ?? {};
  return apiOf(world, { cookie: `${sessions.cookieName}=${cookie}`, 'pikoci-csrf': csrf });
}

/** Sets texts one after the other, each from the one before; gives their ETags. */
async function setAll(api: Call, ...texts: string[]): Promise<string[]> {
  const etags: string[] = [];
  for (const text of texts) {
    const last = etags.at(-1);
    const headers: Record<string, string> = last === undefined ? { 'if-none-match': '*' } : { 'if-match': last };
    const { status, etag } = await api('PUT', P, of(text), headers);
    expect([text, status]).toEqual([text, 200]);
    etags.push(etag ?? '');
  }
  return etags;
}

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

test('history, newest first, page by page, with what each changed and why', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [first, second = ''] = await setAll(api, 'one', 'two');
  await api('PUT', P, { ...of('less'), message: 'not any more' }, { 'if-match': second });
  const page = await api('GET', `${P}/revisions?limit=2`);
  expect(page.body.items).toMatchObject([
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
  const rest = await api('GET', `${P}/revisions?limit=2&after=${page.body.next}`);
  expect(rest.body).toMatchObject({ items: [{ revision: 1, etag: first, changes: { created: 3 } }] });
  expect(rest.body).not.toHaveProperty('next');
  expect(await api('GET', `${P}/revisions?after=x`)).toMatchObject({ status: 400, body: { code: 'store.bad_cursor' } });
});

test('any revision is read, and compared with any other', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [first] = await setAll(api, 'one', 'two', 'less');
  expect(await api('GET', `${P}/revisions/1`)).toMatchObject({
    status: 200,
    etag: first,
    body: { revision: 1, bundle: of('one').bundle },
  });
  const blocks = async (path: string) => {
    const { body } = await api('GET', path);
    return [body.from, body.to, ...body.changes.map((change: { block: string }) => change.block)];
  };
  expect(await blocks(`${P}/revisions/2/diff`)).toEqual([1, 2, 'job "test"']);
  expect(await blocks(`${P}/revisions/1/diff?from=3`)).toEqual([
    ...[3, 1, 'job "deploy"'],
    ...['resource "git" "src"', 'job "test"'],
  ]);
  expect(await blocks(`${P}/revisions/1/diff`)).toEqual([
    ...[0, 1, 'resource "git" "src"'],
    ...['job "test"', 'job "deploy"'],
  ]);
  expect(await api('GET', `${P}/revisions/4`)).toMatchObject({
    status: 404,
    body: { detail: 'there is no revision 4 of pipeline p', hint: 'its revisions are 1 to 3' },
  });
  expect(await api('GET', `${P}/revisions/1/diff?from=9`)).toMatchObject({ status: 404 });
  expect(await api('GET', `${P}/revisions/x`)).toMatchObject({ status: 400, body: { code: 'api.bad_request' } });
});

test('who has read the configuration is told when it is the same', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [etag = ''] = await setAll(api, 'one');
  const config = await api('GET', `${P}/config`);
  expect(config).toMatchObject({ status: 200, etag, body: { revision: 1, etag, bundle: of('one').bundle } });
  const again = await api('GET', `${P}/config`, undefined, { 'if-none-match': `W/${etag}` });
  expect(again).toEqual({ status: 304, etag, body: undefined });
  await api('PUT', P, of('two'), { 'if-match': etag });
  expect(await api('GET', `${P}/config`, undefined, { 'if-none-match': etag })).toMatchObject({ status: 200 });
});

test('a stale write is refused with what changed meanwhile', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const [first = ''] = await setAll(api, 'one', 'two');
  const stale = await api('PUT', P, of('less'), { 'if-match': first });
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
  const numbered = await api('PUT', P, { ...of('less'), expectedRevision: 1 });
  expect(numbered).toMatchObject({ status: 412, body: { stale: { base: 1, difference: { changes: [{}] } } } });
  // With the tag that the refusal names it goes on.
  const { etag } = stale.body.stale.current;
  expect(await api('PUT', P, of('less'), { 'if-match': `"x", ${etag}` })).toMatchObject({ status: 200 });
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
  const answer = await api('PUT', P, of(text), headers);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  const changed = status === 200 && text === 'two';
  expect((await api('GET', `${P}/config`)).body.revision).toBe(changed ? 2 : 1);
});

test('of a pipeline that is not there', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  expect(await api('PUT', P, of('one'), { 'if-match': '*' })).toMatchObject({ status: 412 });
  expect(await api('PUT', P, of('one'), { 'if-match': '"x"' })).toMatchObject({
    status: 412,
    body: { detail: expect.stringContaining('is gone'), stale: {} },
  });
  expect(await api('PUT', P, of('one'))).toMatchObject({ status: 200, body: { created: true } });
});

test('of two who make it, or set it, at once, one is refused', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const statuses = async (texts: string[], headers?: Record<string, string>) =>
    (await Promise.all(texts.map((text) => api('PUT', P, of(text), headers)))).map(({ status }) => status).sort();
  expect(await statuses(['one', 'two'])).toEqual([200, 412]);
  const { etag } = await api('GET', `${P}/config`);
  expect(await statuses(['less', 'one # said'], { 'if-match': etag ?? '' })).toEqual([200, 412]);
  expect((await api('GET', `${P}/config`)).body.revision).toBe(2);
});

test('what was planned against a pipeline is not done to another of its name', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  await setAll(api, 'one');
  const { base } = (await api('POST', `${P}/plan`, of('two'))).body;
  await api('DELETE', P);
  expect(await api('PUT', P, of('two'), { 'if-match': base.etag })).toMatchObject({ status: 412 });
  await setAll(api, 'less');
  const anew = await api('PUT', P, of('two'), { 'if-match': base.etag });
  expect(anew).toMatchObject({ status: 412, body: { stale: { current: { revision: 1 } } } });
  expect(anew.body.stale).not.toHaveProperty('difference');
});

test('restoring makes a new revision of an old text and its secrets', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  const first = await api('PUT', P, of('secret', { password: 'alpha' }));
  const second = await api('PUT', P, of('secret', { password: 'beta' }), { 'if-match': first.etag ?? '' });
  const plan = await api('POST', `${P}/revisions/1/plan`);
  expect(plan.body).toMatchObject({
    base: { revision: 2, etag: second.etag },
    changed: true,
    changes: [{ block: 'variable "password"' }],
  });
  const condition = { 'if-match': plan.body.base.etag };
  const restored = await api('POST', `${P}/revisions/1/restore`, { message: 'beta was wrong' }, condition);
  expect(restored).toMatchObject({ status: 200, body: { revision: 3, changed: true, created: false } });
  expect((await api('GET', `${P}/revisions?limit=1`)).body.items).toMatchObject([
    { revision: 3, restoredFrom: 1, message: 'beta was wrong', setBy: 'admin', current: true },
  ]);
  // It is as it was: the values that were stored encrypted are the old ones.
  expect((await api('GET', `${P}/revisions/3/diff?from=1`)).body).toMatchObject({ changes: [], files: [] });
  expect((await api('GET', `${P}/revisions/3/diff?from=2`)).body).toMatchObject({ changes: [{}] });
  const again = await api('POST', `${P}/revisions/1/restore`, {}, { 'if-match': restored.etag ?? '' });
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
  const answer = await api('POST', `${P}/revisions/${revision}/restore`, {}, headers);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect((await api('GET', `${P}/config`)).body.revision).toBe(2);
});

test('a revision that is no longer valid is not restored', async () => {
  const world = pipelines();
  await using server = await startTestServer(world);
  const api = apiOf(server);
  await setAll(api, 'one', 'two');
  delete world.one;
  const refused = { status: 422, body: { code: 'pipeline.invalid', rendered: 'no pipeline "one"' } };
  expect(await api('POST', `${P}/revisions/1/plan`)).toMatchObject(refused);
  const restored = await api('POST', `${P}/revisions/1/restore`, {}, { 'if-match': '*' });
  expect(restored).toMatchObject(refused);
  expect(restored.body.detail).toBe('revision 1 of pipeline p has a mistake; nothing was changed');
});

test('secrets under another key: their revision is not restored, and what differs is told without them', async () => {
  await using world = await startTestServer(pipelines());
  const api = apiOf(world);
  await api('PUT', P, of('secret', { password: 'alpha' }));
  const team = (await world.store.listTeams())[0]!;
  const { model: same } = (await world.store.getRevision((await world.store.findPipeline('main', 'p'))!.revisionId))!;
  const sealed = { sealedVariables: 'AAAA', sealedVariablesDigest: 'x' };
  const facts = { setBy: 'ada', firstCheckAt: 0, now: 0 };
  await world.store.setPipeline({
    teamId: team.id,
    name: 'p',
    bundle: of('secret').bundle,
    model: same,
    ...sealed,
    ...facts,
  });
  expect(await api('POST', `${P}/revisions/2/plan`)).toMatchObject({
    status: 500,
    body: { code: 'secrets.wrong_key' },
  });
  expect((await api('POST', `${P}/revisions/1/plan`)).body).toMatchObject({
    changed: true,
    changes: [{ block: 'variable "password"' }],
  });
  expect((await api('GET', `${P}/revisions`)).body.items).toHaveLength(2);
});

test('who may do what: reading is for readers, planning, setting and restoring are not', async () => {
  await using world = await startTestServer(pipelines());
  await setAll(apiOf(world), 'one', 'two');
  const any = { 'if-match': '*' };
  const calls: [method: string, path: string, body: unknown, read: number, maintain: number][] = [
    ['GET', `${P}/revisions`, undefined, 200, 200],
    ['GET', `${P}/revisions/1`, undefined, 200, 200],
    ['GET', `${P}/revisions/2/diff`, undefined, 200, 200],
    ['POST', `${P}/plan`, of('less'), 403, 200],
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
    const status = async (who: Call) => (await who(method, path, body, any)).status;
    expect([path, await status(reader), await status(writer)]).toEqual([path, read, read]);
    expect([path, await status(stranger)]).toEqual([path, 404]);
    expect([path, await status(keeper)]).toEqual([path, maintain]);
  }
  expect((await reader('GET', `${P}/revisions?limit=1`)).body.items).toMatchObject([{ revision: 3, setBy: 'rita' }]);
});
