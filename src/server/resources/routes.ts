import { CodedError } from '../../lib/coded-error.ts';
import type { Handlers } from '../http/call.ts';
import { nextCheckAt } from '../loops/next-check.ts';
import { checkView, versionView } from './resource-view.ts';
import { createResourceViews, type ResourceParts } from './resource-views.ts';
import type { ServerChecks } from './server-checks.ts';
import { type VersionChoice, versionChoices } from './version-choices.ts';

const PAGE = 50;

export function resourceRoutes(
  parts: ResourceParts & { readonly serverChecks: ServerChecks },
): Handlers<'listResources' | 'getResource' | 'listVersions' | 'checkResource' | 'getCheck' | VersionChoice> {
  const { store, access, clock, wakeups, checkIntervalMs, serverChecks } = parts;
  const view = createResourceViews(store, parts.revisions, checkIntervalMs);
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
      if (resource.neverChecked) {
        throw new CodedError(
          'resource.never_checked',
          `${resource.address} is made by put: there is nothing to look for`,
          {
            hint: 'run the job that puts it',
          },
        );
      }
      const own = await serverChecks.check(resource, principal.name);
      if (own !== undefined) return checkView(own, resource);
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
    ...versionChoices(parts, view),
    async getCheck({ principal, params }) {
      const { check, resource } = await access.check(principal, params.check);
      return checkView(check, resource);
    },
  };
}
