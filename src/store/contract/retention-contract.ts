import { describe, expect, test } from 'bun:test';
import type { BuildRecord } from '../records.ts';
import type { RetentionRule } from '../retention.ts';
import { get, input, job, model, type Open, planOf, resource, type Simple, some, task, type World } from './world.ts';

const DAY = 86_400_000;

/** Builds of a job, one a day, each ended as said. */
async function history(world: World, app: Simple, ...ends: ('succeeded' | 'failed')[]): Promise<BuildRecord[]> {
  const builds: BuildRecord[] = [];
  for (const end of ends) {
    await world.trigger(app);
    builds.push(await world.play(end));
    world.clock.forward(DAY);
  }
  return builds;
}

async function expired(world: World, app: Simple, rule: RetentionRule): Promise<string[]> {
  const found = await world.store.expiredBuilds({ jobId: app.job.id, rule, limit: 100 });
  return found.map(({ number, why }) => `${number} ${why}`);
}

const deleteAll = async (world: World, app: Simple, rule: RetentionRule): Promise<void> => {
  const found = await world.store.expiredBuilds({ jobId: app.job.id, rule, limit: 100 });
  await world.store.deleteBuilds(
    found.map(({ id }) => id),
    world.clock.now(),
  );
};

export function retentionContract(open: Open): void {
  describe('what may go', () => {
    test('what is past a limit, and never what has not ended or is the newest that passed', async () => {
      const world = await open();
      const app = await world.simple();
      await history(world, app, 'succeeded', 'succeeded', 'failed', 'failed', 'failed');
      await world.trigger(app);
      expect(await expired(world, app, {})).toEqual([]);
      expect(await expired(world, app, { builds: 6 })).toEqual([]);
      expect(await expired(world, app, { builds: 4 })).toEqual(['1 count']);
      expect(await expired(world, app, { builds: 2 })).toEqual(['1 count', '3 count', '4 count']);
      const twoDaysAgo = world.clock.now() - 2 * DAY;
      expect(await expired(world, app, { endedBefore: twoDaysAgo })).toEqual(['1 age', '3 age']);
      expect(await expired(world, app, { builds: 2, endedBefore: twoDaysAgo })).toEqual(['1 age', '3 age', '4 count']);
      // The one that waits stays, however few are kept.
      expect(await expired(world, app, { builds: 0 })).toEqual(['1 count', '3 count', '4 count', '5 count']);
      const page = await world.store.expiredBuilds({ jobId: app.job.id, rule: { builds: 2 }, after: 1, limit: 1 });
      expect(page).toMatchObject([{ number: 3, status: 'failed' }]);
    });

    test('what is deleted is gone with its log; its number is not used again', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      await world.append(granted, 1, world.started(), world.stepStarted('2'), world.log('2', 'hello\n'));
      await world.append(granted, 4, world.stepEnded('2'), world.ended('failed'));
      await history(world, app, 'failed');
      await deleteAll(world, app, { builds: 1 });
      const { id } = granted.build;
      expect(await world.store.getBuild(id)).toBeUndefined();
      expect(await world.store.findBuild(app.job.id, 1)).toBeUndefined();
      expect(await world.store.listAttempts(id)).toEqual([]);
      expect(await world.store.logSizes(granted.attempt.id)).toEqual(new Map());
      expect((await world.store.listBuilds({ limit: 10 })).items.map(({ number }) => number)).toEqual([2]);
      expect(await world.trigger(app)).toMatchObject({ number: 3 });
      expect((await world.store.listJobs(app.pipeline.id))[0]).toMatchObject({ lastNumber: 3 });
      // Again, and what never was: nothing.
      await world.store.deleteBuilds([id], world.clock.now());
    });

    test('one that has not ended is not deleted, whoever asks', async () => {
      const world = await open();
      const app = await world.simple();
      const build = await world.trigger(app);
      await world.store.deleteBuilds([build.id], world.clock.now());
      expect(await world.store.getBuildRecord(build.id)).toMatchObject({ number: 1 });
    });

    test('a log goes in pieces, and its build says so', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      const chunk = new Uint8Array(100_000).fill(65);
      await world.append(granted, 1, world.started(), world.stepStarted('2'), world.log('2', chunk));
      await world.append(granted, 4, world.log('2', chunk));
      await world.append(granted, 5, world.stepEnded('2'), world.ended('succeeded'));
      const { id } = granted.build;
      expect(await world.store.expiredLogs(world.clock.now(), 10)).toEqual([]);
      world.clock.forward(DAY);
      expect(await world.store.expiredLogs(world.clock.now(), 10)).toEqual([id]);
      expect(await world.store.trimLog(id, 150_000)).toBe(true);
      expect(await world.store.trimLog(id, 150_000)).toBe(true);
      expect(await world.store.trimLog(id, 150_000)).toBe(false);
      await world.store.markLogDeleted(id, world.clock.now());
      expect(await world.store.expiredLogs(world.clock.now(), 10)).toEqual([]);
      expect(await world.store.getBuildRecord(id)).toMatchObject({ logDeletedAt: world.clock.now() });
      expect(await world.store.logSizes(granted.attempt.id)).toEqual(new Map());
      expect(some(await world.store.getBuild(id)).attemptList).toHaveLength(1);
    });
  });

  describe('what is decided stays the same', () => {
    test('what a job used, and what passed it, outlives its builds', async () => {
      const world = await open();
      const watched = resource('src');
      const first = job('test', [get('1', 'git.src'), task('2')]);
      const second = job('deploy', [get('1', 'git.src', { passed: ['test'] }), task('2')]);
      const pipeline = await world.set('app', model([watched], [first, second]));
      const [record] = await world.store.listJobs(pipeline.id);
      const [source] = await world.store.listResources(pipeline.id);
      const app = { pipeline, job: some(record), resource: some(source), plan: planOf(first, [watched]) };
      const versions = await world.versions(app.resource, 'a', 'b', 'c');
      for (const version of versions) {
        await world.store.createBuild(world.newBuild(app, [input('1', version)]), world.clock.now());
        await world.play(version.version.ref === 'b' ? 'failed' : 'succeeded');
      }
      const factsOf = async () => {
        const facts = some(await world.store.schedulingFacts(pipeline.id));
        return facts.jobs.map(({ used, passed }) => ({ used: [...used].sort(), passed }));
      };
      const before = await factsOf();
      expect(before[0]?.passed).toHaveLength(2);
      await deleteAll(world, app, { builds: 0 });
      expect((await world.store.listBuilds({ limit: 10 })).items.map(({ number }) => number)).toEqual([3]);
      expect(await factsOf()).toEqual(before);
    });
  });
}
