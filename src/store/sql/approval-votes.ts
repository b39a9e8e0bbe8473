/** The gates of a build and what was said at them, as its rows have it. */
import type { Instant } from '../../lib/clock.ts';
import type { BuildId } from '../../lib/ids.ts';
import type { Approval } from '../../pipeline/approval.ts';
import type { BuildPlan } from '../../pipeline/plan.ts';
import type { ApprovalVote } from '../records.ts';
import { orUndefined, portions } from './context.ts';
import { digestOf } from './json-column.ts';
import type { Db, Schema } from './schema.ts';

/** How a build of a plan begins: nobody is asked, or everybody from now on. */
export function gateOf(
  { approvals = [] }: BuildPlan,
  now: Instant,
): Pick<Schema['builds'], 'status' | 'asked_at' | 'approve_by'> {
  if (approvals.length === 0) return { status: 'pending', asked_at: null, approve_by: null };
  return { status: 'waiting_for_approval', asked_at: now, approve_by: endOfGates(approvals, now) };
}

/** When the first of these gates has been open for too long. */
export function endOfGates(open: readonly Approval[], askedAt: Instant): Instant | null {
  const limits = open.flatMap(({ timeoutMs }) => timeoutMs ?? []);
  return limits.length === 0 ? null : askedAt + Math.min(...limits);
}

/** What a person approves: the versions, and what is done with them. */
export const seenOf = (build: Pick<Schema['builds'], 'plan_digest' | 'input_set'>): string =>
  digestOf(`${build.plan_digest} ${build.input_set}`).slice(0, 16);

export async function votesOn(
  db: Db,
  builds: readonly BuildId[],
): Promise<ReadonlyMap<BuildId, readonly ApprovalVote[]>> {
  const votes = new Map<BuildId, ApprovalVote[]>();
  for (const ids of portions(builds)) {
    const rows = await db
      .selectFrom('approvals')
      .selectAll()
      .where('build_id', 'in', ids)
      .orderBy('voted_at')
      .orderBy('label')
      .orderBy('voter')
      .execute();
    for (const { build_id, label, voter, vote, reason, voted_at } of rows) {
      const said = { label, by: voter, vote, reason: orUndefined(reason), at: voted_at };
      votes.set(build_id, [...(votes.get(build_id) ?? []), said]);
    }
  }
  return votes;
}
