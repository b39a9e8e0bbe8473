import type { Clock } from '../../lib/clock.ts';
import type { ResourceView } from '../../protocol/api.ts';
import type { ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { Handlers } from '../http/call.ts';
import { nextCheckAt } from '../loops/next-check.ts';
import type { Wakeups } from '../wakeups.ts';
import { checkView, resourceView, versionView } from './resource-view.ts';

export interface ResourceParts {
  readonly store: Store;
  readonly access: Access;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  readonly checkIntervalMs: number;
}

const PAGE = 50;
/** A pinned version is nearly always among the newest; an older one is found by asking for more. */
const LOOK_FOR_PIN = 200;

export type ResourceViews = (resource: ResourceRecord) => Promise<ResourceView>;

/** Resources with their newest and their pinned version. */
export function createResourceViews(store: Store, checkIntervalMs: number): ResourceViews {
  return async (resource) => {
    const limit = resource.pinnedVersionId === undefined ? 1 : LOOK_FOR_PIN;
    const { items } = await store.listVersions(resource.id, { limit });
    const pinned = items.find((version) => version.id === resource.pinnedVersionId);
    return resourceView(resource, items[0], pinned, checkIntervalMs);
  };
}

export function resourceRoutes(
  parts: ResourceParts,
): Handlers<'listResources' | 'getResource' | 'listVersions' | 'checkResource' | 'getCheck'> {
  const { store, access, clock, wakeups, checkIntervalMs } = parts;
  const view = createResourceViews(store, checkIntervalMs);
  return {
    async listResources({ principal, params }) {
      const pipeline = await access.pipeline(principal, params);
      const resources = await store.listResources(pipeline.id);
      return Promise.all(resources.filter((resource) => resource.active).map(view));
    },
    async getResource({ principal, params }) {
      return view((await access.resource(principal, params)).resource);
    },
    async listVersions({ principal, params, query }) {
      const { resource } = await access.resource(principal, params);
      const page = await store.listVersions(resource.id, { limit: query.limit ?? PAGE, after: query.after });
      return { items: page.items.map(versionView), ...(page.next !== undefined && { next: page.next }) };
    },
    async checkResource({ principal, params }) {
      const { resource } = await access.resource(principal, params);
      const now = clock.now();
      const next = await nextCheckAt(resource.schedule, now, now, checkIntervalMs);
      const check = await store.requestCheck({
        resourceId: resource.id,
        by: principal.name,
        now,
        nextCheckAt: next,
      });
      wakeups.work();
      wakeups.checks();
      wakeups.feed();
      return checkView(check, resource);
    },
    async getCheck({ principal, params }) {
      const { check, resource } = await access.check(principal, params.check);
      return checkView(check, resource);
    },
  };
}
