import type { GlyphStatus } from '../../graph/status-glyph.ts';
import { assertNever } from '../../lib/assert-never.ts';
import type { WorkerView } from '../../protocol/workers.ts';

/** A worker's state in the shapes of builds: at work, ready, held by somebody, missing, gone. */
export function workerGlyph({
  status,
  busy,
  connected,
}: Pick<WorkerView, 'status' | 'busy' | 'connected'>): GlyphStatus {
  switch (status) {
    case 'running':
      if (busy > 0) return 'running';
      return connected ? 'succeeded' : 'pending';
    case 'draining':
      return 'paused';
    case 'lost':
      return 'errored';
    case 'gone':
      return 'cancelled';
    default:
      return assertNever(status);
  }
}
