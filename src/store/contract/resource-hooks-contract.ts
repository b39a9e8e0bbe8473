import { expect, test } from 'bun:test';
import { newId, type ResourceId } from '../../lib/ids.ts';
import type { Open } from './world.ts';
import { model } from './world.ts';

export function resourceHooksContract(open: Open): void {
  test('an address of a resource is good until another one is made, it is removed, or the resource goes', async () => {
    const world = await open();
    const { store, clock } = world;
    const { resource } = await world.simple();
    const of = { resourceId: resource.id, by: 'ada', now: clock.now() };
    expect(await store.getResourceHook(resource.id)).toBeUndefined();
    await store.setResourceHook({ ...of, hash: 'one' });
    expect(await store.useResourceHook('two', clock.now())).toBeUndefined();
    expect(await store.useResourceHook('one', clock.forward(5))).toBe(resource.id);
    const { resourceId, by: createdBy, now: createdAt } = of;
    expect(await store.getResourceHook(resource.id)).toEqual({
      ...{ resourceId, createdBy, createdAt, lastUsedAt: createdAt + 5, uses: 1 },
    });
    await store.setResourceHook({ ...of, hash: 'two' });
    expect(await store.useResourceHook('one', clock.now())).toBeUndefined();
    expect(await store.useResourceHook('two', clock.now())).toBe(resource.id);
    await world.set('app', model([], []), 'less');
    expect(await store.useResourceHook('two', clock.now())).toBeUndefined();
    expect(await store.removeResourceHook(resource.id)).toBe(true);
    expect(await store.removeResourceHook(newId<ResourceId>())).toBe(false);
  });
}
