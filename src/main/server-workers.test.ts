/** Workers as a server sees them: who is let in, drained, turned away, and what they send that nobody can read. */
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type Client, createClient } from '../client/client.ts';
import { newId } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Sender } from '../queue/queue.ts';
import { ended, type FakeWorker, started, startTestServer, type TestServer } from '../server/test-server.fixture.ts';
import { job, model, task } from '../store/contract/world.ts';

let server: TestServer;
let client: Client;
/** The server's log. */
let said: string[];
const team = 'main';

beforeEach(async () => {
  said = [];
  const say = (text: string): void => void said.push(text);
  const logger = { ...silentLogger, info: say, warn: say, error: say };
  const settings = { version: '1.4.0', holdQuestionMs: 1_500 };
  server = await startTestServer({ p: model([], [job('test', [task('1')])]) }, settings, ':memory:', { logger });
  client = createClient({ baseUrl: 'http://ci.test', token: server.token, fetch: server.fetch });
  const bundle = { main: 'p', files: { p: 'p' } };
  await client.call('setPipeline', { params: { team, pipeline: 'p' }, body: { bundle, variables: {} } });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const trigger = () => client.call('triggerJob', { params: { team, pipeline: 'p', job: 'test' }, body: {} });
const list = () => client.call('listWorkers');
const next = (worker: FakeWorker, question: string = newId()) =>
  worker.ask({ kind: 'next', question, worker: worker.id, sealKey: '', tags: [], kinds: ['build'] });
const token = (id: string): Sender => ({ worker: newId(), token: id, via: 'http', address: '10.0.0.7' });

test('a worker is shown with what it is, how it comes and what it runs', async () => {
  const worker = server.connect(token('t1'));
  await worker.hello(['gpu'], [], { name: 'w1', version: '1.3.2', slots: 3, exclusive: false, kinds: ['build'] });
  const build = await trigger();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started);
  const [shown, ...others] = await list();
  expect(others).toEqual([]);
  expect(shown).toMatchObject({
    name: 'w1',
    version: '1.3.2',
    tags: ['gpu'],
    kinds: ['build'],
    exclusive: false,
    slots: 3,
    busy: 1,
    builds: [{ build: build.id, team, pipeline: 'p', job: 'test', number: 1 }],
    status: 'running',
    connected: true,
    via: 'http',
    address: '10.0.0.7',
    token: 't1',
  });
  await worker.queue.close();
  const away = await server.until('it is seen that it is not connected', async () =>
    (await list()).find(({ connected }) => !connected),
  );
  expect(away).toMatchObject({ name: 'w1', status: 'running' });
});

test('one that is drained finishes what it runs, gets nothing new, is told so, and takes work again when it is resumed', async () => {
  const worker = server.connect({ worker: newId() });
  await worker.hello([], [], { name: 'w1' });
  await trigger();
  const grant = await worker.nextBuild();
  const heard = new Promise<string>((resolve) => {
    worker.queue.listen((body) => {
      const text = new TextDecoder().decode(body);
      if (text.includes('"drain"')) resolve(text);
    });
  });
  const drained = await client.call('drainWorker', { params: { worker: 'w1' }, body: { reason: 'new disks' } });
  expect(drained).toMatchObject({
    status: 'draining',
    busy: 1,
    drain: { by: 'admin', reason: 'new disks', leave: false },
  });
  expect(JSON.parse(await heard)).toMatchObject({ worker: worker.id, drain: { by: 'admin', leave: false } });
  const second = await trigger();
  expect(await next(worker, 'q')).toEqual({ kind: 'next', question: 'q', drain: { by: 'admin', leave: false } });
  const params = { team, pipeline: 'p', job: 'test', number: String(second.number) };
  expect((await client.call('getJobBuild', { params })).wait?.text).toBe(
    'a worker: w1 is drained, and there is no other',
  );
  await worker.emit(grant, started, ended());
  // A new connection does not change that.
  await worker.hello([], [], { name: 'w1' });
  expect(await list()).toMatchObject([{ status: 'draining', busy: 0 }]);
  expect(await client.call('resumeWorker', { params: { worker: worker.id } })).toMatchObject({ status: 'running' });
  await worker.nextBuild();
});

test('workers of one name are two, and one of them is named by its id', async () => {
  for (const name of ['same', 'same', 'other']) await server.connect({ worker: newId() }).hello([], [], { name });
  const ids = (await list()).filter(({ name }) => name === 'same').map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
  await expect(client.call('drainWorker', { params: { worker: 'same' }, body: {} })).rejects.toMatchObject({
    code: 'worker.ambiguous',
    status: 409,
    hint: expect.stringContaining(ids[1] ?? ''),
  });
  await client.call('drainWorker', { params: { worker: ids[0] ?? '' }, body: {} });
  expect((await list()).filter(({ status }) => status === 'draining').map(({ id }) => id)).toEqual(ids.slice(0, 1));
});

test('a copy of a worker is turned away while the first is heard of, and taken when that is gone', async () => {
  const from = { worker: newId() };
  const first = server.connect(from);
  await first.hello([], [], { name: 'w1', sealKey: 'first' });
  const copy = server.connect(from);
  const asked = copy.sayHello({ name: 'w1', sealKey: 'copy' });
  // What the copy itself says is no sign of the first one.
  await server.store.touchWorker(from.worker as never, Date.now() + 2_000);
  expect(await asked).toMatchObject({
    kind: 'refused',
    problem: { code: 'worker.twice', hint: expect.stringContaining('--data-dir') },
  });
  await first.queue.close();
  await copy.hello([], [], { name: 'w1', sealKey: 'copy' });
  expect(await list()).toMatchObject([{ name: 'w1', status: 'running' }]);
});

test('gone workers are forgotten when somebody wants it', async () => {
  const worker = await server.worker();
  await worker.ask({ kind: 'leave', worker: worker.id });
  expect(await client.call('pruneWorkers', { body: { olderThanMs: 60_000 } })).toEqual({ removed: [] });
  expect(await client.call('pruneWorkers', { body: { olderThanMs: 0 } })).toEqual({
    removed: [{ id: worker.id, name: 'fake' }],
  });
  expect(await list()).toEqual([]);
});

const FIRST = '01980b2e-7c5a-7000-9d0e-6a1f3a5b8c21';

test('a token that is revoked: its workers are turned away, what they held is tried again, others go on', async () => {
  const [worker, other] = [server.connect(token(FIRST)), server.connect(token('t2'))];
  await worker.hello([], [], { name: 'w1' });
  const build = await trigger();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started);
  await other.hello([], [], { name: 'w2' });
  expect(await client.call('listWorkerTokens')).toMatchObject([
    { id: expect.any(String), workers: [{}] },
    { id: expect.any(String), workers: [{}] },
  ]);
  const refused = new Promise((resolve) => {
    worker.queue.onState((state) => {
      if (state.kind === 'refused') resolve(state.error);
    });
  });
  expect(await client.call('revokeWorkerToken', { params: { token: FIRST } })).toMatchObject({
    id: FIRST,
    revoked: { by: 'admin' },
    workers: [{ name: 'w1' }],
  });
  expect(await refused).toBe('the worker token was revoked');
  expect(await list()).toMatchObject([
    { name: 'w1', status: 'gone' },
    { name: 'w2', status: 'running' },
  ]);
  const answer = await next(other);
  const again = answer.kind === 'next' ? answer.grant : undefined;
  expect(again).toMatchObject({ kind: 'build', attemptNumber: 2, build: { id: build.id } });
});

