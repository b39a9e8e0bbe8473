import { describe, expect, test } from 'bun:test';
import { newId } from '../../lib/ids.ts';
import type { KeptServer } from '../servers.ts';
import { automatic, commit } from './builds-contract.ts';
import { type Open, some } from './world.ts';

const LEASE_MS = 15_000;

/** Servers that share the database, and what they agree on. */
export function serversContract(open: Open): void {
  const server = (place: string, more: Partial<KeptServer> = {}): KeptServer => ({
    ...{ id: newId(), place, name: place, version: '1', address: 'http://ci', queue: 'http', keysDigest: 'k' },
    ...{ startedAt: 1, sole: false },
    ...more,
  });

  describe('servers', () => {
    test('know of each other until one leaves or its time is over', async () => {
      const { store, clock } = await open();
      const [a, b] = [server('a'), server('b')];
      expect(await store.keepServer(a, LEASE_MS)).toEqual({ kind: 'kept', others: [], now: clock.now() });
      expect(await store.keepServer(b, LEASE_MS)).toMatchObject({
        kind: 'kept',
        others: [{ id: a.id, running: true }],
      });
      clock.forward(LEASE_MS);
      await store.keepServer({ ...a, address: 'http://elsewhere' }, LEASE_MS);
      clock.forward(1);
      expect(await store.listServers()).toMatchObject([
        { name: 'a', running: true, address: 'http://elsewhere' },
        { name: 'b', running: false, lastSeenAt: clock.now() - LEASE_MS - 1 },
      ]);
      expect(await store.keepServer(a, LEASE_MS)).toMatchObject({ others: [] });
      await store.leaveServer(a.id);
      expect((await store.listServers()).map(({ name }) => name)).toEqual(['b']);
      clock.forward(3_600_000);
      expect(await store.listServers()).toEqual([]);
    });

    test('one that must be alone is refused beside another, and others beside it, until its time is over', async () => {
      const { store, clock } = await open();
      const alone = server('a', { exclusive: 'its queue is in its memory' });
      await store.keepServer(alone, LEASE_MS);
      clock.forward(1_000);
      const refused = { kind: 'refused', why: 'it_is_exclusive', by: { id: alone.id }, leftMs: LEASE_MS - 1_000 };
      expect(await store.keepServer(server('b'), LEASE_MS)).toMatchObject(refused);
      expect(await store.keepServer(server('b', { exclusive: 'too' }), LEASE_MS)).toMatchObject(refused);
      clock.forward(LEASE_MS);
      const b = server('b');
      expect(await store.keepServer(b, LEASE_MS)).toMatchObject({ kind: 'kept', others: [] });
      // It was stopped for that long, and goes on.
      expect(await store.keepServer(alone, LEASE_MS)).toMatchObject({ why: 'we_are_exclusive', by: { id: b.id } });
      expect(await store.keepServer(server('c', { keysDigest: 'x' }), LEASE_MS)).toMatchObject({ why: 'other_keys' });
    });

    test('of two that cannot be together and start at once, one is refused', async () => {
      const { store } = await open();
      const all = ['a', 'b', 'c'].map((place) => server(place, { exclusive: 'alone' }));
      const kinds = (await Promise.all(all.map((one) => store.keepServer(one, LEASE_MS)))).map(({ kind }) => kind);
      expect(kinds.sort()).toEqual(['kept', 'refused', 'refused']);
    });

    test('who has the data directory of another, or the whole database, takes its place at once', async () => {
      const { store } = await open();
      await store.keepServer(server('a', { exclusive: 'alone' }), LEASE_MS);
      const again = server('a', { exclusive: 'alone' });
      expect(await store.keepServer(again, LEASE_MS)).toMatchObject({ kind: 'kept' });
      const sole = server('b', { sole: true, keysDigest: 'x' });
      expect(await store.keepServer(sole, LEASE_MS)).toMatchObject({ kind: 'kept', others: [] });
      expect((await store.listServers()).map(({ id }) => id)).toEqual([sole.id]);
    });

    test('one of them does what one alone does', async () => {
      const { store, clock } = await open();
      const taken = await Promise.all(['a', 'b', 'c'].map((holder) => store.takeLease('sweep', holder, 1_000)));
      expect(taken.filter((one) => one)).toHaveLength(1);
      const holder = some(['a', 'b', 'c'][taken.indexOf(true)]);
      expect(await store.takeLease('sweep', holder, 1_000)).toBe(true);
      expect(await store.takeLease('other', 'd', 1_000)).toBe(true);
      clock.forward(1_001);
      expect(await store.takeLease('sweep', 'd', 1_000)).toBe(true);
      await store.releaseLease('sweep', holder);
      expect(await store.takeLease('sweep', holder, 1_000)).toBe(false);
      await store.releaseLease('sweep', 'd');
      expect(await store.takeLease('sweep', holder, 1_000)).toBe(true);
    });

    test('of two that find a resource due, one asks for its check, also when the check of the other is over', async () => {
      const world = await open();
      const { resource } = await world.simple();
      const due = some((await world.store.dueResources(world.clock.now(), 10))[0]).nextCheckAt;
      const ask = () =>
        world.store.requestDueCheck({
          resourceId: resource.id,
          due,
          now: world.clock.now(),
          nextCheckAt: due + 60_000,
        });
      expect((await Promise.all([ask(), ask(), ask()])).filter((one) => one)).toHaveLength(1);
      const work = some(await world.store.grant(world.request({ kinds: ['check'] })));
      if (work.kind !== 'check') throw new Error('expected a check');
      const { id, fencing } = work.check;
      await world.store.finishCheck({ kind: 'check_result', check: id, fencing, at: 1, versions: [], log: '' });
      expect(await ask()).toBe(false);
    });

    test('of two that decide on the same facts, one decides again', async () => {
      const world = await open();
      const app = await world.simple();
      const versions = await world.versions(app.resource, 'a', 'b');
      const facts = some(await world.store.schedulingFacts(app.pipeline.id));
      expect(facts.decided).toBe(0);
      const decide = (index: number, basedOn: number) =>
        world.store.commitDecisions({
          ...commit(world, app, { builds: [automatic(world, app, some(versions[index]))] }),
          basedOn,
        });
      const both = await Promise.allSettled([decide(1, 0), decide(1, 0)]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await world.play();
      // It had looked before the other's build began: that would be a build of older versions behind one of newer ones.
      await expect(decide(0, 0)).rejects.toMatchObject({ code: 'store.stale_decision' });
      expect(some(await world.store.schedulingFacts(app.pipeline.id)).decided).toBe(1);
      expect(await decide(0, 1)).toHaveLength(1);
    });
  });

  describe('what is known for a while', () => {
    const key = { kind: 'idempotency_key', id: 'a' } as const;

    test('is written once, changed by who knows it, taken once, and over after its time', async () => {
      const { store, clock } = await open();
      const until = clock.now() + 1_000;
      const added = await Promise.all(['x', 'y'].map((value) => store.addShortLived(key, value, until)));
      expect(added.filter((one) => one)).toHaveLength(1);
      const value = some(await store.readShortLived(key));
      expect(value).toBe(added[0] === true ? 'x' : 'y');
      expect(await store.readShortLived({ kind: 'upload', id: 'a' })).toBeUndefined();
      expect(await store.changeShortLived(key, 'other', 'z')).toBe(false);
      expect(await store.changeShortLived(key, value, 'z')).toBe(true);
      const taken = await Promise.all([1, 2, 3].map(() => store.takeShortLived(key)));
      expect(taken.filter((one) => one === 'z')).toHaveLength(1);
      expect(await store.addShortLived(key, 'again', until)).toBe(true);
      clock.forward(1_000);
      expect(await store.readShortLived(key)).toBeUndefined();
      expect(await store.takeShortLived(key)).toBeUndefined();
      expect(await store.addShortLived(key, 'anew', clock.now() + 10)).toBe(true);
      clock.forward(10);
      await store.trimShortLived();
      expect(await store.readShortLived(key)).toBeUndefined();
    });
  });
}
