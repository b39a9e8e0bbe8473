import { describe, expect, test } from 'bun:test';
import type { BuildEvent } from '../../protocol/build-event.ts';
import type { NewBuild } from '../scheduling-facts.ts';
import { commit } from './builds-contract.ts';
import { input, model, type Open, resource, type Simple, some, type World } from './world.ts';

export const event = (change: Partial<BuildEvent> = {}): BuildEvent => ({
  ...{ kind: 'push', repository: 'r', name: 'octo/app', ref: 'refs/heads/main', branch: 'main', commit: 'c1' },
  ...change,
});

/** A version that an event brought, and a build of it. */
async function brought(world: World, app: Simple, happened = event(), of: Partial<NewBuild> = {}) {
  const version = await world.store.saveEventVersion({
    ...{ resourceId: app.resource.id, version: { ref: happened.commit }, metadata: {}, event: happened },
    ...{ revisionId: app.pipeline.revisionId, now: world.clock.forward(1_000) },
  });
  const cause = { kind: 'version', resource: 'git.src', version: version.version } as const;
  const build = world.newBuild(app, [input('1', version)], { automatic: true, fixed: true, cause, ...of });
  const made = await world.store.commitDecisions(commit(world, app, { builds: [build] }));
  return { version, build: made[0] };
}

/** A pipeline that the events of a fork set. */
async function ofFork(world: World): Promise<Simple> {
  const app = await world.simple({}, 'plain');
  const revision = some(await world.store.getRevision(app.pipeline.revisionId));
  const { pipeline } = await world.store.setPipeline({
    ...{ teamId: app.pipeline.teamId, name: 'fork', bundle: revision.bundle, model: revision.model, fork: true },
    ...{ setBy: 'stranger', firstCheckAt: world.clock.now(), now: world.clock.now() },
  });
  const [job] = await world.store.listJobs(pipeline.id);
  const [source] = await world.store.listResources(pipeline.id);
  return { ...app, pipeline, job: some(job), resource: some(source) };
}