test('what is no id of a token revokes nothing, and a name of a worker leads to its token', async () => {
  await server.connect(token(FIRST)).hello([], [], { name: 'w1' });
  const revoke = (given: string) => client.call('revokeWorkerToken', { params: { token: given } });
  await expect(revoke('w1')).rejects.toMatchObject({ status: 400, hint: expect.stringContaining(FIRST) });
  await expect(revoke('nosuch')).rejects.toMatchObject({
    status: 400,
    hint: expect.stringContaining('workers tokens'),
  });
  expect((await client.call('listWorkerTokens')).filter(({ revoked }) => revoked !== undefined)).toEqual([]);
});

test('a worker of a version too far apart is refused, in words that say which to upgrade', async () => {
  const worker = server.connect({ worker: newId() });
  expect(await worker.sayHello({ version: '1.2.0' })).toMatchObject({
    problem: { code: 'worker.version', message: expect.stringMatching(/1\.4\.0.*1\.2\.0.*upgrade the worker$/) },
  });
  expect(await worker.sayHello({ version: '1.6.0' })).toMatchObject({
    problem: { code: 'worker.version', message: expect.stringMatching(/upgrade the server$/) },
  });
  for (const version of ['1.3.9', '1.4.7', '1.5.0']) {
    expect(await worker.sayHello({ version })).toMatchObject({ kind: 'welcome', protocol: 1 });
  }
});

