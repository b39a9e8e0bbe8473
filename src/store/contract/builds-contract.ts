import { describe, expect, test } from 'bun:test';
import { input, type Open, some } from './world.ts';

export function buildsContract(open: Open): void {
  describe('builds', () => {
    test('a manual build has its number, inputs, cause and plan', async () => {
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
      expect(detail.cause).toEqual({ kind: 'manual', by: 'ada' });
    });
  });
}
