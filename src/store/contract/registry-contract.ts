import { describe, expect, test } from 'bun:test';
import { type Open, some } from './world.ts';

/** Teams, settings, the feed: what is small. */
export function registryContract(open: Open): void {
  describe('teams and settings', () => {
    test('a team is made once', async () => {
      const { store } = await open();
      const [one, two] = await Promise.all([store.ensureTeam('main'), store.ensureTeam('main')]);
      expect(two).toEqual(one);
      await store.ensureTeam('alpha');
      expect((await store.listTeams()).map((team) => team.name)).toEqual(['alpha', 'main']);
    });

    test('the first to write a setting decides', async () => {
      const { store } = await open();
      expect(await store.getSetting('instance')).toBeUndefined();
      const answers = await Promise.all(['a', 'b', 'c'].map((value) => store.ensureSetting('instance', value)));
      expect(new Set(answers).size).toBe(1);
      expect(await store.getSetting('instance')).toBe(some(answers[0]));
    });

    test('a setting is changed by who knows what it was', async () => {
      const { store } = await open();
      await store.ensureSetting('check', 'a');
      expect(await store.changeSetting('check', 'x', 'b')).toBe(false);
      expect(await store.changeSetting('check', 'a', 'b')).toBe(true);
      expect(await store.getSetting('check')).toBe('b');
    });

    test('who goes on with a schema that is its own changes nothing', async () => {
      const { store } = await open();
      await store.ensureTeam('main');
      await store.goOnWithSchema();
      expect(await store.listTeams()).toHaveLength(1);
    });

    test('migrating again changes nothing', async () => {
      const { store } = await open();
      await store.ensureTeam('main');
      await store.migrate();
      expect(await store.listTeams()).toHaveLength(1);
    });
  });

  describe('the feed', () => {
    test('names what changed, in order, from any cursor', async () => {
      const world = await open();
      const { store } = world;
      expect(await store.latestCursor()).toBe(0);
      const app = await world.simple();
      const before = await store.latestCursor();
      expect(before).toBeGreaterThan(0);
      const build = await world.trigger(app);
      const entries = await store.listFeed(before, 100);
      expect(entries).toMatchObject([{ topic: 'build', buildId: build.id, jobId: app.job.id }]);
      expect(await store.latestCursor()).toBe(some(entries.at(-1)).cursor);
      expect(await store.listFeed(await store.latestCursor(), 100)).toEqual([]);
    });

    test('every move of a build is in it', async () => {
      const world = await open();
      const app = await world.simple();
      const build = await world.trigger(app);
      await world.play('failed');
      const entries = await world.store.listFeed(0, 1_000);
      // Made, granted, ended.
      expect(entries.filter((entry) => entry.buildId === build.id).length).toBeGreaterThanOrEqual(3);
      const cursors = entries.map((entry) => entry.cursor);
      expect(cursors).toEqual(cursors.toSorted((a, b) => a - b));
    });

    test('is trimmed by age, and never goes back', async () => {
      const world = await open();
      await world.simple();
      const latest = await world.store.latestCursor();
      await world.store.trimFeed(world.clock.forward(1_000));
      expect(await world.store.latestCursor()).toBe(latest);
      expect((await world.store.listFeed(0, 100)).length).toBeLessThanOrEqual(1);
      await world.simple({}, 'other');
      expect(some((await world.store.listFeed(latest, 100))[0]).cursor).toBeGreaterThan(latest);
    });
  });
}
