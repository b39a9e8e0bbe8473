/** Streams over real HTTP: how soon, how slow readers may be, and what a reader that was away gets. */
import { expect, test } from 'bun:test';
import { formatStreamList } from '../../protocol/streams.ts';
import { job, model, task } from '../../store/contract/world.ts';
import { ended, log, started, startTestServer, stepEnded, stepStarted } from '../test-server.fixture.ts';

const pipelines = { manual: model([], [job('manual', [task('1')])]) };

async function startWorld() {
  const world = await startTestServer(pipelines);
  const listening = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: (request) => world.fetch(request) });
  const api = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> =>
    fetch(`http://127.0.0.1:${listening.port}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const set = { bundle: { main: 'p', files: { p: 'manual' } }, variables: {} };
  await api('PUT', '/teams/main/pipelines/p', {}, set);
  const trigger = async (): Promise<string> => {
    const response = await api('POST', '/teams/main/pipelines/p/jobs/manual/trigger');
    return ((await response.json()) as { id: string }).id;
  };
  return {
    world,
    api,
    trigger,
    async [Symbol.asyncDispose]() {
      await listening.stop(true);
      await world[Symbol.asyncDispose]();
    },
  };
}

/** Reads until the text so far satisfies. */
async function readText(response: Response, over: (text: string) => boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (over(text)) break;
  }
  return text;
}

test('the first line of a log is with its reader while its step still runs', async () => {
  await using all = await startWorld();
  const worker = await all.world.worker();
  const asked = worker.nextBuild();
  const build = await all.trigger();
  const line = readText(await all.api('GET', `/builds/${build}/events`), (text) => text.includes('"text":"hello'));
  const grant = await asked;
  await worker.emit(grant, started, stepStarted('1'), log('1', 'hello\n'));
  // Would never come if it waited for more of the log, or for an end. The benchmark `first-log` says how fast it is.
  expect(await line).toContain('hello');
  await worker.emit(grant, stepEnded('1'), ended());
});

test('a reader that does not read holds little memory and loses nothing', async () => {
  await using all = await startWorld();
  const worker = await all.world.worker();
  const build = await all.trigger();
  const response = await all.api('GET', `/builds/${build}/events`);
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'));
  const line = `${'x'.repeat(1023)}\n`;
  const before = process.memoryUsage.rss();
  for (let n = 0; n < 64; n += 1) await worker.emit(grant, log('1', line.repeat(512)));
  await worker.emit(grant, stepEnded('1'), ended());
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024);
  let length = 0;
  const text = await readText(response, (all) => all.slice(-100).includes('"event":"end"'));
  for (const row of text.split('\n')) {
    if (row.startsWith('data: ')) length += JSON.parse(row.slice(6)).text?.length ?? 0;
  }
  expect(length).toBe(64 * 512 * 1024);
});

test('the feed tells what changed, and goes on where a reader stopped', async () => {
  await using all = await startWorld();
  const first = await readText(await all.api('GET', '/feed'), (text) => text.includes('data:'));
  const id = /id: (\d+)/.exec(first)?.[1] ?? '';
  expect(first).toContain('data: {"event":"reset"}');
  const live = all
    .api('GET', '/feed', { 'last-event-id': id })
    .then((response) => readText(response, (text) => text.includes('"topic":"build"')));
  const build = await all.trigger();
  const seen = await live;
  expect(seen).toContain(
    JSON.stringify({
      topic: 'build',
      team: 'main',
      pipeline: 'p',
      job: 'manual',
      build,
      number: 1,
      status: 'pending',
    }).slice(1, -1),
  );
  // One who was away reads the same; one from another database starts afresh.
  const missed = await readText(await all.api('GET', '/feed', { 'last-event-id': id }), (text) =>
    text.includes('"topic":"build"'),
  );
  expect(missed).toContain(build);
  const lost = await readText(await all.api('GET', '/feed', { 'last-event-id': '999999' }), (text) =>
    text.includes('data:'),
  );
  expect(lost).toContain('"event":"reset"');
});

test('several streams over one connection, each from where its reader stopped', async () => {
  await using all = await startWorld();
  const worker = await all.world.worker();
  const first = await readText(await all.api('GET', '/feed'), (text) => text.includes('data:'));
  const id = /id: (\d+)/.exec(first)?.[1] ?? '';
  const build = await all.trigger();
  const of = formatStreamList([
    { path: 'feed', after: id },
    { path: `builds/${build}/events`, after: undefined },
    { path: 'builds/nowhere/events', after: undefined },
    { path: 'feed', after: 'rubbish' },
    { path: 'workers', after: undefined },
  ]);
  const seen = all
    .api('GET', `/streams?of=${of}`)
    .then((response) => readText(response, (text) => text.includes('"kind":"end"')));
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'), log('1', 'hello\n'), stepEnded('1'), ended());
  const messages = (await seen)
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)));
  const messagesOf = (stream: number) => messages.filter((one) => one.stream === stream);
  expect(messagesOf(0)[0]).toEqual({ kind: 'open', stream: 0 });
  expect(messagesOf(0)[1]).toMatchObject({ message: { event: 'changed', pipeline: 'p' } });
  expect(messagesOf(1)[1]).toMatchObject({ kind: 'message', message: { event: 'snapshot' } });
  expect(
    messagesOf(1)
      .map((one) => one.message?.text ?? '')
      .join(''),
  ).toBe('hello\n');
  expect(messagesOf(1).at(-1)).toEqual({ kind: 'end', stream: 1 });
  expect([2, 3, 4].map((stream) => messagesOf(stream).at(-1)?.problem?.code)).toEqual([
    'api.not_found',
    'api.bad_request',
    'api.not_found',
  ]);
});

test('a connection carries so many streams and no more', async () => {
  await using all = await startWorld();
  const answer = await all.api('GET', `/streams?of=${Array(101).fill('feed').join(',')}`);
  expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'api.bad_request' }]);
  const none = await all.api('GET', '/streams?of=');
  expect([none.status, await none.json()]).toMatchObject([400, { code: 'api.bad_request' }]);
});
