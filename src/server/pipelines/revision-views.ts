/** What the API says of revisions. */
import type { RevisionId } from '../../lib/ids.ts';
import type { PipelineConfig, RevisionView } from '../../protocol/revisions.ts';
import type { RevisionRecord, RevisionSummary } from '../../store/records.ts';
import type { Difference } from './compare-revisions.ts';

const FIRST_CHANGES = 5;

/** Quoted, as HTTP has it. A revision's id, not its number: a pipeline that was deleted and made anew counts from 1 again. */
export const etagOf = (id: RevisionId): string => `"${id}"`;
export const revisionIdOf = (etag: string): RevisionId => etag.slice(1, -1) as RevisionId;

export function factsOf({ id, number, setBy, createdAt, message, restoredFrom }: RevisionSummary) {
  return {
    revision: number,
    etag: etagOf(id),
    setBy,
    createdAt,
    ...(message !== undefined && { message }),
    ...(restoredFrom !== undefined && { restoredFrom }),
  };
}

export function configOf(revision: RevisionRecord): PipelineConfig {
  return { ...factsOf(revision), bundle: revision.bundle };
}

export function historyView(revision: RevisionSummary, current: boolean, { changes }: Difference): RevisionView {
  const count = (action: string): number => changes.filter((change) => change.action === action).length;
  return {
    ...factsOf(revision),
    current,
    changes: {
      created: count('create'),
      updated: count('update'),
      deleted: count('delete'),
      first: changes.slice(0, FIRST_CHANGES).map(({ action, block }) => ({ action, block })),
    },
  };
}
