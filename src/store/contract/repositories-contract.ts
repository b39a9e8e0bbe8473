import { describe, expect, test } from 'bun:test';
import { type DeliveryId, newId, type RepositoryId } from '../../lib/ids.ts';
import type { NewDelivery, RepositoryRecord } from '../repository-store.ts';
import { type Open, some, type World } from './world.ts';

const body = new Uint8Array([0x7b, 0x00, 0xff, 0x7d]);
const outcome = { builds: [{ id: 'b', text: 'app/test #1' }], notes: ['one'] };
const problem = { code: 'forge.unreachable', message: 'it does not answer' };

/** Repositories of forges, and what their webhooks bring. */
export function repositoriesContract(open: Open): void {
  async function add({ store, clock }: World, forgeId: string, more: Partial<RepositoryRecord> = {}) {
    const { id: teamId } = await store.ensureTeam('main');
    return store.createRepository({
      ...{ id: newId<RepositoryId>(), provider: 'github', forgeId, fullName: `ada/${forgeId}`, private: false },
      ...{ defaultBranch: 'main', cloneUrl: 'https://forge.test/a.git', webUrl: 'https://forge.test/a', teamId },
      ...{ pipeline: 'a', activatedBy: undefined, activatedAt: clock.now(), hookId: '7', sealedSecret: 'sealed' },
      ...{ active: true, options: { pullRequests: 'merged' as const }, syncedAt: undefined, trouble: undefined },
      ...more,
    });
  }

  const delivery = ({ clock }: World, of: RepositoryRecord, name: string, digest = name): NewDelivery => ({
    ...{ id: newId<DeliveryId>(), repositoryId: of.id, deliveryId: name, digest, event: 'push' },
    ...{ receivedAt: clock.now(), body },
  });

  const names = async ({ store, clock }: World, ...busy: RepositoryId[]) =>
    (await store.pendingDeliveries({ now: clock.now(), busy, limit: 10 })).map(({ deliveryId }) => deliveryId);

  describe('repositories', () => {
    test('are made once, found by what the forge calls them, and changed', async () => {
      const world = await open();
      const { store, clock } = world;
      const made = await add(world, '42', { fullName: 'Ada/App' });
      expect(made).toMatchObject({ team: 'main', fullName: 'Ada/App', options: { pullRequests: 'merged' } });
      await expect(add(world, '42')).rejects.toMatchObject({ code: 'store.conflict' });
      await add(world, '42', { provider: 'gitea' });
      expect(await store.findRepository('github', '42')).toEqual(made);
      expect(await store.findRepository('github', '43')).toBeUndefined();
      await store.changeRepository(made.id, {
        ...{ fullName: 'Ada/New', active: false, hook: { id: undefined }, options: { pullRequests: 'none' } },
        synced: { at: clock.now(), trouble: 'gone' },
      });
      expect(await store.getRepository(made.id)).toEqual({
        ...made,
        ...{ fullName: 'Ada/New', active: false, hookId: undefined, options: { pullRequests: 'none' } },
        ...{ syncedAt: clock.now(), trouble: 'gone' },
      });
      await store.changeRepository(made.id, {});
      await store.changeRepository(newId<RepositoryId>(), { active: true });
      expect((await store.listRepositories()).map(({ fullName }) => fullName)).toEqual(['Ada/New', 'ada/42']);
      expect(await store.listRepositories('other')).toEqual([]);
      await store.deleteRepository(made.id);
      expect(await store.listRepositories('main')).toHaveLength(1);
    });

    test('keep each webhook once, by its name and by its bytes', async () => {
      const world = await open();
      const { store } = world;
      const [a, b] = [await add(world, '1'), await add(world, '2')];
      const first = delivery(world, a, 'x');
      await store.saveDeliveries([first, delivery(world, b, 'x')]);
      await store.saveDeliveries([
        { ...delivery(world, a, 'x', 'other'), event: 'ping' },
        { ...delivery(world, a, 'y', 'x'), event: 'ping' },
        delivery(world, { ...a, id: newId<RepositoryId>() }, 'z'),
        { ...delivery(world, a, 'token 1'), digest: undefined },
        { ...delivery(world, a, 'token 2'), digest: undefined },
      ]);
      expect(await names(world)).toEqual(['x', 'x', 'token 1', 'token 2']);
      expect(await store.getDelivery(first.id)).toMatchObject({ event: 'push', status: 'pending', body });
      await store.deleteRepository(a.id);
      expect(await names(world)).toEqual(['x']);
      expect(await store.getDelivery(first.id)).toBeUndefined();
    });

    test('give what is to be done in order, and nothing behind what has to wait', async () => {
      const world = await open();
      const { store, clock } = world;
      const [a, b] = [await add(world, '1'), await add(world, '2')];
      const [first, second, third] = ['1', '2', '3'].map((name) => delivery(world, a, name));
      await store.saveDeliveries([some(first), some(second), some(third), delivery(world, b, 'b')]);
      expect(await names(world, b.id)).toEqual(['1', '2', '3']);
      await store.endDelivery(some(first).id, { outcome }, clock.now());
      await store.postponeDelivery(some(second).id, clock.now() + 1_000, problem);
      expect(await names(world)).toEqual(['b']);
      expect(await store.nextDeliveryAt(clock.now())).toBe(clock.now() + 1_000);
      clock.forward(1_000);
      expect(await store.nextDeliveryAt(clock.now())).toBeUndefined();
      expect(await names(world)).toEqual(['2', '3', 'b']);
      expect(await store.getDelivery(some(second).id)).toMatchObject({ tries: 1, problem, status: 'pending' });
      await store.endDelivery(some(second).id, { problem }, clock.now());
      // It has ended: nothing changes it any more.
      await store.endDelivery(some(second).id, { outcome }, clock.now());
      await store.postponeDelivery(some(second).id, clock.now(), problem);
      expect(await store.getDelivery(some(second).id)).toMatchObject({
        status: 'failed',
        tries: 2,
        outcome: undefined,
      });
      const page = await store.listDeliveries(a.id, { limit: 2 });
      expect(page.items.map(({ deliveryId }) => deliveryId)).toEqual(['3', '2']);
      const rest = await store.listDeliveries(a.id, { limit: 2, after: page.next });
      expect(rest.items).toMatchObject([{ deliveryId: '1', status: 'done', outcome, endedAt: clock.now() - 1_000 }]);
      expect(rest.next).toBeUndefined();
    });

    test('are told again what somebody asks for, while it is kept', async () => {
      const world = await open();
      const { store, clock } = world;
      const a = await add(world, '1');
      const [old, open1] = [delivery(world, a, 'old'), delivery(world, a, 'open')];
      await store.saveDeliveries([old, open1]);
      await store.endDelivery(old.id, { outcome }, clock.now());
      const again = { of: old.id, id: newId<DeliveryId>(), by: 'ada', now: clock.now() };
      expect(await store.replayDelivery(again)).toBe(true);
      expect(await store.getDelivery(again.id)).toMatchObject({
        ...{ replayOf: old.id, replayedBy: 'ada', status: 'pending', event: 'push', body },
      });
      await store.endDelivery(again.id, { outcome }, clock.now());
      clock.forward(1_000);
      await store.trimDeliveries(clock.now(), 0);
      expect((await store.getDelivery(old.id))?.body).toBeUndefined();
      expect((await store.getDelivery(open1.id))?.body).toEqual(body);
      expect(await store.replayDelivery({ ...again, id: newId<DeliveryId>() })).toBe(false);
      // Its name is still known.
      await store.saveDeliveries([delivery(world, a, 'old', 'new')]);
      expect(await names(world)).toEqual(['open']);
      await store.trimDeliveries(clock.now(), clock.now());
      expect(await store.getDelivery(old.id)).toBeUndefined();
      expect(await names(world)).toEqual(['open']);
    });
  });
}