test('a request of a later version is refused and not repeated for ever; fields that are not known are passed over', async () => {
  const worker = server.connect({ worker: newId() });
  const ask = async (message: object) => {
    const body = new TextEncoder().encode(JSON.stringify(message));
    return JSON.parse(new TextDecoder().decode(await worker.queue.request(body, { timeoutMs: 5_000 })));
  };
  const hello = { kind: 'hello', protocol: 2, worker: worker.id, name: 'new', version: '1.5.0', tags: [], slots: 1 };
  expect(await ask({ ...hello, sealKey: 'k', owed: [], kinds: ['build', 'dream'], hat: 'red' })).toMatchObject({
    kind: 'welcome',
  });
  expect(await list()).toMatchObject([{ name: 'new', kinds: ['build'] }]);
  for (let i = 0; i < 5; i += 1) {
    expect(await ask({ kind: 'dream' })).toMatchObject({ kind: 'refused', problem: { code: 'protocol.bad_message' } });
  }
  expect(said.filter((text) => text.startsWith("a worker's request is not understood"))).toHaveLength(1);
});

test.each([
  [3_600_000, 'the clock of worker w1 is 1h ahead'],
  [-3_600_000, 'the clock of worker w1 is 1h behind'],
])('a clock that is %i ms off is told, and costs nobody his lease', async (offMs, told) => {
  const worker = server.connect({ worker: newId() });
  const now = Date.now() + offMs;
  await worker.hello([], [], { name: 'w1', now });
  expect(said.filter((text) => text.startsWith(told))).toHaveLength(1);
  await trigger();
  const grant = await worker.nextBuild();
  await worker.emitAt(grant, now, started);
  const held = [{ attempt: grant.attempt, fencing: grant.fencing }];
  expect(await worker.ask({ kind: 'renew', worker: worker.id, attempts: held, checks: [] })).toMatchObject({
    lost: [],
  });
  await worker.emitAt(grant, now + 10, ended());
  const params = { team, pipeline: 'p', job: 'test', number: '1' };
  expect(await client.call('getJobBuild', { params })).toMatchObject({ status: 'succeeded' });
});

test('messages that nobody can read are set aside, shown, taken again or dropped', async () => {
  const worker = server.connect({ worker: newId() });
  await worker.hello([], [], { name: 'w1' });
  await trigger();
  const grant = await worker.nextBuild();
  await worker.queue.emit(new TextEncoder().encode('rubbish'));
  for (let i = 0; i < 3; i += 1) {
    await worker.queue.emit(new TextEncoder().encode('rubbish'));
    const [again] = await client.call('listPoison');
    await client.call('dropPoison', { params: { message: again?.id ?? '' } });
  }
  expect(said.filter((text) => text.includes('set aside'))).toHaveLength(1);
  // Events behind a gap: the first of them is missing.
  worker.sent.set(grant.attempt, 1);
  await worker.emit(grant, ended());
  // What comes after them is taken.
  worker.sent.set(grant.attempt, 0);
  await worker.emit(grant, started);
  const kept = await client.call('listPoison');
  expect(kept).toMatchObject([
    { worker: { name: 'w1' }, problem: expect.stringContaining('missing') },
    { worker: { name: 'w1' }, problem: expect.any(String), size: 7 },
  ]);
  const [gap, rubbish] = kept.map(({ id }) => ({ message: id }));
  if (gap === undefined || rubbish === undefined) throw new Error('two were kept');
  const shown = await client.call('getPoison', { params: rubbish });
  expect(Buffer.from(shown.body ?? '', 'base64').toString()).toBe('rubbish');
  await expect(client.call('retryPoison', { params: rubbish })).rejects.toMatchObject({ code: 'protocol.bad_message' });
  await client.call('dropPoison', { params: rubbish });
  // By now there is no gap any more.
  await client.call('retryPoison', { params: gap });
  expect(await client.call('listPoison')).toEqual([]);
  const params = { team, pipeline: 'p', job: 'test', number: '1' };
  expect(await client.call('getJobBuild', { params })).toMatchObject({ status: 'succeeded' });
  await expect(client.call('dropPoison', { params: rubbish })).rejects.toMatchObject({ status: 404 });
});
