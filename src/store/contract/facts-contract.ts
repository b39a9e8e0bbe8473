import { describe, expect, test } from 'bun:test';
import { newId, type PipelineId } from '../../lib/ids.ts';
import { automatic, commit } from './builds-contract.ts';
import { get, input, job, model, type Open, planOf, resource, type Simple, some, type World } from './world.ts';

const factsOf = async (world: World, app: Simple) => some(await world.store.schedulingFacts(app.pipeline.id));

export function factsContract(open: Open): void {
  describe('facts for the scheduler', () => {
    test('of a pipeline that is not there', async () => {
      const world = await open();
      expect(await world.store.schedulingFacts(newId<PipelineId>())).toBeUndefined();
    });

    test('the waiting build is told apart from what was used', async () => {
      const world = await open();
      const app = await world.simple();
      const [a, b] = await world.versions(app.resource, 'a', 'b');
      await world.store.commitDecisions(commit(world, app, { builds: [automatic(world, app, some(a))] }));
      const before = some((await factsOf(world, app)).jobs[0]);
      expect(before.pending).toEqual({
        buildId: some(await world.store.findBuild(app.job.id, 1)).id,
        revisionId: app.pipeline.revisionId,
        inputs: [input('1', some(a))],
        needsApproval: false,
      });
      expect([...before.used]).toEqual([]);
      await world.grantBuild();
      const after = some((await factsOf(world, app)).jobs[0]);
      expect(after.pending).toBeUndefined();
      expect([...after.used]).toEqual([some(a).id]);
      // A manual build uses what it gets from the moment it is made.
      await world.trigger(app, { inputs: [input('1', some(b))] });
      expect(new Set(some((await factsOf(world, app)).jobs[0]).used)).toEqual(new Set([some(a).id, some(b).id]));
    });

    test('builds of every version are used when they are made', async () => {
      const world = await open();
      const app = await world.simple();
      const plan = planOf(job('test', [get('1', 'git.src', { version: 'every' })]), [resource('src')]);
      const versions = await world.versions(app.resource, 'a', 'b');
      const builds = versions.map((version) => ({ ...automatic(world, app, version), plan }));
      await world.store.commitDecisions(commit(world, app, { builds }));
      const facts = some((await factsOf(world, app)).jobs[0]);
      expect(facts.pending).toBeUndefined();
      expect(facts.used.size).toBe(2);
    });

    test('what waits in the queue with a version that may not be used any more', async () => {
      const world = await open();
      const app = await world.simple();
      const plan = planOf(job('test', [get('1', 'git.src', { version: 'every' })]), [resource('src')]);
      const all = await world.versions(app.resource, 'a', 'b', 'c');
      const builds = all.map((version) => ({ ...automatic(world, app, version), plan }));
      const made = await world.store.commitDecisions(commit(world, app, { builds }));
      const [a, b, c] = all;
      const stale = async () => some((await factsOf(world, app)).jobs[0]).queued?.map((build) => build.buildId) ?? [];
      expect(await stale()).toEqual([]);
      await world.store.disableVersion(some(b).id, world.mark());
      expect(await stale()).toEqual([some(made[1]).id]);
      await world.store.pinVersion(app.resource.id, { versionId: some(b).id, mark: world.mark() });
      // Neither the pinned one, which is disabled, nor another is to be built.
      expect(await stale()).toEqual(made.map((build) => build.id));
      await world.store.disableVersion(some(b).id, undefined);
      expect(await stale()).toEqual([some(made[0]).id, some(made[2]).id]);
      await world.store.disableVersion(some(b).id, world.mark());
      await world.store.pinVersion(app.resource.id, undefined);

      // What was withdrawn was never made: its version is new again.
      const problem = { code: 'build.withdrawn', message: 'disabled' };
      const withdrawals = [{ buildId: some(made[1]).id, problem }];
      await world.store.commitDecisions(commit(world, app, { withdrawals }));
      expect(await world.store.getBuildRecord(some(made[1]).id)).toMatchObject({ status: 'skipped', problem });
      const used = async () => new Set(some((await factsOf(world, app)).jobs[0]).used);
      expect(await used()).toEqual(new Set([some(a).id, some(c).id]));
      await world.store.disableVersion(some(b).id, undefined);
      const again = await world.store.commitDecisions(commit(world, app, { builds: [some(builds[1])] }));
      expect(again).toMatchObject([{ number: 4, status: 'pending' }]);
      expect(await used()).toEqual(new Set(all.map((version) => version.id)));

      // One that another build had stays used.
      await world.trigger(app, { inputs: [input('1', some(c))] });
      await world.store.commitDecisions(commit(world, app, { withdrawals: [{ buildId: some(made[2]).id, problem }] }));
      expect(await used()).toEqual(new Set(all.map((version) => version.id)));
    });

    test('what waits with a version that is gone', async () => {
      const world = await open();
      const app = await world.simple();
      const plan = planOf(job('test', [get('1', 'git.src', { version: 'every' })]), [resource('src')]);
      const [a] = await world.versions(app.resource, 'a');
      await world.store.commitDecisions(commit(world, app, { builds: [{ ...automatic(world, app, some(a)), plan }] }));
      const url = { kind: 'known', value: 'elsewhere' } as const;
      const { model: before } = some(await world.store.getRevision(app.pipeline.revisionId));
      await world.set('app', { ...before, resources: [resource('src', { params: { url } })] }, 'moved');
      expect(some((await factsOf(world, app)).jobs[0]).queued).toHaveLength(1);
    });

    test('what an interruptible job may stop', async () => {
      const world = await open();
      const stops = await world.simple({ interruptible: true });
      const [a, b, c] = await world.versions(stops.resource, 'a', 'b', 'c');
      const live = async () => some((await factsOf(world, stops)).jobs[0]).live;
      await world.store.commitDecisions(commit(world, stops, { builds: [automatic(world, stops, some(a))] }));
      // It still waits, so it gets newer versions instead.
      expect(await live()).toEqual([]);
      const granted = some(await world.grantBuild());
      await world.store.commitDecisions(commit(world, stops, { builds: [automatic(world, stops, some(b))] }));
      // What a person asked for is hers.
      await world.trigger(stops, { inputs: [input('1', some(c))] });
      expect(await live()).toEqual([
        { buildId: granted.build.id, number: 1, needsApproval: false, versions: new Map([['1', { ref: 'a' }]]) },
      ]);
      await world.store.cancelBuild(granted.build.id, 'a newer build', world.clock.now());
      expect(await live()).toEqual([]);

      const other = await world.simple({}, 'other');
      expect(some((await factsOf(world, other)).jobs[0]).live).toBeUndefined();
    });

    test('of some jobs: all about them, and of those before them what passed', async () => {
      const world = await open();
      const [src, lib] = [resource('src'), resource('lib')];
      const jobs = [
        job('test', [get('1', 'git.src')]),
        job('ship', [get('1', 'git.src', { passed: ['test'] })]),
        job('other', [get('1', 'git.lib')]),
      ];
      const pipeline = await world.set('app', model([src, lib], jobs));
      const [test1] = await world.store.listJobs(pipeline.id);
      const source = some((await world.store.listResources(pipeline.id)).find((one) => one.address === 'git.src'));
      const app = { pipeline, job: some(test1), resource: source, plan: planOf(some(jobs[0]), [src]) };
      const [a] = await world.versions(source, 'a', 'b');
      await world.trigger(app, { inputs: [input('1', some(a))] });
      await world.play();

      const all = await factsOf(world, app);
      const ship = some(await world.store.schedulingFacts(pipeline.id, { kind: 'jobs', jobs: ['ship', 'gone'] }));
      expect(ship.only).toEqual(new Set(['ship', 'gone']));
      expect(ship.jobs.find((one) => one.name === 'ship')).toEqual(some(all.jobs[1]));
      expect(ship.jobs.find((one) => one.name === 'test')?.passed).toEqual(some(all.jobs[0]).passed);
      expect(ship.jobs).toHaveLength(2);
      expect(ship.resources).toEqual(all.resources.filter((one) => one.address === 'git.src'));

      const happened = { jobs: ['test'], resources: [] };
      const after = some(await world.store.schedulingFacts(pipeline.id, { kind: 'happened', happened }));
      expect(after.only).toEqual(new Set(['test', 'ship']));
      expect(new Set(after.jobs)).toEqual(new Set(all.jobs.filter((one) => one.name !== 'other')));
    });

    test('what passed, newest first, with outputs over inputs', async () => {
      const world = await open();
      const watched = resource('src');
      const test1 = job('test', [get('1', 'git.src')]);
      const ship = job('ship', [get('1', 'git.src', { passed: ['test'] })]);
      const pipeline = await world.set('app', model([watched], [test1, ship]));
      const [record] = await world.store.listJobs(pipeline.id);
      const [source] = await world.store.listResources(pipeline.id);
      const app = { pipeline, job: some(record), resource: some(source), plan: planOf(test1, [watched]) };
      const [a, b] = await world.versions(app.resource, 'a', 'b');
      for (const [version, outcome] of [
        [a, 'succeeded'],
        [b, 'failed'],
        [b, 'warning'],
      ] as const) {
        await world.trigger(app, { inputs: [input('1', some(version))] });
        await world.play(outcome);
      }
      const facts = await factsOf(world, app);
      expect(some(facts.jobs[0]).passed.map((build) => [build.number, [...build.versions]])).toEqual([
        [3, [[app.resource.id, some(b).id]]],
        [1, [[app.resource.id, some(a).id]]],
      ]);
      // Nobody asks what passed `ship`.
      expect(some(facts.jobs[1]).passed).toEqual([]);

      await world.trigger(app, { inputs: [input('1', some(a))] });
      const granted = some(await world.grantBuild());
      const pushed = { kind: 'version', at: 1, step: '9', resource: 'git.src', direction: 'pushed' } as const;
      await world.append(
        granted,
        1,
        world.started(),
        { ...pushed, version: { ref: 'c' }, metadata: {} },
        world.ended('succeeded'),
      );
      const c = some((await world.versions(app.resource)).at(-1));
      const newest = some(some((await factsOf(world, app)).jobs[0]).passed[0]);
      expect([...newest.versions]).toEqual([[app.resource.id, c.id]]);
    });

    test('jobs and resources that are out of the pipeline are out of the facts', async () => {
      const world = await open();
      const app = await world.simple();
      await world.set('app', model([resource('other')], [job('other', [get('1', 'git.other')])]), 'other');
      const facts = await factsOf(world, app);
      expect(facts.jobs.map((one) => one.name)).toEqual(['other']);
      expect(facts.resources.map((one) => one.address)).toEqual(['git.other']);
    });

    test('versions newest first, however many, and every unused one of a job that wants every', async () => {
      const world = await open();
      const app = await world.simple({ steps: [get('1', 'git.src', { version: 'every' })] });
      await world.versions(app.resource, 'first');
      const refs = Array.from({ length: 2_500 }, (_, index) => `v${index}`);
      await world.versions(app.resource, ...refs);
      const [source] = (await factsOf(world, app)).resources;
      expect(some(source).versions).toHaveLength(2_501);
      expect(some(source).versions.map((version) => version.position)).toEqual(
        Array.from({ length: 2_501 }, (_, index) => 2_501 - index),
      );

      const latest = await world.simple({}, 'latest');
      await world.versions(latest.resource, 'first');
      const all = await world.versions(latest.resource, ...refs);
      const old = some((await world.store.listVersions(latest.resource.id, { limit: 3_000 })).items.at(-1));
      await world.store.pinVersion(latest.resource.id, { versionId: old.id, mark: world.mark() });
      await world.trigger(latest, { inputs: [input('1', old)] });
      const facts = await factsOf(world, latest);
      const [bounded] = facts.resources;
      expect(all.length).toBeGreaterThan(0);
      expect(some(bounded).versions.length).toBeLessThan(1_100);
      expect(some(bounded).versions.at(-1)?.id).toBe(old.id);
      // Also what lies behind the newest ones is known to be used.
      expect([...some(facts.jobs[0]).used]).toEqual([old.id]);
    });

    test('the newest that nobody disabled, however far back', async () => {
      const world = await open();
      const app = await world.simple();
      const all = await world.versions(
        app.resource,
        'good',
        ...Array.from({ length: 120 }, (_, index) => `bad${index}`),
      );
      for (const version of all.slice(1)) await world.store.disableVersion(version.id, world.mark());
      const [source] = (await factsOf(world, app)).resources;
      expect(some(source).versions.filter((version) => !version.disabled)).toMatchObject([
        { version: { ref: 'good' } },
      ]);
    });

    test('metadata that was added later', async () => {
      const world = await open();
      const app = await world.simple();
      const [a] = await world.versions(app.resource, 'a');
      await factsOf(world, app);
      await world.trigger(app, { inputs: [input('1', some(a))] });
      const fetched = { kind: 'version', at: 1, step: '1', resource: 'git.src', direction: 'fetched' } as const;
      const event = { ...fetched, version: { ref: 'a' }, metadata: { message: 'mend' } };
      await world.append(some(await world.grantBuild()), 1, world.started(), event);
      expect(some((await factsOf(world, app)).resources[0]).versions).toMatchObject([
        { metadata: { message: 'mend' } },
      ]);
    });
  });
}
