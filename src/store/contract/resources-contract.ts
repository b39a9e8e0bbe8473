import { describe, expect, test } from 'bun:test';
import { type CheckId, newId, type ResourceId, type VersionId, type WorkerId } from '../../lib/ids.ts';
import type { CheckResult } from '../../protocol/messages.ts';
import type { GrantedCheck } from '../records.ts';
import { input, model, type Open, resource, some, type World } from './world.ts';

async function grantCheck(world: World, tags: readonly string[] = []): Promise<GrantedCheck | undefined> {
  const work = await world.store.grant(world.request({ kinds: ['check'], tags }));
  if (work === undefined || work.kind === 'check') return work;
  throw new Error('asked for a check, got a build');
}

const result = (world: World, granted: GrantedCheck, ...refs: readonly string[]): CheckResult => ({
  kind: 'check_result',
  check: granted.check.id,
  fencing: granted.check.fencing,
  at: world.clock.now(),
  versions: refs.map((ref) => ({ version: { ref }, metadata: {} })),
  log: 'looked',
});

export function resourcesContract(open: Open): void {
  test('what is made by put alone is never due', async () => {
    const world = await open();
    const artifact = { name: 'artifact', builtin: true, params: [], cache: false, engine: 'artifact' as const };
    const types = { runners: {}, resources: { artifact }, services: {}, secrets: {}, notifications: {} };
    const made = resource('dist', { type: 'artifact', address: 'artifact.dist' });
    const pipeline = await world.set('app', { ...model([made, resource('src')], []), types });
    const due = async () => (await world.store.dueResources(world.clock.forward(1_000), 10)).map((one) => one.address);
    expect(await due()).toEqual(['git.src']);
    await world.store.pausePipeline(pipeline.id, world.mark(), world.clock.now());
    expect(await due()).toEqual([]);
    await world.store.pausePipeline(pipeline.id, undefined, world.clock.now());
    expect(await due()).toEqual(['git.src']);
    const found = await world.store.listResources(pipeline.id);
    expect(found.map((one) => [one.address, one.neverChecked])).toEqual([
      ['artifact.dist', true],
      ['git.src', false],
    ]);
  });

  describe('versions', () => {
    test('of the first report only the newest triggers; later all do', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      const first = await world.versions(source, 'a', 'b', 'c');
      expect(first.map((version) => version.triggers)).toEqual([false, false, true]);
      const all = await world.versions(source, 'd', 'e');
      expect(all.slice(3).map((version) => version.triggers)).toEqual([true, true]);
      expect(all.map((version) => version.position)).toEqual([1, 2, 3, 4, 5]);
    });

    test('a check of the server is ended at once, with its versions or what was wrong', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      const now = world.clock.now();
      const command = { resourceId: source.id, by: 'ada', now, nextCheckAt: now + 10 };
      const versions = ['a', 'b'].map((ref) => ({ version: { ref }, metadata: {} }));
      const good = await world.store.recordCheck({ ...command, versions });
      expect(good).toMatchObject({ status: 'succeeded', newVersions: 2, requestedBy: 'ada', endedAt: now });
      expect(await world.store.getCheck(good.id)).toEqual(good);
      expect((await world.versions(source)).map((version) => version.triggers)).toEqual([false, true]);
      expect((await world.store.recordCheck({ ...command, versions })).newVersions).toBe(0);
      const problem = { code: 'trigger.no_job', message: 'no such job' };
      expect(await world.store.recordCheck({ ...command, problem })).toMatchObject({ status: 'errored', problem });
      const resource = await world.store.getResource(source.id);
      expect(resource).toMatchObject({ lastCheckStatus: 'errored', lastCheckProblem: problem, nextCheckAt: now + 10 });
      expect(await grantCheck(world)).toBeUndefined();
      const missing = { ...command, resourceId: newId<ResourceId>(now) };
      await expect(world.store.recordCheck(missing)).rejects.toMatchObject({ code: 'store.not_found' });
    });

    test('a resource tells which check of it is under way', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      const open1 = async () => (await world.store.getResource(source.id))?.openCheckId;
      expect(await open1()).toBeUndefined();
      const now = world.clock.now();
      const check = await world.store.requestCheck({ resourceId: source.id, now, nextCheckAt: now + 10 });
      expect(await open1()).toBe(check.id);
      const granted = some(await grantCheck(world));
      expect(await open1()).toBe(check.id);
      await world.store.finishCheck(result(world, granted, 'a'));
      expect(await open1()).toBeUndefined();
    });

    test('one found again keeps its place', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      const before = await world.versions(source, 'a', 'b');
      const found = ['b', 'c', 'a', 'c'].map((ref) => ({ version: { ref }, metadata: {} }));
      expect(await world.store.saveVersions(source.id, found, world.clock.now())).toBe(1);
      const after = await world.versions(source);
      expect(after.slice(0, 2)).toEqual([...before]);
      expect(after.map((version) => version.version.ref)).toEqual(['a', 'b', 'c']);
    });

    test('where the order of the report counts, a new one goes where it belongs', async () => {
      const world = await open();
      const app = await world.simple();
      const { resource: source } = app;
      const report = async (...refs: string[]) => {
        const { clock, store } = world;
        const now = clock.forward(1_000);
        await store.requestCheck({ resourceId: source.id, now, nextCheckAt: now + 10 });
        const granted = some(await grantCheck(world));
        return (await store.finishCheck({ ...result(world, granted, ...refs), ordered: true })).newVersions;
      };
      const told = async () =>
        (await world.versions(source)).map(({ version, triggers }) => `${version.ref}${triggers ? '' : '~'}`);
      expect(await report('v1', 'v2.0', 'v2.1')).toBe(3);
      expect(await told()).toEqual(['v1~', 'v2.0~', 'v2.1']);
      const before = await world.versions(source);
      const built = some(before.at(-1));
      await world.trigger(app, { inputs: [input('1', built)] });
      expect(await report('v1', 'v1.1', 'v2.0', 'v2.1', 'v2.2')).toBe(2);
      expect(await told()).toEqual(['v1~', 'v1.1', 'v2.0~', 'v2.1', 'v2.2']);
      const facts = some(await world.store.schedulingFacts(app.pipeline.id));
      expect([...some(facts.jobs[0]).used]).toEqual([built.id]);
      // Known ones are the same as before, wherever they stand; and nothing moves without a reason.
      const after = await world.versions(source);
      expect(before.map(({ id }) => after.find((one) => one.id === id)?.version.ref)).toEqual(['v1', 'v2.0', 'v2.1']);
      expect(await report('v1', 'v1.1', 'v2.0', 'v2.1', 'v2.2')).toBe(0);
      expect(await world.versions(source)).toEqual(after);
      // Older than all that the report has of what is known: history that nobody told of.
      expect(await report('v0', 'v1', 'v2.2')).toBe(1);
      expect(await told()).toEqual(['v1.1', 'v2.0~', 'v2.1', 'v0~', 'v1~', 'v2.2']);
    });

    test('the order of a version’s fields does not matter', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      const [one, two] = [
        { a: 1, b: { c: [1], d: null } },
        { b: { d: null, c: [1] }, a: 1 },
      ];
      const found = [one, two].map((version) => ({ version, metadata: {} }));
      expect(await world.store.saveVersions(source.id, found, world.clock.now())).toBe(1);
    });

    test('an empty first report is a first report', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      await world.store.saveVersions(source.id, [], world.clock.now());
      const all = await world.versions(source, 'a', 'b');
      expect(all.map((version) => version.triggers)).toEqual([true, true]);
    });

    test('two reports at once give no place twice', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      await Promise.all([
        world.versions(source, 'a', 'b'),
        world.versions(source, 'b', 'c'),
        world.versions(source, 'd'),
      ]);
      const all = await world.versions(source);
      expect(all.map((version) => version.position)).toEqual([1, 2, 3, 4]);
    });

    test('come in pages, newest first', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      await world.versions(source, 'a', 'b', 'c', 'd', 'e');
      const refs: unknown[] = [];
      let after: string | undefined;
      do {
        const page = await world.store.listVersions(source.id, { limit: 2, after });
        refs.push(page.items.map((version) => version.version.ref));
        after = page.next;
      } while (after !== undefined);
      expect(refs).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
      await expect(world.store.listVersions(source.id, { limit: 2, after: 'x; drop' })).rejects.toMatchObject({
        code: 'store.bad_cursor',
      });
    });

    test('are disabled and pinned', async () => {
      const world = await open();
      const app = await world.simple();
      const other = await world.simple({}, 'other');
      const [version] = await world.versions(app.resource, 'a');
      await world.store.disableVersion(some(version).id, world.mark('broken'));
      expect((await world.versions(app.resource))[0]).toMatchObject({
        disabled: true,
        disabledMark: { by: 'ada', at: world.clock.now(), reason: 'broken' },
      });
      await world.store.disableVersion(some(version).id, undefined);
      expect((await world.versions(app.resource))[0]).toMatchObject({ disabled: false, disabledMark: undefined });
      await world.store.pinVersion(app.resource.id, { versionId: some(version).id, mark: world.mark('until Monday') });
      expect(await world.store.getResource(app.resource.id)).toMatchObject({
        pinnedVersionId: some(version).id,
        pinned: { by: 'ada', at: world.clock.now(), reason: 'until Monday' },
      });
      await world.store.pinVersion(app.resource.id, undefined);
      expect(await world.store.getResource(app.resource.id)).toMatchObject({
        pinnedVersionId: undefined,
        pinned: undefined,
      });

      const gone = newId<VersionId>();
      await expect(world.store.disableVersion(gone, world.mark())).rejects.toMatchObject({ code: 'store.not_found' });
      await expect(
        world.store.pinVersion(app.resource.id, { versionId: gone, mark: world.mark() }),
      ).rejects.toMatchObject({ code: 'store.not_found' });
      await expect(
        world.store.pinVersion(other.resource.id, { versionId: some(version).id, mark: world.mark() }),
      ).rejects.toMatchObject({
        code: 'store.conflict',
      });
    });
  });

  describe('checks', () => {
    test('resources are due in order of how long they wait', async () => {
      const world = await open();
      const { store, clock } = world;
      const pipeline = await world.set(
        'app',
        model(
          ['a', 'b', 'c'].map((name) => resource(name)),
          [],
        ),
      );
      const [a, b, c] = (await store.listResources(pipeline.id)).map(some);
      const now = clock.now();
      expect((await store.dueResources(now - 1, 10)).length).toBe(0);
      await store.requestCheck({ resourceId: some(a).id, now, nextCheckAt: now + 30_000 });
      await store.requestCheck({ resourceId: some(b).id, now, nextCheckAt: now + 20_000 });
      // Under way: not due again before they end, however late they are.
      expect((await store.dueResources(now + 60_000, 10)).map((due) => due.id)).toEqual([some(c).id]);
      expect(await store.nextCheckAt()).toBe(now);
      for (let granted = await grantCheck(world); granted !== undefined; granted = await grantCheck(world)) {
        await store.finishCheck(result(world, granted));
      }
      expect((await store.dueResources(now + 60_000, 10)).map((due) => due.name)).toEqual(['c', 'b', 'a']);
      expect((await store.dueResources(now + 60_000, 1)).map((due) => due.name)).toEqual(['c']);
      await store.pausePipeline(pipeline.id, world.mark(), now);
      expect(await store.dueResources(now + 60_000, 10)).toEqual([]);
      expect(await store.nextCheckAt()).toBeUndefined();
      await store.pausePipeline(pipeline.id, undefined, now);
      await world.set('app', model([resource('a')], []), 'only a');
      expect((await store.dueResources(now + 60_000, 10)).map((due) => due.name)).toEqual(['a']);
    });

    test('one at a time for a resource', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      const request = { resourceId: source.id, by: 'ada', now: world.clock.now(), nextCheckAt: world.clock.now() + 1 };
      const [one, two] = await Promise.all([world.store.requestCheck(request), world.store.requestCheck(request)]);
      expect(two).toEqual(one);
      expect(one).toMatchObject({ status: 'pending', requestedBy: 'ada' });
      const granted = some(await grantCheck(world));
      expect(await world.store.requestCheck(request)).toMatchObject({ id: one.id, status: 'running' });
      await world.store.finishCheck(result(world, granted));
      expect((await world.store.requestCheck(request)).id).not.toBe(one.id);
      const missing = { ...request, resourceId: newId<ResourceId>() };
      await expect(world.store.requestCheck(missing)).rejects.toMatchObject({ code: 'store.not_found' });
    });

    test('from the request to the versions', async () => {
      const world = await open();
      const { store, clock } = world;
      const { resource: source, pipeline } = await world.simple();
      const check = await store.requestCheck({ resourceId: source.id, now: clock.now(), nextCheckAt: clock.now() + 9 });
      const granted = some(await grantCheck(world));
      expect(granted).toMatchObject({ check: { id: check.id, status: 'running' }, pipeline: { id: pipeline.id } });
      expect(granted.resource.id).toBe(source.id);
      expect(granted.last).toBeUndefined();
      clock.forward(50);
      const finished = await store.finishCheck(result(world, granted, 'a', 'b'));
      expect(finished).toEqual({ accepted: true, newVersions: 2, pipelineId: pipeline.id, address: 'git.src' });
      expect(await store.getCheck(check.id)).toMatchObject({
        status: 'succeeded',
        newVersions: 2,
        endedAt: clock.now(),
      });
      expect(await store.getResource(source.id)).toMatchObject({
        lastCheckAt: clock.now(),
        lastCheckStatus: 'succeeded',
        lastCheckLog: 'looked',
        nextCheckAt: clock.now() - 41,
      });
      await store.requestCheck({ resourceId: source.id, now: clock.now(), nextCheckAt: clock.now() });
      expect(some(await grantCheck(world)).last).toEqual({ ref: 'b' });
    });

    test('one that failed says why, and keeps what was known', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      await world.versions(source, 'a');
      await world.store.requestCheck({ resourceId: source.id, now: world.clock.now(), nextCheckAt: 0 });
      const granted = some(await grantCheck(world));
      const { versions, ...rest } = result(world, granted);
      const problem = { code: 'check.failed', message: 'exit 1', hint: 'look' };
      expect(await world.store.finishCheck({ ...rest, problem })).toMatchObject({ accepted: true, newVersions: 0 });
      expect(await world.store.getResource(source.id)).toMatchObject({
        lastCheckStatus: 'errored',
        lastCheckProblem: problem,
      });
      expect(await world.versions(source)).toHaveLength(1);
    });

    test('an answer counts once, and only from who holds it', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      await world.store.requestCheck({ resourceId: source.id, now: world.clock.now(), nextCheckAt: 0 });
      const first = some(await grantCheck(world));
      // Its worker goes quiet; another gets the check.
      world.clock.forward(30_001);
      await world.store.rescueExpired(world.retries);
      const second = some(await grantCheck(world));
      expect(second.check.id).toBe(first.check.id);
      expect(second.check.fencing).toBeGreaterThan(first.check.fencing);
      expect(await world.store.finishCheck(result(world, first, 'stale'))).toMatchObject({ accepted: false });
      const stranger = newId<WorkerId>();
      expect(await world.store.finishCheck(result(world, second, 'forged'), stranger)).toMatchObject({
        accepted: false,
      });
      expect(await world.store.finishCheck(result(world, second, 'a'))).toMatchObject({ accepted: true });
      expect(await world.store.finishCheck(result(world, second, 'b'))).toMatchObject({ accepted: false });
      const unknown = { ...result(world, second), check: newId<CheckId>() };
      expect(await world.store.finishCheck(unknown)).toEqual({ accepted: false, newVersions: 0 });
      expect((await world.versions(source)).map((version) => version.version.ref)).toEqual(['a']);
    });

    test('need a worker with the resource’s tags', async () => {
      const world = await open();
      const pipeline = await world.set('app', model([resource('src', { tags: ['vpn', 'linux'] })], []));
      const [source] = await world.store.listResources(pipeline.id);
      await world.store.requestCheck({ resourceId: some(source).id, now: world.clock.now(), nextCheckAt: 0 });
      expect(await grantCheck(world)).toBeUndefined();
      expect(await grantCheck(world, ['vpn'])).toBeUndefined();
      expect(await grantCheck(world, ['linux', 'x', 'vpn'])).toBeDefined();
    });

    test('old ones are forgotten', async () => {
      const world = await open();
      const { resource: source } = await world.simple();
      const ids: CheckId[] = [];
      for (let round = 0; round < 30; round++) {
        const now = world.clock.forward(1_000);
        ids.push((await world.store.requestCheck({ resourceId: source.id, now, nextCheckAt: now })).id);
        await world.store.finishCheck(result(world, some(await grantCheck(world))));
      }
      const there = await Promise.all(ids.map((id) => world.store.getCheck(id)));
      expect(there.filter((check) => check !== undefined).length).toBe(20);
      expect(there.at(-1)).toBeDefined();
    });
  });
}
