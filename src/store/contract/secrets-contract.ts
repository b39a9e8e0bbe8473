import { describe, expect, test } from 'bun:test';
import { type CheckId, newId, type PipelineId, type TeamId, type WorkerId } from '../../lib/ids.ts';
import type { HeldWork } from '../secret-store.ts';
import { automatic, commit } from './builds-contract.ts';
import { type Open, some, type World } from './world.ts';

export function secretsContract(open: Open): void {
  describe('secrets', () => {
    const set = (
      world: World,
      scope: { teamId: TeamId; pipelineId?: PipelineId },
      name: string,
      sealed: string,
      by = 'ada',
    ) => world.store.setSecret({ ...scope, name, sealed, by, now: world.clock.now() });

    test('are made, replaced, listed without what is in them, and deleted', async () => {
      const world = await open();
      const { id: teamId } = await world.store.ensureTeam('main');
      const first = world.clock.now();
      const made = await set(world, { teamId }, 'token', 'sealed 1');
      const secret = { teamId, pipelineId: undefined, name: 'token', createdBy: 'ada', createdAt: first };
      expect(made).toEqual({ created: true, secret: { ...secret, setBy: 'ada', setAt: first } });
      const later = world.clock.forward(1_000);
      const again = await set(world, { teamId }, 'token', 'sealed 2', 'bob');
      expect(again).toEqual({ created: false, secret: { ...secret, setBy: 'bob', setAt: later } });
      await set(world, { teamId }, 'a', 'sealed');
      const listed = await world.store.listSecrets({ teamId });
      expect(listed.map(({ name }) => name)).toEqual(['a', 'token']);
      expect(JSON.stringify(listed)).not.toContain('sealed');
      expect(await world.store.deleteSecret({ teamId }, 'token')).toBe(true);
      expect(await world.store.deleteSecret({ teamId }, 'token')).toBe(false);
      expect(await world.store.listSecrets({ teamId })).toHaveLength(1);
    });

    test('it is known whether anything is kept that needs the key', async () => {
      const world = await open();
      await world.simple();
      const { id: teamId } = await world.store.ensureTeam('main');
      expect(await world.store.holdsSealedValues()).toBe(false);
      await set(world, { teamId }, 'token', 'sealed');
      expect(await world.store.holdsSealedValues()).toBe(true);
      await world.store.deleteSecret({ teamId }, 'token');
      expect(await world.store.holdsSealedValues()).toBe(false);
    });

    test('of a pipeline are its own, and go with it', async () => {
      const world = await open();
      const { pipeline } = await world.simple();
      const team = { teamId: pipeline.teamId };
      const scope = { ...team, pipelineId: pipeline.id };
      await set(world, team, 'token', 'of the team');
      await set(world, scope, 'token', 'of the pipeline');
      expect(await world.store.listSecrets(scope)).toMatchObject([{ name: 'token', pipelineId: pipeline.id }]);
      await world.store.deletePipeline(pipeline.id);
      expect(await world.store.listSecrets(scope)).toEqual([]);
      expect(await world.store.listSecrets(team)).toHaveLength(1);
      await expect(set(world, scope, 'token', 'too late')).rejects.toMatchObject({ code: 'store.not_found' });
    });

    test('two at once make one', async () => {
      const world = await open();
      const { id: teamId } = await world.store.ensureTeam('main');
      const done = await Promise.all(['1', '2', '3'].map((sealed) => set(world, { teamId }, 'token', sealed)));
      expect(done.filter(({ created }) => created)).toHaveLength(1);
      expect(await world.store.listSecrets({ teamId })).toHaveLength(1);
    });

    test("are for work that the worker holds: its pipeline's before its team's", async () => {
      const world = await open();
      const app = await world.simple();
      const team = { teamId: app.pipeline.teamId };
      const [version] = await world.versions(app.resource, 'a');
      await world.store.commitDecisions(commit(world, app, { builds: [automatic(world, app, some(version))] }));
      const granted = some(await world.grantBuild());
      const { attempt } = granted;
      const work: HeldWork = { kind: 'build', attempt: attempt.id, fencing: attempt.fencing };
      const ask = (name: string, held: HeldWork = work, workerId: WorkerId = world.workerId) =>
        world.store.secretForWork({ workerId, work: held, name });

      await set(world, team, 'token', 'of the team');
      expect(await ask('token')).toMatchObject({ kind: 'found', sealed: 'of the team', secret: { name: 'token' } });
      await set(world, { ...team, pipelineId: app.pipeline.id }, 'token', 'of the pipeline');
      await set(world, { ...team, pipelineId: app.pipeline.id }, 'other', 'x');
      expect(await ask('token')).toMatchObject({
        kind: 'found',
        sealed: 'of the pipeline',
        secret: { pipelineId: app.pipeline.id },
      });
      expect(await ask('none')).toEqual({
        kind: 'missing',
        team: 'main',
        pipeline: app.pipeline.name,
        names: ['other', 'token'],
      });

      const refused = { kind: 'not_held' } as const;
      expect(await ask('token', { ...work, fencing: attempt.fencing + 1 })).toEqual(refused);
      expect(await ask('token', work, newId<WorkerId>())).toEqual(refused);
      expect(await ask('token', { kind: 'check', check: newId<CheckId>(), fencing: 1 })).toEqual(refused);
      await world.append(granted, 1, world.started(), world.ended('succeeded'));
      expect(await ask('token')).toEqual(refused);
    });

    test("of another team or pipeline are nobody else's", async () => {
      const world = await open();
      const app = await world.simple();
      const elsewhere = await world.store.ensureTeam('elsewhere');
      await set(world, { teamId: elsewhere.id }, 'token', 'x');
      const check = await world.store.requestCheck({
        resourceId: app.resource.id,
        now: world.clock.now(),
        nextCheckAt: world.clock.now() + 60_000,
      });
      const granted = some(await world.store.grant(world.request({ kinds: ['check'] })));
      if (granted.kind !== 'check') throw new Error('expected a check');
      const work: HeldWork = { kind: 'check', check: check.id, fencing: granted.check.fencing };
      const ask = () => world.store.secretForWork({ workerId: world.workerId, work, name: 'token' });
      expect(await ask()).toMatchObject({ kind: 'missing', names: [] });
      await set(world, { teamId: app.pipeline.teamId }, 'token', 'ours');
      expect(await ask()).toMatchObject({ kind: 'found', sealed: 'ours' });
    });
  });
}
