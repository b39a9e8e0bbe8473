import type { WorkerView } from '../../protocol/api.ts';
import type { WorkerRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Handlers } from '../http/call.ts';

export function workerRoutes(store: Store): Handlers<'listWorkers'> {
  return {
    async listWorkers() {
      return (await store.listWorkers()).map(workerView);
    },
  };
}

function workerView({ id, name, version, tags, slots, status, lastSeenAt }: WorkerRecord): WorkerView {
  return { id, name, version, tags: [...tags], slots, status, lastSeenAt };
}
