import { describe, expect, test } from 'bun:test';
import { type BuildId, type JobId, newId, type VersionId } from '../../lib/ids.ts';
import type { BuildQuery } from '../build-store.ts';
import type { BuildRecord } from '../records.ts';
import type { DecisionCommit, NewBuild } from '../scheduling-facts.ts';
import { get, input, job, type Open, planOf, resource, type Simple, some, type World } from './world.ts';

export const commit = (world: World, app: Simple, parts: Partial<DecisionCommit>): DecisionCommit => ({
  pipelineId: app.pipeline.id,
  builds: [],
  updates: [],
  holds: [],
  now: world.clock.now(),
  ...parts,
});

export const automatic = (world: World, app: Simple, of: Parameters<typeof input>[1]): NewBuild =>
  world.newBuild(app, [input('1', of)], {
    automatic: true,
    cause: { kind: 'version', resource: 'git.src', version: of.version },
  });

async function pages(world: World, query: Omit<BuildQuery, 'after'>): Promise<BuildRecord[][]> {
  const all: BuildRecord[][] = [];
  let after: string | undefined;
  do {
    const page = await world.store.listBuilds({ ...query, after });
    all.push([...page.items]);
    after = page.next;
  } while (after !== undefined);
  return all;
}

export function buildsContract(open: Open): void {
  describe('making builds', () => {
    test('a manual one has its number, inputs, cause and plan', async () => {
      const world = await open();
      const app = await world.simple();
      const [version] = await world.versions(app.resource, 'a');
      const build = await world.store.createBuild(world.newBuild(app, [input('1', some(version))]), world.clock.now());
      expect(build).toMatchObject({ number: 1, status: 'pending', job: 'test', pipeline: 'app', team: 'main' });
      const detail = some(await world.store.getBuild(build.id));
      expect(detail.inputs).toEqual([
        {
          step: '1',
          resourceId: app.resource.id,
          resource: 'git.src',
          versionId: some(version).id,
          version: { ref: 'a' },
          metadata: { author: 'ada' },
        },
      ]);
      expect(detail.plan).toEqual(app.plan);
      expect(detail).toMatchObject({ cause: { kind: 'manual', by: 'ada' }, revision: 1, attempts: 0, attemptList: [] });
      expect(await world.store.findBuild(app.job.id, 1)).toEqual(build);
      expect(await world.store.findBuild(app.job.id, 2)).toBeUndefined();
      expect(await world.store.getBuild(newId<BuildId>())).toBeUndefined();
      expect(await world.store.getBuildRecord(build.id)).toEqual(build);
      expect(await world.store.getBuildRecord(newId<BuildId>())).toBeUndefined();
    });

    test('numbers of a job have no gaps, however many are made at once', async () => {
      const world = await open();
      const app = await world.simple();
      const builds = await Promise.all(Array.from({ length: 20 }, () => world.trigger(app)));
      const numbers = builds.map((build) => build.number).toSorted((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });

    test('one that could not be made takes no number', async () => {
      const world = await open();
      const app = await world.simple();
      const [version] = await world.versions(app.resource, 'a');
      const gone = { ...input('1', some(version)), versionId: newId<VersionId>() };
      const bad = world.newBuild(app, [gone]);
      await expect(world.store.createBuild(bad, world.clock.now())).rejects.toMatchObject({ code: 'store.conflict' });
      const nowhere = world.newBuild(app, [], { jobId: newId<JobId>() });
      await expect(world.store.createBuild(nowhere, world.clock.now())).rejects.toMatchObject({
        code: 'store.not_found',
      });
      expect(await world.trigger(app)).toMatchObject({ number: 1 });
    });

    test('a build keeps its versions when the resource forgets them', async () => {
      const world = await open();
      const app = await world.simple();
      const [version] = await world.versions(app.resource, 'a');
      const build = await world.store.createBuild(world.newBuild(app, [input('1', some(version))]), world.clock.now());
      const url = { kind: 'known', value: 'elsewhere' } as const;
      const moved = { ...some(await world.store.getRevision(app.pipeline.revisionId)).model };
      await world.set('app', { ...moved, resources: [resource('src', { params: { url } })] }, 'moved');
      expect(some(await world.store.getBuild(build.id)).inputs).toMatchObject([{ version: { ref: 'a' } }]);
    });
  });

  describe('a retry', () => {
    test('repeats versions that the resource forgot meanwhile', async () => {
      const world = await open();
      const app = await world.simple();
      const [version] = await world.versions(app.resource, 'a');
      const inputs = [input('1', some(version))];
      await world.trigger(app, { inputs });
      await world.play('failed');
      const { model: was } = some(await world.store.getRevision(app.pipeline.revisionId));
      const url = { kind: 'known', value: 'elsewhere' } as const;
      await world.set('app', { ...was, resources: [resource('src', { params: { url } })] }, 'moved');
      const cause = { kind: 'retry', by: 'ada', ofNumber: 1 } as const;
      const again = await world.trigger(app, { inputs, cause });
      expect(await world.store.getBuild(again.id)).toMatchObject({ number: 2, inputs: [{ version: { ref: 'a' } }] });
      expect((await world.store.inputsOf([again.id])).get(again.id)).toMatchObject([{ version: { ref: 'a' } }]);
    });
  });

  describe('decisions', () => {
    test('committed twice make one build', async () => {
      const world = await open();
      const app = await world.simple();
      const versions = await world.versions(app.resource, 'a', 'b');
      const builds = [automatic(world, app, some(versions[1]))];
      const made = await Promise.all([
        world.store.commitDecisions(commit(world, app, { builds })),
        world.store.commitDecisions(commit(world, app, { builds })),
      ]);
      expect(made.flat()).toMatchObject([{ number: 1, status: 'pending' }]);
      await world.play('failed');
      expect(await world.store.commitDecisions(commit(world, app, { builds }))).toEqual([]);
    });

    test('at most one automatic build waits, unless the job wants every version', async () => {
      const world = await open();
      const app = await world.simple();
      const versions = (await world.versions(app.resource, 'a', 'b')).map((version) => automatic(world, app, version));
      expect(await world.store.commitDecisions(commit(world, app, { builds: versions }))).toHaveLength(1);

      const plan = planOf(job('test', [get('1', 'git.src', { version: 'every' })]), [resource('src')]);
      const every = await world.simple({}, 'every');
      const each = (await world.versions(every.resource, 'a', 'b', 'c')).map((version) => ({
        ...automatic(world, every, version),
        plan,
      }));
      expect(await world.store.commitDecisions(commit(world, every, { builds: each }))).toHaveLength(3);
    });

    test('a waiting build takes over the priority of the revision in force', async () => {
      const world = await open();
      const app = await world.simple();
      const [a] = await world.versions(app.resource, 'a');
      const [made] = await world.store.commitDecisions(
        commit(world, app, { builds: [automatic(world, app, some(a))] }),
      );
      await world.trigger(app, { priority: 3 });
      const { inputs, cause, plan, revisionId } = automatic(world, app, some(a));
      const update = { buildId: some(made).id, inputs, cause, plan, revisionId, priority: 5 };
      await world.store.commitDecisions(commit(world, app, { updates: [update] }));
      expect(some(await world.grantBuild()).build.number).toBe(1);
    });

    test('a waiting build is changed until it is granted', async () => {
      const world = await open();
      const app = await world.simple();
      const [a, b, c] = await world.versions(app.resource, 'a', 'b', 'c');
      const [made] = await world.store.commitDecisions(
        commit(world, app, { builds: [automatic(world, app, some(a))] }),
      );
      const { id } = some(made);
      const update = (to: typeof a) => {
        const { inputs, cause, plan, revisionId } = automatic(world, app, some(to));
        return commit(world, app, { updates: [{ buildId: id, inputs, cause, plan, revisionId, priority: 0 }] });
      };
      await world.store.commitDecisions(update(b));
      expect(some(await world.store.getBuild(id))).toMatchObject({
        number: 1,
        inputs: [{ version: { ref: 'b' } }],
        cause: { version: { ref: 'b' } },
      });
      expect(some(await world.grantBuild()).build.inputs).toMatchObject([{ version: { ref: 'b' } }]);
      await world.store.commitDecisions(update(c));
      expect(some(await world.store.getBuild(id)).inputs).toMatchObject([{ version: { ref: 'b' } }]);
    });

    test('a withdrawn build is skipped and counts as never made', async () => {
      const world = await open();
      const app = await world.simple();
      const [a] = await world.versions(app.resource, 'a');
      const builds = [automatic(world, app, some(a))];
      const [made] = await world.store.commitDecisions(commit(world, app, { builds }));
      const problem = { code: 'build.withdrawn', message: 'its version was disabled' };
      const withdrawals = [{ buildId: some(made).id, problem }];
      await world.store.commitDecisions(commit(world, app, { withdrawals }));
      expect(await world.store.findBuild(app.job.id, 1)).toMatchObject({ status: 'skipped', problem });
      expect(await world.store.commitDecisions(commit(world, app, { builds }))).toMatchObject([{ number: 2 }]);
      // Granted meanwhile: it runs.
      await world.grantBuild();
      const late = [{ buildId: some(await world.store.findBuild(app.job.id, 2)).id, problem }];
      await world.store.commitDecisions(commit(world, app, { withdrawals: late }));
      expect(await world.store.findBuild(app.job.id, 2)).toMatchObject({ status: 'running' });
    });

    test('all or nothing', async () => {
      const world = await open();
      const app = await world.simple();
      const [a] = await world.versions(app.resource, 'a');
      const bad = automatic(world, app, { ...some(a), id: newId<VersionId>() });
      const both = commit(world, app, { builds: [automatic(world, app, some(a)), bad] });
      const held = { ...both, holds: [{ jobId: app.job.id, reason: { kind: 'x' } }] };
      // The second is left out for its set, or refused for its version: in any case nothing is half done.
      const outcome = await world.store.commitDecisions({ ...held, builds: [bad] }).catch((error) => error.code);
      expect(outcome).toBe('store.conflict');
      expect((await world.store.listBuilds({ limit: 10 })).items).toEqual([]);
      expect(some((await world.store.listJobs(app.pipeline.id))[0]).hold).toBeUndefined();
    });

    test('a reason is kept with its beginning, and cleared', async () => {
      const world = await open();
      const app = await world.simple();
      const since = world.clock.now();
      const hold = async (reason: unknown) => {
        const holds = [{ jobId: app.job.id, reason }];
        await world.store.commitDecisions({ ...commit(world, app, { holds }), now: world.clock.forward(10) });
        return some((await world.store.listJobs(app.pipeline.id))[0]).hold;
      };
      expect(await hold({ kind: 'paused', by: 'ada' })).toEqual({
        reason: { kind: 'paused', by: 'ada' },
        since: since + 10,
      });
      expect(await hold({ by: 'ada', kind: 'paused' })).toMatchObject({ since: since + 10 });
      expect(await hold({ kind: 'no_version' })).toEqual({ reason: { kind: 'no_version' }, since: since + 30 });
      expect(await hold(undefined)).toBeUndefined();
    });
  });

  describe('lists of builds', () => {
    test('of a job, of a pipeline, of everything, newest first in pages', async () => {
      const world = await open();
      const app = await world.simple();
      const other = await world.simple({}, 'other');
      for (let round = 0; round < 5; round++) {
        world.clock.forward(1);
        await world.trigger(app);
      }
      world.clock.forward(1);
      await world.trigger(other);
      const numbers = (found: BuildRecord[][]) => found.map((page) => page.map((build) => build.number));
      expect(numbers(await pages(world, { jobId: app.job.id, limit: 2 }))).toEqual([[5, 4], [3, 2], [1]]);
      expect(numbers(await pages(world, { pipelineId: app.pipeline.id, limit: 3 }))).toEqual([
        [5, 4, 3],
        [2, 1],
      ]);
      const all = await pages(world, { limit: 4 });
      expect(all.flat().map((build) => `${build.pipeline} ${build.number}`)).toEqual([
        'other 1',
        'app 5',
        'app 4',
        'app 3',
        'app 2',
        'app 1',
      ]);
      expect(await world.store.listBuilds({ jobId: app.job.id, limit: 5 })).toMatchObject({ next: undefined });
    });

    test('by status', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      await world.trigger(app);
      await world.play('failed');
      const of = async (...status: NonNullable<BuildQuery['status']>) =>
        (await world.store.listBuilds({ status, limit: 10 })).items.map((build) => build.number);
      expect(await of('failed')).toEqual([1]);
      expect(await of('pending')).toEqual([2]);
      expect(await of('pending', 'failed')).toEqual([2, 1]);
      expect(await of('running')).toEqual([]);
    });

    test('with their inputs', async () => {
      const world = await open();
      const app = await world.simple();
      const [a, b] = await world.versions(app.resource, 'a', 'b');
      const one = await world.trigger(app, { inputs: [input('1', some(a))] });
      const two = await world.trigger(app, { inputs: [input('1', some(b))] });
      const none = await world.trigger(app);
      const inputs = await world.store.inputsOf([one.id, two.id, none.id]);
      expect([...inputs].map(([id, [only]]) => [id, only?.version.ref]).toSorted()).toEqual(
        [
          [one.id, 'a'],
          [two.id, 'b'],
        ].toSorted(),
      );
      expect(await world.store.inputsOf([])).toEqual(new Map());
    });

    test('the newest of each job', async () => {
      const world = await open();
      const app = await world.simple();
      for (let round = 0; round < 4; round++) await world.trigger(app);
      const recent = await world.store.recentBuilds(app.pipeline.id, 3);
      expect(recent.map((build) => build.number)).toEqual([4, 3, 2]);
    });
  });

  describe('cancelling', () => {
    test('a pending build is cancelled at once, and not made again by itself', async () => {
      const world = await open();
      const app = await world.simple();
      const [a] = await world.versions(app.resource, 'a');
      const builds = [automatic(world, app, some(a))];
      const [made] = await world.store.commitDecisions(commit(world, app, { builds }));
      const { build, attempt } = await world.store.cancelBuild(some(made).id, 'bob', world.clock.now());
      expect(build).toMatchObject({ status: 'cancelled', endedAt: world.clock.now(), cancelRequestedBy: 'bob' });
      expect(attempt).toBeUndefined();
      expect(await world.grantBuild()).toBeUndefined();
      const facts = some(await world.store.schedulingFacts(app.pipeline.id));
      expect([...some(facts.jobs[0]).used]).toEqual([some(a).id]);
    });

    test('a running one is asked to stop, once', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      const first = await world.store.cancelBuild(granted.build.id, 'bob', world.clock.now());
      expect(first).toMatchObject({
        build: { status: 'running', cancelRequestedBy: 'bob' },
        attempt: { id: granted.attempt.id, status: 'cancelling', cancelRequested: true },
      });
      const again = await world.store.cancelBuild(granted.build.id, 'eve', world.clock.now());
      expect(again.build.cancelRequestedBy).toBe('bob');
      // Its worker had not heard of it when it began, and then says how it ended.
      const result = await world.append(granted, 1, world.started(), world.ended('cancelled'));
      expect(result.build).toMatchObject({ status: 'cancelled' });
    });

    test('one that has ended is refused', async () => {
      const world = await open();
      const app = await world.simple();
      const build = await world.trigger(app);
      await world.play();
      await expect(world.store.cancelBuild(build.id, 'bob', 0)).rejects.toMatchObject({ code: 'store.conflict' });
      await expect(world.store.cancelBuild(newId<BuildId>(), 'bob', 0)).rejects.toMatchObject({
        code: 'store.not_found',
      });
    });
  });
}
