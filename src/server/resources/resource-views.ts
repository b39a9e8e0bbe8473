import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ResourceView } from '../../protocol/api.ts';
import type { VersionFields } from '../../protocol/version.ts';
import { matchesPin, type Pin } from '../../scheduler/world-index.ts';
import type { ResourceRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Access } from '../access.ts';
import type { Revisions } from '../pipelines/revisions.ts';
import type { Wakeups } from '../wakeups.ts';
import { resourceView } from './resource-view.ts';

export interface ResourceParts {
  readonly store: Store;
  readonly access: Access;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeups: Wakeups;
  readonly revisions: Revisions;
  readonly checkIntervalMs: number;
}

/** A pinned version is nearly always among the newest; an older one is found by asking for more. */
const LOOK_FOR_PIN = 200;

export type ResourceViews = (resource: ResourceRecord) => Promise<ResourceView>;

/** Resources with their newest and their pinned version. */
export function createResourceViews(store: Store, revisions: Revisions, checkIntervalMs: number): ResourceViews {
  async function pinnedInText({ pipelineId, address }: ResourceRecord): Promise<VersionFields | undefined> {
    const pipeline = await store.getPipeline(pipelineId);
    if (pipeline === undefined) return undefined;
    const { model } = (await revisions.get(pipeline.revisionId)).record;
    return model.resources.find((one) => one.address === address)?.pinned;
  }

  return async (resource) => {
    const { pinnedVersionId: id, openCheckId } = resource;
    const [fields, openCheck] = await Promise.all([
      pinnedInText(resource),
      openCheckId === undefined ? undefined : store.getCheck(openCheckId),
    ]);
    const pin: Pin | undefined =
      id !== undefined ? { kind: 'id', id } : fields !== undefined ? { kind: 'fields', fields } : undefined;
    const { items } = await store.listVersions(resource.id, { limit: pin === undefined ? 1 : LOOK_FOR_PIN });
    const pinned = pin && items.find((version) => matchesPin(pin, version));
    return resourceView(resource, { latest: items[0], pinned, pinnedInText: fields, openCheck }, checkIntervalMs);
  };
}
