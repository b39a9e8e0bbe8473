import { describe, expect, test } from 'bun:test';
import { type JobId, newId, type PipelineId, type ResourceId, type RevisionId } from '../../lib/ids.ts';
import type { PipelineRecord } from '../records.ts';
import type { SetPipeline } from '../store.ts';
import { job, model, type Open, resource, some, task, type World } from './world.ts';

export function revisionsContract(open: Open): void {
  describe('revisions', () => {
    const one = model([resource('src')], [job('test', [task('1')])]);

    /** Sets `app` with this text. */
    async function set(world: World, text: string, options: Partial<SetPipeline> = {}) {
      const team = await world.store.ensureTeam('main');
      return world.store.setPipeline({
        teamId: team.id,
        name: 'app',
        bundle: { main: 'p.hcl', files: { 'p.hcl': text } },
        model: one,
        setBy: 'ada',
        firstCheckAt: world.clock.now(),
        now: world.clock.now(),
        ...options,
      });
    }
    const numbered = async (world: World, of: PipelineRecord, number: number) =>
      some(await world.store.findRevision(of.id, number));

    test('are found by number, with who made them, when and why', async () => {
      const world = await open();
      const { pipeline } = await set(world, 'a', {
        message: 'first',
        sealedVariables: 'x',
        sources: { 'https://x/y.hcl': 'text' },
      });
      const at = world.clock.forward(1_000);
      await set(world, 'b', { setBy: 'bob', restoredFrom: 1 });
      expect(await numbered(world, pipeline, 1)).toEqual({
        id: pipeline.revisionId,
        pipelineId: pipeline.id,
        number: 1,
        bundle: { main: 'p.hcl', files: { 'p.hcl': 'a' } },
        model: one,
        sources: { 'https://x/y.hcl': 'text' },
        sealedVariables: 'x',
        setBy: 'ada',
        createdAt: at - 1_000,
        message: 'first',
        restoredFrom: undefined,
      });
      expect(await numbered(world, pipeline, 2)).toMatchObject({
        setBy: 'bob',
        createdAt: at,
        restoredFrom: 1,
        sources: {},
      });
      expect(await world.store.findRevision(pipeline.id, 3)).toBeUndefined();
      expect(await world.store.findRevision(newId<PipelineId>(), 1)).toBeUndefined();
    });

    test('are listed newest first, page by page, without what makes them large', async () => {
      const world = await open();
      const { pipeline } = await set(world, '1');
      for (const text of ['2', '3', '4', '5']) await set(world, text, { message: `to ${text}` });
      await world.set('other', one);
      const seen: number[] = [];
      let after: string | undefined;
      do {
        const page = await world.store.listRevisions(pipeline.id, { limit: 2, after });
        expect(page.items.length).toBeLessThanOrEqual(2);
        seen.push(...page.items.map((item) => item.number));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual([5, 4, 3, 2, 1]);
      const { items } = await world.store.listRevisions(pipeline.id, { limit: 1 });
      expect(items).toEqual([
        {
          id: expect.any(String),
          pipelineId: pipeline.id,
          number: 5,
          setBy: 'ada',
          createdAt: world.clock.now(),
          message: 'to 5',
          restoredFrom: undefined,
        },
      ]);
      const beyond = world.store.listRevisions(pipeline.id, { limit: 2, after: 'x' });
      await expect(beyond).rejects.toMatchObject({ code: 'store.bad_cursor' });
    });

    test('an earlier text set again is a revision of its own', async () => {
      const world = await open();
      const { pipeline } = await set(world, 'a');
      await set(world, 'b');
      const again = await set(world, 'a', { restoredFrom: 1 });
      expect(again).toMatchObject({ changed: true, pipeline: { revision: 3 } });
      expect((await numbered(world, pipeline, 3)).bundle).toEqual((await numbered(world, pipeline, 1)).bundle);
      expect(await set(world, 'a', { restoredFrom: 3, message: 'again' })).toMatchObject({ changed: false });
    });

    test.each<[name: string, expected: (now: PipelineRecord) => Partial<SetPipeline>, refused: boolean]>([
      ['the one in force by id', (now) => ({ expectedRevisionId: now.revisionId }), false],
      ['by id and number', (now) => ({ expectedRevisionId: now.revisionId, expectedRevision: 2 }), false],
      ['another id', () => ({ expectedRevisionId: newId<RevisionId>() }), true],
      ['the id, and another number', (now) => ({ expectedRevisionId: now.revisionId, expectedRevision: 1 }), true],
      ['none', () => ({ expectedRevision: 0 }), true],
    ])('a change says which it was made from: %s', async (_name, expected, refused) => {
      const world = await open();
      await set(world, 'a');
      const { pipeline } = await set(world, 'b');
      const change = set(world, 'c', expected(pipeline));
      if (refused) await expect(change).rejects.toMatchObject({ code: 'store.stale_revision' });
      else expect(await change).toMatchObject({ changed: true, pipeline: { revision: 3 } });
      expect((await world.store.getPipeline(pipeline.id))?.revision).toBe(refused ? 2 : 3);
    });

    test('of two changes made from the same one, one is refused', async () => {
      const world = await open();
      const { pipeline } = await set(world, 'a');
      const from = { expectedRevisionId: pipeline.revisionId };
      const settled = await Promise.allSettled(['b', 'c', 'd'].map((text) => set(world, text, from)));
      const refused = settled.filter((one) => one.status === 'rejected');
      expect(refused.map((one) => one.reason.code)).toEqual(['store.stale_revision', 'store.stale_revision']);
      expect((await world.store.getPipeline(pipeline.id))?.revision).toBe(2);
    });

    test('a change of a pipeline that was deleted, and perhaps made anew, is refused', async () => {
      const world = await open();
      const { pipeline } = await set(world, 'a');
      await world.store.deletePipeline(pipeline.id);
      const late = { expectedRevisionId: pipeline.revisionId };
      await expect(set(world, 'b', late)).rejects.toMatchObject({ code: 'store.stale_revision' });
      expect(await world.store.getRevision(pipeline.revisionId)).toBeUndefined();
      expect(await world.store.listRevisions(pipeline.id, { limit: 9 })).toMatchObject({ items: [] });
      expect(await set(world, 'a', { expectedRevision: 0 })).toMatchObject({ created: true });
      await expect(set(world, 'b', late)).rejects.toMatchObject({ code: 'store.stale_revision' });
      // Deleting what is gone changes nothing.
      await world.store.deletePipeline(pipeline.id);
      expect(await world.store.findPipeline('main', 'app')).toMatchObject({ revision: 1 });
    });

    test('deleted while it is set: it is there whole, or not at all', async () => {
      const world = await open();
      const { pipeline } = await set(world, 'a');
      await Promise.all([world.store.deletePipeline(pipeline.id), set(world, 'b')]);
      const left = await world.store.findPipeline('main', 'app');
      if (left !== undefined) {
        expect(await world.store.getRevision(left.revisionId)).toMatchObject({ number: left.revision });
        expect(await world.store.listJobs(left.id)).toHaveLength(1);
      }
      expect(await world.store.getPipeline(pipeline.id)).toBeUndefined();
    });

    test('what goes with a job or a resource is counted', async () => {
      const world = await open();
      const app = await world.simple();
      const other = await world.simple({}, 'other');
      await world.versions(app.resource, 'a', 'b', 'c');
      await world.trigger(app);
      await world.trigger(app);
      await world.trigger(other);
      const none = { job: newId<JobId>(), resource: newId<ResourceId>() };
      const count = await world.store.countHistory({
        jobs: [app.job.id, other.job.id, none.job],
        resources: [app.resource.id, other.resource.id, none.resource],
      });
      expect([...count.builds]).toEqual([
        [app.job.id, 2],
        [other.job.id, 1],
        [none.job, 0],
      ]);
      expect([...count.versions]).toEqual([
        [app.resource.id, 3],
        [other.resource.id, 0],
        [none.resource, 0],
      ]);
      expect(await world.store.countHistory({ jobs: [], resources: [] })).toEqual({
        builds: new Map(),
        versions: new Map(),
      });
    });
  });
}
