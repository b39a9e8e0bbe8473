import { describe, expect, test } from 'bun:test';
import { newId, type PipelineId, type RevisionId } from '../../lib/ids.ts';
import { get, job, model, type Open, resource, some, task } from './world.ts';

export function pipelinesContract(open: Open): void {
  describe('setting a pipeline', () => {
    const one = model([resource('src')], [job('test', [get('1', 'git.src')])]);

    test('makes it, with its jobs and resources', async () => {
      const world = await open();
      const { store, clock } = world;
      const pipeline = await world.set('app', one);
      expect(pipeline).toMatchObject({ name: 'app', team: 'main', revision: 1, public: false, createdAt: clock.now() });
      expect(await store.findPipeline('main', 'app')).toEqual(pipeline);
      expect(await store.getPipeline(pipeline.id)).toEqual(pipeline);
      expect(await store.listPipelines()).toEqual([pipeline]);
      expect(await store.listPipelines('other')).toEqual([]);
      expect(await store.listJobs(pipeline.id)).toMatchObject([{ name: 'test', ordinal: 0, active: true }]);
      expect(await store.listResources(pipeline.id)).toMatchObject([
        { address: 'git.src', type: 'git', name: 'src', active: true, nextCheckAt: clock.now(), lastCheckLog: '' },
      ]);
      expect(await store.getRevision(pipeline.revisionId)).toMatchObject({ number: 1, model: one, setBy: 'ada' });
    });

    test('the same again makes no revision', async () => {
      const world = await open();
      const first = await world.set('app', one);
      const team = await world.store.ensureTeam('main');
      const command = {
        teamId: team.id,
        name: 'app',
        bundle: { main: 'pipeline.hcl', files: { 'pipeline.hcl': 'app ' } },
        model: one,
        setBy: 'bob',
        firstCheckAt: 0,
        now: world.clock.forward(1),
      };
      expect(await world.store.setPipeline(command)).toEqual({ pipeline: first, created: false, changed: false });
      const sealed = { ...command, sealedVariables: 'x1', sealedVariablesDigest: 'x' };
      expect(await world.store.setPipeline(sealed)).toMatchObject({ changed: true, pipeline: { revision: 2 } });
      const resealed = { ...sealed, sealedVariables: 'x2' };
      expect(await world.store.setPipeline(resealed)).toMatchObject({ changed: false, pipeline: { revision: 2 } });
      const other = { ...sealed, sealedVariables: 'y1', sealedVariablesDigest: 'y' };
      expect(await world.store.setPipeline(other)).toMatchObject({ changed: true, pipeline: { revision: 3 } });
    });

    test('a revision never changes', async () => {
      const world = await open();
      const first = await world.set('app', one);
      const second = await world.set('app', model([resource('src')], [job('build', [])]));
      expect(second).toMatchObject({ id: first.id, revision: 2 });
      expect(await world.store.getRevision(first.revisionId)).toMatchObject({ number: 1, model: one });
      expect(await world.store.getRevision(newId<RevisionId>())).toBeUndefined();
    });

    test('from a revision that is not in force is refused', async () => {
      const world = await open();
      const pipeline = await world.set('app', one);
      await world.set('app', one, 'changed');
      const command = {
        teamId: pipeline.teamId,
        name: 'app',
        bundle: { main: 'p', files: { p: '' } },
        model: one,
        setBy: 'ada',
        firstCheckAt: 0,
        now: 0,
      };
      await expect(world.store.setPipeline({ ...command, expectedRevision: 1 })).rejects.toMatchObject({
        code: 'store.stale_revision',
      });
      expect(await world.store.setPipeline({ ...command, expectedRevision: 2 })).toMatchObject({ changed: true });
    });

    test('two at once make two revisions, or one', async () => {
      const world = await open();
      const revision = async () => some(await world.store.findPipeline('main', 'app')).revision;
      // Whose turn comes first is nobody's promise.
      await Promise.all([world.set('app', one, 'x'), world.set('app', one, 'x')]);
      expect(await revision()).toBe(1);
      await Promise.all([world.set('app', one, 'y'), world.set('app', one, 'z')]);
      expect(await revision()).toBe(3);
      expect(await world.store.listJobs(some(await world.store.findPipeline('main', 'app')).id)).toHaveLength(1);
    });

    test('what is no longer in it is kept, and comes back', async () => {
      const world = await open();
      const app = await world.simple();
      await world.versions(app.resource, 'a');
      await world.trigger(app);
      await world.set('app', model([], [job('other', [task('1')])]), 'without');
      expect(await world.store.listJobs(app.pipeline.id)).toMatchObject([
        { name: 'other', active: true },
        { name: 'test', active: false },
      ]);
      expect(await world.store.listResources(app.pipeline.id)).toMatchObject([{ address: 'git.src', active: false }]);
      // Nobody began the build of the job that is gone, and nobody will.
      expect(await world.store.findBuild(app.job.id, 1)).toMatchObject({
        status: 'skipped',
        problem: { code: 'build.job_removed' },
      });
      const back = await world.simple();
      expect(back.job.id).toBe(app.job.id);
      expect(back.resource).toMatchObject({ id: app.resource.id, active: true });
      expect((await world.store.listVersions(app.resource.id, { limit: 10 })).items).toHaveLength(1);
      expect(await world.trigger(back)).toMatchObject({ number: 2 });
    });

    test('another type or other params forget the versions; anything else does not', async () => {
      const world = await open();
      const pipeline = await world.set('app', model([resource('src')], []));
      const [before] = await world.store.listResources(pipeline.id);
      const [version] = await world.versions(some(before), 'a', 'b');
      await world.store.pinVersion(some(before).id, { versionId: some(version).id, mark: world.mark() });
      const request = { resourceId: some(before).id, now: world.clock.now(), nextCheckAt: world.clock.now() + 60_000 };
      const check = await world.store.requestCheck(request);

      const tagged = resource('src', { tags: ['x'], schedule: { kind: 'every', ms: 5_000 } });
      await world.set('app', model([tagged], []), 'tags');
      const [same] = await world.store.listResources(pipeline.id);
      expect(same).toMatchObject({ id: some(before).id, schedule: { kind: 'every', ms: 5_000 } });
      expect(same).toMatchObject({ pinnedVersionId: some(version).id, nextCheckAt: request.nextCheckAt });

      const url = { kind: 'known', value: 'https://example.test/moved' } as const;
      await world.set('app', model([resource('src', { params: { url } })], []), 'moved');
      const [moved] = await world.store.listResources(pipeline.id);
      expect(moved).toMatchObject({ id: some(before).id, nextCheckAt: world.clock.now(), pinnedVersionId: undefined });
      expect((await world.store.listVersions(some(before).id, { limit: 10 })).items).toEqual([]);
      // A check of the old thing says nothing about the new one.
      expect(await world.store.getCheck(check.id)).toBeUndefined();
      const [first] = await world.versions(some(before), 'a');
      expect(first).toMatchObject({ position: 3, triggers: true });
    });

    test('where an expression stands in the text is no change of params', async () => {
      const world = await open();
      const at = (line: number) =>
        resource('src', {
          params: {
            token: {
              kind: 'deferred',
              expression: 'var.token',
              needs: ['var.token'],
              at: { file: 'p', line, column: 1 },
              sensitive: true,
            },
          },
        });
      const pipeline = await world.set('app', model([at(1)], []));
      const [source] = await world.store.listResources(pipeline.id);
      await world.versions(some(source), 'a');
      await world.set('app', model([at(9)], []), 'moved down');
      expect((await world.store.listVersions(some(source).id, { limit: 10 })).items).toHaveLength(1);
    });
  });

  describe('pipelines', () => {
    test('are paused and unpaused', async () => {
      const world = await open();
      const app = await world.simple();
      await world.store.pausePipeline(app.pipeline.id, world.mark('a bad day'), world.clock.now());
      expect(await world.store.getPipeline(app.pipeline.id)).toMatchObject({
        pausedBy: 'ada',
        pausedReason: 'a bad day',
        pausedAt: world.clock.now(),
      });
      await world.store.pausePipeline(app.pipeline.id, undefined, world.clock.now());
      expect(some(await world.store.getPipeline(app.pipeline.id)).pausedBy).toBeUndefined();
      const missing = newId<PipelineId>();
      await expect(world.store.pausePipeline(missing, world.mark(), 0)).rejects.toMatchObject({
        code: 'store.not_found',
      });
    });

    test('deleted, they take everything with them, also what runs', async () => {
      const world = await open();
      const app = await world.simple({ serialGroups: ['g'] });
      const kept = await world.simple({}, 'kept');
      await world.versions(app.resource, 'a');
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      await world.append(granted, 1, world.started(), world.log('2', 'x'));
      expect(await world.store.deletePipeline(app.pipeline.id)).toEqual([
        { id: granted.attempt.id, buildId: granted.build.id },
      ]);
      expect(await world.store.deletePipeline(app.pipeline.id)).toEqual([]);
      expect(await world.store.getPipeline(app.pipeline.id)).toBeUndefined();
      expect(await world.store.getBuild(granted.build.id)).toBeUndefined();
      expect(await world.store.listLogChunks(granted.attempt.id, { afterSeq: 0, limitBytes: 100 })).toEqual([]);
      expect(await world.store.listPipelines()).toMatchObject([{ id: kept.pipeline.id }]);
      // The worker learns that it lost the attempt, and its events are taken and dropped.
      const held = [{ id: granted.attempt.id, fencing: granted.attempt.fencing }];
      const renewal = { workerId: world.workerId, attempts: held, checks: [], leaseMs: 1, now: world.clock.now() };
      expect(await world.store.renew(renewal)).toEqual({ lost: [granted.attempt.id], cancel: [] });
      expect(await world.append(granted, 3, world.ended('succeeded'))).toEqual({
        lastEvent: 3,
        events: [],
        chunks: [],
      });
    });
  });
}
