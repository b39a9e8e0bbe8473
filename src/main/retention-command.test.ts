import { expect, test } from 'bun:test';
import { ended, started } from '../server/test-server.fixture.ts';
import { job, model, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const pipelines = {
  two: model([], [job('few', [task('1')], { retain: { builds: 1 } }), job('all', [task('1')])]),
};

test('what is kept, and what would go', async () => {
  await using all = await startRemoteWorld(pipelines, { 'p.hcl': 'two' });
  const { pikoci, world } = all;
  expect((await pikoci('retention')).out).toContain('all builds of all jobs are kept');
  await pikoci('pipelines', 'set', '--pipeline-config', 'p.hcl');
  const worker = await world.worker();
  for (const end of ['failed', 'failed', 'succeeded'] as const) {
    await pikoci('jobs', 'trigger', 'few', '-p', 'p');
    await worker.emit(await worker.nextBuild(), started, ended(end));
  }
  await world.until('the last build has succeeded', async () => {
    const { items } = await world.store.listBuilds({ limit: 9, status: ['succeeded'] });
    return items[0];
  });
  const summed = await pikoci('retention', '-p', 'p');
  expect(summed.out).toContain('where a job does not say, kept are: all builds; logs: as long as their builds');
  expect(summed.out).toMatch(/p +few +1 build +2 builds/);
  const listed = (await pikoci('retention', '--dry-run')).out;
  expect(listed).toMatch(/p +few +1 +failed .*not among the newest 1\n/);
  expect(listed).toMatch(/p +few +2 +failed/);
  expect(listed).not.toMatch(/few +3/);
  const json = JSON.parse((await pikoci('retention', '--dry-run', '--json')).out);
  expect(json.jobs).toMatchObject([{ job: 'few', keeps: { builds: 1 }, builds: [{ number: 1 }, { number: 2 }] }]);
  expect((await pikoci('retention', '-p', 'other', '--dry-run')).out).toContain('nothing would be deleted');
});
