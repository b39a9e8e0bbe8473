import { expect, test } from 'bun:test';
import { silentLogger } from '../../lib/logger.ts';
import { get, job, model, resource, some, task } from '../../store/contract/world.ts';
import { apiOf, bundleOf } from '../api-calls.fixture.ts';
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
const p = { team: 'main', pipeline: 'p' };
const DAY = 86_400_000;

/** A server with builds of both jobs, each with a log. */
async function withBuilds(settings: RetentionSettings = {}) {
  const world = await startTestServer(pipelines, { retention: settings });
  const api = apiOf(world);
  await api.call('setPipeline', p, { body: bundleOf('some') });
  const worker = await world.worker();
  const ids: string[] = [];
  for (const name of ['few', 'few', 'few', 'few', 'kept']) {
    const build = await api.call('triggerJob', { ...p, job: name });
    const grant = await worker.nextBuild();
    await worker.emit(grant, started, stepStarted('1'), log('1', 'hello\n'), stepEnded('1'), ended());
    await world.until(`build ${build.number} of ${name} has ended`, async () => {
      return (await api.call('getBuild', { build: build.id })).endedAt ?? undefined;
    });
    ids.push(build.id);
  }
  return { world, api, ids };
}

/** A round, `days` from now. */
async function round({ store }: TestServer, settings: RetentionSettings, days = 0): Promise<void> {
  const loop = createRetention({
    oneAtATime: (_name, _leaseMs, run) => run,
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
  const { world, api, ids } = await withBuilds();
  await using _ = world;
  const before = await api.call('retention', {});
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
  expect((await api.call('listBuilds', {})).items).toHaveLength(5);
  await round(world, {});
  expect((await api.call('listBuilds', {})).items).toHaveLength(3);
  expect(await api.ask('GET', '/teams/main/pipelines/p/jobs/few/builds/1')).toMatchObject({
    status: 410,
    body: { code: 'build.deleted' },
  });
  expect(await api.ask('GET', '/teams/main/pipelines/p/jobs/few/builds/9')).toMatchObject({
    status: 404,
    body: { code: 'api.not_found' },
  });
  expect(await api.ask('GET', `/builds/${ids[0]}`)).toMatchObject({ status: 404, body: { code: 'api.not_found' } });
  expect((await api.call('retention', {})).jobs[0]?.builds).toEqual([]);
});

test('days count for jobs that say nothing, and logs go by themselves', async () => {
  const settings = { days: 30, logsDays: 7 };
  const { world, api, ids } = await withBuilds(settings);
  await using _ = world;
  await round(world, settings);
  await round(world, settings, 8);
  expect((await api.call('listBuilds', {})).items).toHaveLength(3);
  const kept = await api.call('getBuild', { build: some(ids[4]) });
  expect(kept.logDeletedAt).toBeNumber();
  expect(await api.ask('GET', `/builds/${ids[4]}/log`)).toMatchObject({
    status: 410,
    body: { code: 'build.log_deleted' },
  });
  await round(world, settings, 40);
  // The newest that passed stays, of each job.
  const left = await api.call('listBuilds', {});
  expect(left.items.map((build) => `${build.job} ${build.number}`)).toEqual(['kept 1', 'few 4']);
});
