import { expect, test } from 'bun:test';
import type { BuildId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { get, job, model, resource, task } from '../../store/contract/world.ts';
import { systemTimers } from '../loops/loop.ts';
import { createRetention } from '../loops/retention.ts';
import { createRevisions } from '../pipelines/revisions.ts';
import {
  ended,
  log,
  started,
  startTestServer,
  stepEnded,
  stepStarted,
  type TestServer,
} from '../test-server.fixture.ts';
import type { RetentionSettings } from './rules.ts';

const pipelines = {
  some: model(
    [resource('src')],
    [
      job('kept', [task('1')]),
      job('few', [task('1')], { retain: { builds: 2 } }),
      job('downstream', [get('1', 'git.src', { passed: ['few'] })]),
    ],
  ),
};
const P = '/teams/main/pipelines/p';
const DAY = 86_400_000;

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects below
async function call(world: TestServer, method: string, path: string, body?: unknown): Promise<[number, any]> {
  const answer = await world.fetch(
    new Request(`http://ci.test/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${world.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  return [answer.status, await answer.json()];
}

/** A server with builds of both jobs, each with a log. */
async function withBuilds(settings: RetentionSettings = {}) {
  const world = await startTestServer(pipelines, { retention: settings });
  await call(world, 'PUT', P, { bundle: { main: 'p.hcl', files: { 'p.hcl': 'some' } }, variables: {} });
  const worker = await world.worker();
  const ids: BuildId[] = [];
  for (const name of ['few', 'few', 'few', 'few', 'kept']) {
    const [, build] = await call(world, 'POST', `${P}/jobs/${name}/trigger`);
    const grant = await worker.nextBuild();
    await worker.emit(grant, started, stepStarted('1'), log('1', 'hello\n'), stepEnded('1'), ended());
    while ((await world.store.getBuildRecord(build.id))?.endedAt === undefined) await Bun.sleep(1);
    ids.push(build.id);
  }
  return { world, ids };
}

/** A round, `days` from now. */
async function round({ store }: TestServer, settings: RetentionSettings, days = 0): Promise<void> {
  const loop = createRetention({
    store,
    revisions: createRevisions(store),
    clock: { now: () => Date.now() + days * DAY },
    timers: systemTimers,
    logger: silentLogger,
    wakeups: { feed: () => undefined },
    settings,
  });
  loop.start();
  await loop.idle();
  await loop.stop();
}

test('what would go is listed with why, and then goes; a deleted build says so', async () => {
  const { world, ids } = await withBuilds();
  await using _ = world;
  const [, before] = await call(world, 'GET', '/retention');
  expect(before).toMatchObject({
    settings: {},
    jobs: [
      {
        team: 'main',
        pipeline: 'p',
        job: 'few',
        keeps: { builds: 2 },
        builds: [
          { number: 1, status: 'succeeded', why: 'count' },
          { number: 2, why: 'count' },
        ],
        more: false,
      },
    ],
    logs: { builds: [], more: false },
  });
  expect((await call(world, 'GET', '/builds'))[1].items).toHaveLength(5);
  await round(world, {});
  expect((await call(world, 'GET', '/builds'))[1].items).toHaveLength(3);
  expect(await call(world, 'GET', `${P}/jobs/few/builds/1`)).toMatchObject([410, { code: 'build.deleted' }]);
  expect(await call(world, 'GET', `${P}/jobs/few/builds/9`)).toMatchObject([404, { code: 'api.not_found' }]);
  expect(await call(world, 'GET', `/builds/${ids[0]}`)).toMatchObject([404, { code: 'api.not_found' }]);
  expect((await call(world, 'GET', '/retention'))[1].jobs[0].builds).toEqual([]);
});

test('days count for jobs that say nothing, and logs go by themselves', async () => {
  const settings = { days: 30, logsDays: 7 };
  const { world, ids } = await withBuilds(settings);
  await using _ = world;
  await round(world, settings);
  await round(world, settings, 8);
  expect((await call(world, 'GET', '/builds'))[1].items).toHaveLength(3);
  const [, kept] = await call(world, 'GET', `/builds/${ids[4]}`);
  expect(kept.logDeletedAt).toBeNumber();
  expect(await call(world, 'GET', `/builds/${ids[4]}/log`)).toMatchObject([410, { code: 'build.log_deleted' }]);
  await round(world, settings, 40);
  // The newest that passed stays, of each job.
  const [, left] = await call(world, 'GET', '/builds');
  expect(left.items.map((build: { job: string; number: number }) => `${build.job} ${build.number}`)).toEqual([
    'kept 1',
    'few 4',
  ]);
});
