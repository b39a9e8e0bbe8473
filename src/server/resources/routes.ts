import type { Handlers } from '../http/call.ts';
import { checkNow } from './check-now.ts';
import { checkView, versionView } from './resource-view.ts';
import { createResourceViews, type ResourceParts } from './resource-views.ts';
import type { ServerChecks } from './server-checks.ts';
import { type VersionChoice, versionChoices } from './version-choices.ts';

const PAGE = 50;

export function resourceRoutes(
  parts: ResourceParts & { readonly serverChecks: ServerChecks },
): Handlers<'listResources' | 'getResource' | 'listVersions' | 'checkResource' | 'getCheck' | VersionChoice> {
  const { store, access, checkIntervalMs } = parts;
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
      return checkView(await checkNow(parts, resource, principal.name), resource);
    },
    ...versionChoices(parts, view),
    async getCheck({ principal, params }) {
      const { check, resource } = await access.check(principal, params.check);
      return checkView(check, resource);
    },
  };
}
