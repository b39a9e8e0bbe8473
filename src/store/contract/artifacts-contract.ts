import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { type AttemptId, newId, type PipelineId } from '../../lib/ids.ts';
import type { AttemptEvent } from '../../protocol/events.ts';
import type { GrantedBuild } from '../records.ts';
import { type Open, some, type World } from './world.ts';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function artifact(world: World, name: string, text: string): AttemptEvent {
  return {
    kind: 'artifact',
    at: world.clock.now(),
    step: '2',
    name,
    resource: `artifact.${name}`,
    digest: digestOf(text),
    size: text.length,
    entries: 1,
    unpackedSize: 1_000,
    indexDigest: digestOf(`index of ${text}`),
  };
}

/** Blobs that its attempt has sent. */
async function bring(world: World, { attempt }: GrantedBuild, ...texts: readonly string[]): Promise<void> {
  for (const text of texts)
    for (const blob of [text, `index of ${text}`]) await world.store.noteBrought(attempt.id, digestOf(blob));
}

/** What builds put, what pipelines keep, and which blobs that is. */
export function artifactsContract(open: Open): void {
  describe('artifacts', () => {
    test('are listed by name, the newest of each', async () => {
      const world = await open();
      await world.trigger(await world.simple());
      const granted = some(await world.grantBuild());
      await bring(world, granted, 'first', 'text', 'second');
      await world.append(
        granted,
        1,
        world.started(),
        artifact(world, 'dist', 'first'),
        artifact(world, 'docs', 'text'),
        artifact(world, 'dist', 'second'),
      );
      const { id } = granted.build;
      expect(await world.store.listArtifacts(id)).toMatchObject([
        { buildId: id, name: 'dist', digest: digestOf('second'), size: 6, entries: 1, unpackedSize: 1_000 },
        { name: 'docs', resource: 'artifact.docs', step: '2', indexDigest: digestOf('index of text') },
      ]);
      expect(await world.store.findArtifact(id, 'dist')).toMatchObject({ digest: digestOf('second') });
      expect(await world.store.findArtifact(id, 'none')).toBeUndefined();
    });

    test('an attempt that is no longer in force puts none', async () => {
      const world = await open();
      await world.trigger(await world.simple());
      const granted = some(await world.grantBuild());
      await bring(world, granted, 'late');
      await world.append(granted, 1, world.started(), world.ended('succeeded'));
      await world.append(granted, 3, artifact(world, 'dist', 'late'));
      expect(await world.store.listArtifacts(granted.build.id)).toEqual([]);
    });

    test('are what their attempt brought, and nothing else whose digest somebody knows', async () => {
      const world = await open();
      await world.trigger(await world.simple());
      const granted = some(await world.grantBuild());
      const { id } = granted.attempt;
      expect(await world.store.hasBrought(id, digestOf('x'))).toBe(false);
      await world.store.noteBrought(id, digestOf('x'));
      await world.store.noteBrought(id, digestOf('x'));
      expect(await world.store.hasBrought(id, digestOf('x'))).toBe(true);
      // Its listing is somebody else's still.
      await world.append(granted, 1, world.started(), artifact(world, 'dist', 'x'));
      expect(await world.store.listArtifacts(granted.build.id)).toEqual([]);
      await bring(world, granted, 'x');
      await world.append(granted, 3, artifact(world, 'dist', 'x'));
      expect(await world.store.listArtifacts(granted.build.id)).toHaveLength(1);
    });

    test('the place of an attempt says whose it is, and for how long', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const { attempt, build } = some(await world.grantBuild());
      expect(await world.store.attemptPlace(attempt.id)).toEqual({
        workerId: world.workerId,
        fencing: attempt.fencing,
        inForce: true,
        buildId: build.id,
        pipelineId: app.pipeline.id,
        teamId: app.pipeline.teamId,
        fork: false,
      });
      world.clock.forward(60_000);
      await world.store.rescueExpired(world.retries);
      expect(await world.store.attemptPlace(attempt.id)).toMatchObject({ inForce: false });
      expect(await world.store.attemptPlace(newId<AttemptId>())).toBeUndefined();
    });

    test('may be read by their team, and are referred to until their build is gone', async () => {
      const world = await open();
      const app = await world.simple();
      await world.trigger(app);
      const granted = some(await world.grantBuild());
      await bring(world, granted, 'x');
      await world.append(granted, 1, world.started(), artifact(world, 'dist', 'x'));
      const other = await world.store.ensureTeam('other');
      const place = { teamId: app.pipeline.teamId, pipelineId: newId<PipelineId>() };
      expect(await world.store.mayRead(place, digestOf('x'))).toBe(true);
      expect(await world.store.mayRead({ ...place, teamId: other.id }, digestOf('x'))).toBe(false);
      expect(await world.store.mayRead(place, digestOf('y'))).toBe(false);
      const asked = [digestOf('x'), digestOf('index of x'), digestOf('y')];
      expect(await world.store.referredBlobs(asked)).toEqual(new Set(asked.slice(0, 2)));
      await world.store.deletePipeline(app.pipeline.id);
      expect(await world.store.referredBlobs(asked)).toEqual(new Set());
    });
  });

  describe('caches', () => {
    async function begin() {
      const world = await open();
      const { pipeline } = await world.simple();
      const scope = { pipelineId: pipeline.id, scope: digestOf('node_modules') };
      const save = (key: string, size = 10) =>
        world.store.saveCache(scope, { key, digest: digestOf(key), size }, world.clock.forward(1_000));
      const find = (key: string, ...prefixes: string[]) =>
        world.store.findCache(scope, { key, prefixes }, world.clock.forward(1_000));
      return { world, pipeline, scope, save, find };
    }

    test('are found by their key, or else the newest with the first prefix that some key begins with', async () => {
      const { save, find } = await begin();
      for (const key of ['npm-linux-a', 'npm-linux-b', 'npm-mac-c', 'npm-%', 'other'])
        expect(await save(key)).toBe(true);
      expect(await find('npm-linux-a')).toMatchObject({
        key: 'npm-linux-a',
        digest: digestOf('npm-linux-a'),
        size: 10,
      });
      expect(await find('npm-linux-z')).toBeUndefined();
      expect(await find('npm-linux-z', 'npm-linux-')).toMatchObject({ key: 'npm-linux-b' });
      expect(await find('npm-linux-z', 'npm-windows-', 'npm-mac-', 'npm-')).toMatchObject({ key: 'npm-mac-c' });
      expect(await find('z', 'npm-_', 'npm-%')).toMatchObject({ key: 'npm-%' });
      expect(await find('z', '')).toMatchObject({ key: 'other' });
    });

    test('one that is there never changes, and belongs to its pipeline and paths', async () => {
      const { world, scope, save, find } = await begin();
      await save('a');
      expect(await world.store.saveCache(scope, { key: 'a', digest: digestOf('b'), size: 1 }, world.clock.now())).toBe(
        false,
      );
      expect(await find('a')).toMatchObject({ digest: digestOf('a') });
      const other = await world.simple({}, 'other');
      for (const elsewhere of [
        { ...scope, pipelineId: other.pipeline.id },
        { ...scope, scope: digestOf('vendor') },
      ]) {
        expect(
          await world.store.findCache(elsewhere, { key: 'a', prefixes: ['a'] }, world.clock.now()),
        ).toBeUndefined();
      }
      const place = { teamId: other.pipeline.teamId, pipelineId: scope.pipelineId };
      expect(await world.store.mayRead(place, digestOf('a'))).toBe(true);
      expect(await world.store.mayRead({ ...place, pipelineId: other.pipeline.id }, digestOf('a'))).toBe(false);
    });

    test('a broken one is dropped, but not the one that took its place', async () => {
      const { world, scope, save, find } = await begin();
      await save('a');
      await world.store.dropCache(scope, 'a', digestOf('another'));
      expect(await find('a')).toBeDefined();
      await world.store.dropCache(scope, 'a', digestOf('a'));
      expect(await find('a')).toBeUndefined();
      expect(await save('a')).toBe(true);
    });

    test('are trimmed by age of their last use, then by size', async () => {
      const { world, save, find } = await begin();
      await save('old');
      await save('used');
      const start = world.clock.now();
      await find('used');
      await save('big', 100);
      expect(await world.store.trimCaches({ unusedSince: start + 1, maxBytes: 1_000 })).toBe(1);
      expect(await find('old')).toBeUndefined();
      expect(await world.store.trimCaches({ unusedSince: 0, maxBytes: 105 })).toBe(1);
      expect(await find('used')).toBeUndefined();
      expect(await find('big')).toBeDefined();
      expect(await world.store.trimCaches({ unusedSince: 0, maxBytes: 0 })).toBe(1);
      expect(await world.store.referredBlobs([digestOf('big')])).toEqual(new Set());
    });
  });
}
