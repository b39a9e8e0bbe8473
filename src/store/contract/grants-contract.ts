import { describe, expect, test } from 'bun:test';
import { newId, type WorkerId } from '../../lib/ids.ts';
import { job, model, type Open, planOf, type Simple, some, task, type World } from './world.ts';

/** A pipeline of jobs without gets, each with its own options. */
async function jobs(world: World, ...options: Parameters<World['simple']>[0][]): Promise<readonly Simple[]> {
  const all = options.map((own, index) => job(`j${index}`, [task('1')], own));
  const pipeline = await world.set('app', model([], all));
  const records = await world.store.listJobs(pipeline.id);
  return all.map((of, index) => ({
    pipeline,
    job: some(records[index]),
    resource: undefined as never,
    plan: { ...planOf(of, []), tags: of.tags },
  }));
}

const held = async (world: World): Promise<readonly string[]> =>
  (await world.store.listBuilds({ status: ['running'], limit: 100 })).items.map(
    (build) => `${build.job}#${build.number}`,
  );

export function grantsContract(open: Open): void {
  describe('granting', () => {
    test('checks before builds, then priority, then age', async () => {
      const world = await open();
      const app = await world.simple();
      const [low, high] = await Promise.all([world.trigger(app), world.trigger(app, { priority: 5 })]);
      const later = await world.trigger(app, { priority: 5 });
      await world.store.requestCheck({ resourceId: app.resource.id, now: world.clock.now(), nextCheckAt: 0 });
      expect(await world.store.grant(world.request())).toMatchObject({ kind: 'check' });
      const order = [];
      for (let round = 0; round < 3; round++) order.push(some(await world.grantBuild()).build.id);
      expect(order).toEqual([high.id, later.id, low.id]);
      expect(await world.grantBuild()).toBeUndefined();
    });

    test('a worker gets only the kinds it asks for', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      expect(await world.store.grant(world.request({ kinds: ['check'] }))).toBeUndefined();
    });

    test('all of a build’s tags must be the worker’s', async () => {
      const world = await open();
      const [plain, tagged] = await jobs(world, {}, { tags: ['gpu', 'linux'] });
      const build = await world.trigger(some(tagged));
      expect(await world.grantBuild()).toBeUndefined();
      expect(await world.grantBuild({ tags: ['gpu'] })).toBeUndefined();
      const other = await world.trigger(some(plain));
      // A worker with tags takes what asks for none, too.
      expect(some(await world.grantBuild({ tags: ['gpu'] })).build.id).toBe(other.id);
      expect(some(await world.grantBuild({ tags: ['x', 'linux', 'gpu'] })).build.id).toBe(build.id);
    });

    test('a worker of a team gets that team’s work', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const other = await world.store.ensureTeam('other');
      expect(await world.grantBuild({ teamId: other.id })).toBeUndefined();
      expect(await world.grantBuild({ teamId: app.pipeline.teamId })).toBeDefined();
    });

    test('many workers at once: each build once', async () => {
      const world = await open();
      const app = await world.simple();
      const builds = await Promise.all(Array.from({ length: 10 }, () => world.trigger(app)));
      const workers = Array.from({ length: 25 }, () => newId<WorkerId>());
      const grants = await Promise.all(workers.map((workerId) => world.grantBuild({ workerId })));
      const granted = grants.flatMap((work) => (work === undefined ? [] : [work.build.id]));
      expect(granted.toSorted()).toEqual(builds.map((build) => build.id).toSorted());
    });

    test('the same question gets the same grant while it runs', async () => {
      const world = await open();
      const app = await world.simple();
      await Promise.all([world.trigger(app), world.trigger(app)]);
      await world.store.saveWorker({ id: world.workerId, name: 'w', version: '1', tags: [], slots: 1 }, 0);
      const question = world.request({ kinds: ['build'] });
      const [one, two] = await Promise.all([world.store.grant(question), world.store.grant(question)]);
      expect(one).toBeDefined();
      expect(two).toEqual(one);
      expect(await held(world)).toEqual(['test#1']);
      // A question of the same words from another worker is another question.
      const stranger = await world.store.grant({ ...question, workerId: newId<WorkerId>() });
      expect(stranger).toMatchObject({ kind: 'build', build: { number: 2 } });
      if (one?.kind !== 'build') throw new Error('expected a build');
      await world.append(one, 1, world.started(), world.ended('succeeded'));
      expect(await world.store.grant(question)).toBeUndefined();
    });

    test('a check is granted again for the same question, too', async () => {
      const world = await open();
      const app = await world.simple();
      await world.store.requestCheck({ resourceId: app.resource.id, now: world.clock.now(), nextCheckAt: 0 });
      const question = world.request();
      const first = await world.store.grant(question);
      expect(first).toMatchObject({ kind: 'check' });
      expect(await world.store.grant(question)).toEqual(first);
    });

    test('a worker that was lost or has left gets nothing until it is heard of', async () => {
      const world = await open();
      const app = await world.simple();
      const hello = () =>
        world.store.saveWorker({ id: world.workerId, name: 'w', version: '1', tags: [], slots: 1 }, world.clock.now());
      await hello();
      await world.trigger(app);
      await world.grantBuild();
      // It was stopped in the middle, and a question of its other slot is held.
      world.clock.forward(60_000);
      await world.store.rescueExpired(world.retries);
      world.clock.forward(60_000);
      expect(await world.grantBuild()).toBeUndefined();
      await world.store.touchWorker(world.workerId, world.clock.now());
      expect(await world.grantBuild()).toMatchObject({ build: { attempts: 2 } });

      await world.store.leaveWorker(world.workerId, world.clock.forward(1));
      expect(await world.grantBuild()).toBeUndefined();
      await hello();
      expect(await world.grantBuild()).toBeDefined();
    });

    test('what is paused waits', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      await world.store.pauseJob(app.job.id, world.mark(), world.clock.now());
      expect(await world.grantBuild()).toBeUndefined();
      await world.store.pauseJob(app.job.id, undefined, world.clock.now());
      await world.store.pausePipeline(app.pipeline.id, world.mark(), world.clock.now());
      expect(await world.grantBuild()).toBeUndefined();
      await world.store.pausePipeline(app.pipeline.id, undefined, world.clock.now());
      expect(await world.grantBuild()).toBeDefined();
    });
  });

  describe('slots', () => {
    test('concurrency is never exceeded, and frees at the end', async () => {
      const world = await open();
      const [limited] = await jobs(world, { concurrency: 2 });
      for (let round = 0; round < 5; round++) await world.trigger(some(limited));
      const answers = await Promise.all(Array.from({ length: 5 }, () => world.grantBuild()));
      const grants = answers.filter((work) => work !== undefined);
      expect(grants).toHaveLength(2);
      await world.append(some(grants[0]), 1, world.started(), world.ended('failed'));
      expect(await world.grantBuild()).toBeDefined();
      expect(await world.grantBuild()).toBeUndefined();
      expect(await held(world)).toHaveLength(2);
    });

    test('a job that waits for a slot does not keep others back', async () => {
      const world = await open();
      const [limited, free] = await jobs(world, { concurrency: 1 }, {});
      await world.trigger(some(limited));
      await world.trigger(some(limited));
      const last = await world.trigger(some(free));
      await world.grantBuild();
      expect(some(await world.grantBuild()).build.id).toBe(last.id);
    });

    test('jobs of one serial group take turns', async () => {
      const world = await open();
      const [a, b, c] = await jobs(
        world,
        { serialGroups: ['x'] },
        { serialGroups: ['y', 'x'] },
        { serialGroups: ['y'] },
      );
      for (const of of [a, b, c]) await world.trigger(some(of));
      const first = some(await world.grantBuild());
      expect(first.build.job).toBe('j0');
      // j1 needs both groups and came before j2, which must not take y before it.
      expect(await world.grantBuild()).toBeUndefined();
      await world.append(first, 1, world.started(), world.ended('succeeded'));
      const second = some(await world.grantBuild());
      expect(second.build.job).toBe('j1');
      expect(await world.grantBuild()).toBeUndefined();
      await world.append(second, 1, world.started(), world.ended('succeeded'));
      expect(some(await world.grantBuild()).build.job).toBe('j2');
    });

    test('groups of the same name in two pipelines are two groups', async () => {
      const world = await open();
      const [one, two] = [
        await world.simple({ serialGroups: ['x'] }, 'one'),
        await world.simple({ serialGroups: ['x'] }, 'two'),
      ];
      await world.trigger(one);
      await world.trigger(two);
      expect(await world.grantBuild()).toBeDefined();
      expect(await world.grantBuild()).toBeDefined();
    });

    test('a slot stays held between the attempts of a build', async () => {
      const world = await open();
      const [limited] = await jobs(world, { concurrency: 1, serialGroups: ['x'] });
      const first = await world.trigger(some(limited));
      await world.trigger(some(limited));
      const granted = some(await world.grantBuild());
      const result = await world.append(granted, 1, world.started(), world.ended('errored'));
      expect(result.build).toMatchObject({ status: 'pending', notBefore: world.clock.now() + 1_000 });
      // Not yet, and the other one must not pass it by.
      expect(await world.grantBuild()).toBeUndefined();
      world.clock.forward(1_000);
      expect(some(await world.grantBuild()).build.id).toBe(first.id);
      // Cancelled between attempts, it lets go.
      const again = some((await world.store.listAttempts(first.id)).at(-1));
      await world.store.surrender([again.id], world.workerId, world.retries);
      await world.store.cancelBuild(first.id, 'ada', world.clock.now());
      expect(some(await world.grantBuild()).build.number).toBe(2);
    });

    test('a limit that was lowered holds for the next', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      await world.trigger(app);
      await world.grantBuild();
      await world.simple({ concurrency: 1 });
      expect(await world.grantBuild()).toBeUndefined();
    });
  });
}
