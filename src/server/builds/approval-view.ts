import type { BuildId } from '../../lib/ids.ts';
import type { Approval } from '../../pipeline/approval.ts';
import type { ApprovalView, GateView } from '../../protocol/gates.ts';
import type { OpenGate } from '../../protocol/reasons.ts';
import type { ApprovalVote, BuildRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Revisions } from '../pipelines/revisions.ts';

/** The gates of a build, each with what was said at it. */
function approvalView(
  build: Pick<BuildRecord, 'seen' | 'askedAt'>,
  gates: readonly Approval[],
  votes: readonly ApprovalVote[],
): ApprovalView {
  return { seen: build.seen, gates: gates.map((gate) => gateView(build, gate, votes)) };
}

function gateView(
  { askedAt }: Pick<BuildRecord, 'askedAt'>,
  { label, message, approvals, timeoutMs }: Approval,
  votes: readonly ApprovalVote[],
): GateView {
  const own = votes.filter((vote) => vote.label === label);
  const open = askedAt !== undefined && own.filter(({ vote }) => vote === 'approved').length < approvals;
  return {
    label,
    ...(message !== undefined && { message }),
    needed: approvals,
    open,
    ...(open && timeoutMs !== undefined && { until: askedAt + timeoutMs }),
    votes: own.map(({ by, vote, reason, at }) => ({ by, vote, at, ...(reason !== undefined && { reason }) })),
  };
}

/** Of the builds that have gates. */
export async function approvalsOf(
  { store, revisions }: { readonly store: Pick<Store, 'votesOn'>; readonly revisions: Revisions },
  builds: readonly BuildRecord[],
): Promise<ReadonlyMap<BuildId, ApprovalView>> {
  const gated = builds.filter((build) => build.hasGates);
  if (gated.length === 0) return new Map();
  const votes = await store.votesOn(gated.map((build) => build.id));
  const views = gated.map(async (build) => {
    const gates = (await revisions.get(build.revisionId)).job(build.job)?.approvals ?? [];
    return [build.id, approvalView(build, gates, votes.get(build.id) ?? [])] as const;
  });
  return new Map(await Promise.all(views));
}

/** What is lacking, for the words of what a build waits for. */
export const openGates = (approval: ApprovalView | undefined): OpenGate[] =>
  (approval?.gates ?? []).flatMap(({ label, needed, open, votes }) =>
    open ? [{ label, needed, given: votes.filter(({ vote }) => vote === 'approved').length }] : [],
  );
