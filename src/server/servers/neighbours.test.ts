import { expect, test } from 'bun:test';
import { newId } from '../../lib/ids.ts';
import { job, model, task } from '../../store/contract/world.ts';
import type { KeptServer } from '../../store/servers.ts';
import { apiOf, bundleOf } from '../api-calls.fixture.ts';
import { systemTimers, type Timers } from '../loops/loop.ts';
import { log, started, startTestServer, stepStarted, type TestServer } from '../test-server.fixture.ts';
import type { AmongServers } from './neighbours.ts';

const pipelines = { one: model([], [job('build', [task('2')])]) };
const p = { team: 'main', pipeline: 'p' };

/** Nobody looks by himself: what happens, happens because it was told. */
const onlyWhatIsTold: Timers = {
  after: (ms, run) => (ms < 200 ? systemTimers.after(ms, run) : () => undefined),
};

/** Two servers on one database, and a line between them. */
async function twoServers(): Promise<{ one: TestServer; two: TestServer } & AsyncDisposable> {
  const takers: ((text: string) => void)[] = [];
  const join = (place: string): AmongServers => {
    const server: KeptServer = {
      ...{ id: newId(), place, name: place, version: '1', address: '', queue: 'http', keysDigest: '' },
      ...{ startedAt: 1, sole: false },
    };
    return {
      server: () => server,
      sole: false,
      line: {
        say: (text) => {
          for (const take of takers) take(text);
        },
        listen: (take) => void takers.push(take),
      },
      onRefused: (error) => {
        throw error;
      },
    };
  };
  const one = await startTestServer(pipelines, {}, ':memory:', { timers: onlyWhatIsTold, among: join('one') });
  const among = join('two');
  const two = await startTestServer(pipelines, {}, ':memory:', { timers: onlyWhatIsTold, among, beside: one });
  return {
    one,
    two,
    async [Symbol.asyncDispose]() {
      await two[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
    },
  };
}

test('who guesses at one server is slowed at the other, too; who was not there is not', async () => {
  await using servers = await twoServers();
  const ask = async ({ server }: TestServer, remoteAddress: string): Promise<number> => {
    const request = new Request('http://ci.test/api/v1/pipelines', { headers: { authorization: 'Bearer wrong' } });
    return (await server.fetch(request, { remoteAddress })).status;
  };
  const statuses: number[] = [];
  for (let n = 0; n < 26; n += 1) {
    statuses.push(await ask(n % 2 === 0 ? servers.one : servers.two, '192.0.2.1'));
    // Until the other has heard of it: what happens within a moment is told together.
    await Bun.sleep(35);
  }
  // Twenty, and one more for every three seconds that a busy machine takes for this; alone each would let thirteen through.
  expect(statuses.indexOf(429)).toBeGreaterThanOrEqual(20);
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(23);
  expect(await ask(servers.two, '192.0.2.2')).toBe(401);
});

test('a held question, a reader and a worker are told at one server what happens at the other', async () => {
  await using servers = await twoServers();
  const { one, two } = servers;
  const [api, other] = [apiOf(one), apiOf(two)];
  await api.call('setPipeline', p, { body: bundleOf('one') });
  const worker = await two.worker();
  const asked = worker.nextBuild();
  const build = await api.call('triggerJob', { ...p, job: 'build' }, { body: {} });
  const grant = await asked;
  expect(grant.build.id).toBe(build.id);

  const stop = new AbortController();
  const watched = await one.fetch(
    new Request(`http://ci.test/api/v1/builds/${build.id}/events`, {
      headers: { authorization: `Bearer ${one.token}` },
      signal: stop.signal,
    }),
  );
  const reader = watched.body?.pipeThrough(new TextDecoderStream()).getReader();
  const until = async (text: string): Promise<void> => {
    for (let seen = ''; !seen.includes(text); seen += (await reader?.read())?.value ?? '');
  };
  await until('snapshot');
  await worker.emit(grant, started, stepStarted('2'));
  await worker.emit(grant, log('2', 'seen at the other'));
  await until('seen at the other');

  const told = new Promise<string>((resolve) => {
    worker.queue.listen((body) => {
      const text = new TextDecoder().decode(body);
      if (text.includes('cancel')) resolve(text);
    });
  });
  await api.call('cancelBuild', { build: build.id });
  expect(await told).toContain(grant.attempt);
  stop.abort();
  await reader?.cancel();

  const listed = await other.call('listServers', {});
  expect(listed.map(({ name, status }) => [name, status])).toEqual([
    ['one', 'running'],
    ['two', 'running'],
  ]);
});