export function repositoryBuildsContract(open: Open): void {
  describe('events of forges', () => {
    test('a version is of its event and its revision, triggers nothing until it is let, and is there once', async () => {
      const world = await open();
      const app = await world.simple();
      const { version } = await brought(world, app);
      expect(version).toMatchObject({
        event: event(),
        revisionId: app.pipeline.revisionId,
        triggers: false,
        position: 1,
      });
      const later = await world.set('app', model([resource('src')], []), 'later');
      const again = await world.store.saveEventVersion({
        ...{ resourceId: app.resource.id, version: { ref: 'c1' }, metadata: {}, event: event({ branch: 'other' }) },
        ...{ revisionId: later.revisionId, now: world.clock.now() },
      });
      expect(again).toMatchObject({
        id: version.id,
        position: 1,
        event: { branch: 'other' },
        revisionId: later.revisionId,
      });
      await world.store.letTrigger(version.id);
      expect((await world.versions(app.resource))[0]?.triggers).toBe(true);
    });

    test('its builds keep their versions, know their event, and are there once; a retry is of the same', async () => {
      const world = await open();
      const app = await world.simple();
      const first = await brought(world, app);
      const second = await brought(world, app, event({ commit: 'c2' }));
      expect([first.build, second.build].map((one) => [one?.number, one?.event?.commit, one?.held])).toEqual([
        [1, 'c1', false],
        [2, 'c2', false],
      ]);
      expect((await brought(world, app)).build).toBeUndefined();
      const retry = world.newBuild(app, [input('1', first.version)], {
        cause: { kind: 'retry', by: 'ada', ofNumber: 2 },
      });
      expect((await world.store.createBuild(retry, world.clock.now())).event?.commit).toBe('c2');
      expect((await world.trigger(app)).event).toBeUndefined();
    });

    test('one of which something is wrong beforehand has ended at once', async () => {
      const world = await open();
      const app = await world.simple();
      const problem = { code: 'repository.bad_hermes', message: 'it is broken' };
      const { build } = await brought(world, app, event(), { problem });
      expect(build).toMatchObject({ status: 'errored', problem, attempts: 0, endedAt: world.clock.now() });
      expect(await world.grantBuild()).toBeUndefined();
    });
  });

  describe('forks', () => {
    test('nothing of it is checked, and whatever makes a build of it, it is held until it is released', async () => {
      const world = await open();
      const app = await ofFork(world);
      const due = async () =>
        (await world.store.dueResources(world.clock.forward(1_000), 10)).map((one) => one.pipelineId);
      expect(await due()).not.toContain(app.pipeline.id);
      await world.store.pausePipeline(app.pipeline.id, world.mark(), world.clock.now());
      await world.store.pausePipeline(app.pipeline.id, undefined, world.clock.now());
      expect(await due()).not.toContain(app.pipeline.id);
      const { version, build } = await brought(world, app, event({ fork: true }));
      const manual = await world.trigger(app);
      const retry = world.newBuild(app, [input('1', version)], { cause: { kind: 'retry', by: 'ada', ofNumber: 1 } });
      const retried = await world.store.createBuild(retry, world.clock.now());
      expect([some(build), manual, retried].map(({ held, status }) => [held, status])).toEqual([
        [true, 'pending'],
        [true, 'pending'],
        [true, 'pending'],
      ]);
      expect(await world.grantBuild()).toBeUndefined();
      expect(await world.store.queuePlace(manual.id)).toBe(1);

      const now = world.clock.forward(1_000);
      const released = await world.store.releaseBuild(manual.id, 'ada', now);
      expect(released).toMatchObject({ held: false, released: { by: 'ada', at: now } });
      expect((await world.grantBuild())?.build.id).toBe(manual.id);
      expect(await world.grantBuild()).toBeUndefined();
      for (const id of [manual.id, (await world.trigger(await world.simple())).id]) {
        await expect(world.store.releaseBuild(id, 'ada', now)).rejects.toMatchObject({ code: 'store.conflict' });
      }
      await world.store.cancelBuild(retried.id, 'ada', now);
      await expect(world.store.releaseBuild(retried.id, 'ada', now)).rejects.toMatchObject({ code: 'store.conflict' });
    });
  });

  describe('archived pipelines', () => {
    test('nothing of one is checked or built until it is back', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      await world.store.archivePipeline(app.pipeline.id, 'the branch was deleted', world.clock.now());
      expect(await world.store.findPipeline('main', 'app')).toMatchObject({
        archivedAt: world.clock.now(),
        archivedReason: 'the branch was deleted',
      });
      expect(await world.store.dueResources(world.clock.forward(1_000), 10)).toEqual([]);
      expect(await world.grantBuild()).toBeUndefined();
      await world.set('app', model([resource('src')], []), 'again');
      expect(await world.store.dueResources(world.clock.forward(1_000), 10)).toEqual([]);
      await world.store.archivePipeline(app.pipeline.id, undefined, world.clock.now());
      expect((await world.store.findPipeline('main', 'app'))?.archivedAt).toBeUndefined();
      expect(await world.store.dueResources(world.clock.now(), 10)).toHaveLength(1);
    });
  });

  describe('what forges are told', () => {
    test('it is due with each move of a build, for one server at a time, until it was heard', async () => {
      const world = await open();
      const app = await world.simple();
      const { build } = await brought(world, app);
      const { store, clock } = world;
      const claim = () => store.claimReports(clock.now(), 10, 60_000);
      const [report, ...others] = await claim();
      expect(others).toEqual([]);
      expect(report).toMatchObject({ buildId: build?.id, event: event(), tries: 0, since: clock.now() });
      expect(await claim()).toEqual([]);
      expect(await store.nextReportAt()).toBe(clock.now() + 60_000);
      // It moves between claim and answer.
      const granted = some(await world.grantBuild());
      await store.reportTold(some(report), { sent: 'pending', remoteId: '7' });
      const [second] = await claim();
      expect(second).toMatchObject({ sent: 'pending', remoteId: '7' });
      await store.reportTold(some(second), { sent: 'running' });
      expect(await claim()).toEqual([]);
      expect(await store.nextReportAt()).toBeUndefined();
      await world.append(granted, 1, world.started(), world.ended('succeeded'));
      const [third] = await claim();
      const problem = { code: 'forge.unreachable', message: 'it does not answer' };
      await store.reportFailed(some(third), problem, clock.now() + 5_000, clock.now());
      expect(await claim()).toEqual([]);
      clock.forward(5_000);
      const [fourth] = await claim();
      expect(fourth).toMatchObject({ sent: 'running', remoteId: '7', tries: 1, problem });
      await store.reportFailed(some(fourth), problem, undefined, clock.now());
      expect(await store.nextReportAt()).toBeUndefined();
      expect(await store.reportOf(some(build).id)).toMatchObject({ tries: 2, problem, givenUpAt: clock.now() });
    });

    test('of an event without a build it is told what there is to say, once; they go with their builds', async () => {
      const world = await open();
      const { store, clock } = world;
      const told = {
        context: 'pikoci',
        state: 'failed',
        description: 'broken',
        url: 'http://ci',
        text: 'all of it',
      } as const;
      const report = { id: '018f0000-0000-7000-8000-000000000000', event: event(), told, now: clock.now() };
      await store.addReport(report);
      await store.addReport({ ...report, told: { ...told, description: 'another' } });
      expect(await store.claimReports(clock.now(), 10, 1)).toMatchObject([{ told, buildId: undefined }]);
      const app = await world.simple();
      await brought(world, app);
      await store.deletePipeline(app.pipeline.id);
      expect(await store.claimReports(clock.forward(10), 10, 1)).toHaveLength(1);
    });
  });
}
