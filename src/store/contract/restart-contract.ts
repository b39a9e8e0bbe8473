import { expect, test } from 'bun:test';
import { type Database, some, TestClock, World } from './world.ts';

/** Only for databases that keep what they hold. */
export function restartContract(create: () => Promise<Database>): void {
  test('everything is there after a restart', async () => {
    const clock = new TestClock();
    const database = await create();
    try {
      const before = await database.open(clock);
      await before.migrate();
      const world = new World(before, clock);
      const app = await world.simple();
      const [version] = await world.versions(app.resource, 'a');
      await world.store.requestCheck({ resourceId: app.resource.id, now: clock.now(), nextCheckAt: clock.now() + 1 });
      const inputs = [{ step: '1', resourceId: app.resource.id, versionId: some(version).id }];
      await world.trigger(app, { inputs });
      const waiting = await world.trigger(app);
      const granted = some(await world.grantBuild());
      await world.append(granted, 1, world.started(), world.stepStarted('2'), world.log('2', 'half '));
      const seen = async (of: World) => ({
        pipelines: await of.store.listPipelines(),
        revision: await of.store.getRevision(app.pipeline.revisionId),
        resources: await of.store.listResources(app.pipeline.id),
        versions: await of.store.listVersions(app.resource.id, { limit: 10 }),
        builds: await of.store.listBuilds({ limit: 10 }),
        detail: await of.store.getBuild(granted.build.id),
        events: await of.store.listEvents(granted.attempt.id, 0, 10),
        feed: await of.store.listFeed(0, 100),
        facts: await of.store.schedulingFacts(app.pipeline.id),
      });
      const was = await seen(world);
      await before.close();

      const after = await database.open(clock);
      await after.migrate();
      const again = new World(after, clock);
      expect(await seen(again)).toEqual(was);
      // The worker goes on where it was, and the build that waited is granted.
      await again.append(granted, 4, world.log('2', 'whole\n'), world.ended('succeeded'));
      const log = await after.readLog(granted.attempt.id, '2', 0, 100);
      expect(new TextDecoder().decode(log.bytes)).toBe('half whole\n');
      expect(some(await again.grantBuild()).build.id).toBe(waiting.id);
      await after.close();
    } finally {
      await database.dispose();
    }
  });
}
