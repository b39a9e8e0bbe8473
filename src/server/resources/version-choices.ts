/** People pin a resource to a version, disable versions, and undo both; the scheduler decides again after each. */
import { canonicalJson } from '../../lib/json.ts';
import type { VersionRecord } from '../../store/records.ts';
import type { Call, Handlers } from '../http/call.ts';
import { markNow } from '../marks.ts';
import { findVersion } from './find-version.ts';
import { versionView } from './resource-view.ts';
import type { ResourceParts, ResourceViews } from './resource-views.ts';

export type VersionChoice = 'pinVersion' | 'unpinVersion' | 'disableVersion' | 'enableVersion';

export function versionChoices(parts: ResourceParts, view: ResourceViews): Handlers<VersionChoice> {
  const { store, access, clock, logger, wakeups } = parts;

  /** Those who look must see it, and the scheduler may have something to do. */
  async function after(what: string, { principal, params, body }: Call<VersionChoice>, version?: VersionRecord) {
    logger.info(what, {
      ...params,
      by: principal.name,
      version: version && canonicalJson(version.version),
      reason: body?.reason,
    });
    const found = await access.resource(principal, params);
    wakeups.schedule(found.pipeline.id);
    wakeups.feed();
    return found.resource;
  }

  return {
    async pinVersion(call) {
      const { resource } = await access.resource(call.principal, call.params);
      const version = await findVersion(store, resource, call.body.version);
      const mark = markNow(clock, call.principal, call.body);
      await store.pinVersion(resource.id, { versionId: version.id, mark });
      return view(await after('resource pinned', call, version));
    },
    async unpinVersion(call) {
      const { resource } = await access.resource(call.principal, call.params);
      await store.pinVersion(resource.id, undefined);
      return view(await after('resource unpinned', call));
    },
    async disableVersion(call) {
      const { resource } = await access.resource(call.principal, call.params);
      const version = await findVersion(store, resource, call.body.version);
      const disabledMark = markNow(clock, call.principal, call.body);
      await store.disableVersion(version.id, disabledMark);
      await after('version disabled', call, version);
      return versionView({ ...version, disabled: true, disabledMark });
    },
    async enableVersion(call) {
      const { resource } = await access.resource(call.principal, call.params);
      const version = await findVersion(store, resource, call.body.version);
      await store.disableVersion(version.id, undefined);
      await after('version enabled', call, version);
      return versionView({ ...version, disabled: false, disabledMark: undefined });
    },
  };
}
