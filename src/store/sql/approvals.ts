/** People say yes or no to builds that wait for them. */
import { CodedError } from '../../lib/coded-error.ts';
import { nearest } from '../../lib/nearest.ts';
import type { Approval } from '../../pipeline/approval.ts';
import { isEnded } from '../../protocol/status.ts';
import type { ApprovalStore, Vote } from '../build-store.ts';
import type { ApprovalVote, BuildRecord } from '../records.ts';
import { endOfGates, seenOf, votesOn } from './approval-votes.ts';
import { endBuild, type LiveBuild, lockBuild, markUsed, moveBuild } from './build-moves.ts';
import { existingBuild, loadPlan } from './build-rows.ts';
import { conflict, note, type SqlContext, write } from './context.ts';
import type { Db } from './schema.ts';

export function createApprovalStore(context: SqlContext): ApprovalStore {
  const { db } = context;
  return {
    voteOnBuild: (vote) => write(context, (trx) => voteOnBuild(trx, context, vote)),
    votesOn: (builds) => votesOn(db, builds),

    expireApprovals: (now, limit) =>
      write(context, async (trx) => {
        const late = await trx
          .selectFrom('builds')
          .select('id')
          .where('status', '=', 'waiting_for_approval')
          .where('approve_by', '<=', now)
          .orderBy('approve_by')
          .limit(limit)
          .execute();
        const ended: BuildRecord[] = [];
        for (const { id } of late) {
          const build = await lockBuild(trx, context.dialect, id);
          if (build.status !== 'waiting_for_approval' || build.approve_by === null || build.approve_by > now) continue;
          const lacking = await openGates(trx, context, build);
          await endBuild(trx, context.dialect, build, 'cancelled', now, {
            code: 'build.approval_timeout',
            message: `it was not approved in time: ${lacking.map(describeGate).join(', ')}`,
            hint: 'a retry asks again',
          });
          ended.push(await existingBuild(trx, id));
        }
        return ended;
      }),

    nextApprovalEnd: async () => {
      const next = await db
        .selectFrom('builds')
        .select((eb) => eb.fn.min('approve_by').as('at'))
        .where('status', '=', 'waiting_for_approval')
        .executeTakeFirst();
      return next?.at ?? undefined;
    },
  };
}

interface OpenGate extends Approval {
  readonly given: number;
}

const describeGate = ({ label, given, approvals }: OpenGate): string => `${label} has ${given} of ${approvals}`;

async function openGates(trx: Db, context: SqlContext, build: LiveBuild): Promise<readonly OpenGate[]> {
  const votes = (await votesOn(trx, [build.id])).get(build.id) ?? [];
  const gates = await gatesOf(trx, context, build);
  return gates
    .map((gate) => ({ ...gate, given: given(votes, gate.label) }))
    .filter((gate) => gate.given < gate.approvals);
}

async function gatesOf(trx: Db, context: SqlContext, build: LiveBuild): Promise<readonly Approval[]> {
  return (await loadPlan(context, trx, build.pipeline_id, build.plan_digest)).approvals ?? [];
}

const given = (votes: readonly ApprovalVote[], label: string): number =>
  votes.filter((vote) => vote.label === label && vote.vote === 'approved').length;

async function voteOnBuild(trx: Db, context: SqlContext, command: Vote): Promise<BuildRecord> {
  const { buildId, by, now } = command;
  const build = await lockBuild(trx, context.dialect, buildId);
  checkWaits(build, command);
  if (command.seen !== undefined && command.seen !== seenOf(build)) {
    throw new CodedError(
      'approval.changed',
      `build ${build.number} is not what you saw any more: it has other versions now`,
      {
        hint: 'look at it again',
      },
    );
  }
  const open = await openGates(trx, context, build);
  const gate = chosenGate(await gatesOf(trx, context, build), open, command);
  const before = ((await votesOn(trx, [buildId])).get(buildId) ?? []).find(
    (vote) => vote.label === gate.label && vote.by === by,
  );
  if (command.vote === 'approved' && before !== undefined) {
    throw new CodedError('approval.voted', `${by} has approved build ${build.number} at "${gate.label}" already`, {
      hint:
        gate.approvals > 1
          ? 'another person is needed; your own approval can be changed into a rejection'
          : 'nothing more is to do there',
    });
  }
  await saveVote(trx, command, gate.label, before !== undefined);
  if (command.vote === 'rejected') {
    await endBuild(trx, context.dialect, build, 'cancelled', now, rejection(command, gate), by);
    return existingBuild(trx, buildId);
  }
  // From now on it is what somebody approved: newer versions make another build.
  if (build.replaceable === 1) {
    await trx.updateTable('builds').set({ replaceable: 0 }).where('id', '=', buildId).execute();
    await markUsed(trx, context.dialect, buildId);
  }
  const lacking = await openGates(trx, context, build);
  if (lacking.length === 0) {
    await moveBuild(trx, build, 'pending', now, { approve_by: null });
    return existingBuild(trx, buildId);
  }
  const approveBy = endOfGates(lacking, build.asked_at ?? now);
  await trx.updateTable('builds').set({ approve_by: approveBy }).where('id', '=', buildId).execute();
  await note(trx, now, 'build', { pipelineId: build.pipeline_id, jobId: build.job_id, buildId });
  return existingBuild(trx, buildId);
}

function checkWaits({ status, number, approve_by }: LiveBuild, { now }: Vote): void {
  if (isEnded(status))
    throw conflict(`build ${number} has ended already (${status})`, 'a retry asks for approval again');
  if (status !== 'waiting_for_approval') {
    throw conflict(`build ${number} does not wait for approval: it is ${status}`, 'to stop it, cancel it');
  }
  if (approve_by !== null && approve_by <= now) {
    throw conflict(`the time to approve build ${number} is over`, 'a retry asks again');
  }
}

function chosenGate(gates: readonly Approval[], open: readonly OpenGate[], { label, vote }: Vote): Approval {
  const [first, ...others] = open;
  if (label === undefined) {
    if (first === undefined) throw new Error('a build without an open gate does not wait');
    if (others.length === 0 || vote === 'rejected') return first;
    throw new CodedError(
      'approval.which',
      `several approvals are asked for: ${open.map((gate) => gate.label).join(', ')}`,
      {
        hint: 'say which of them you give',
      },
    );
  }
  const gate = gates.find((one) => one.label === label);
  if (gate === undefined) {
    const labels = gates.map((one) => one.label);
    const near = nearest(label, labels);
    throw new CodedError('approval.unknown', `no approval "${label.slice(0, 100)}" is asked for`, {
      hint: near === undefined ? `there is: ${labels.join(', ')}` : `did you mean "${near}"?`,
    });
  }
  if (vote === 'approved' && !open.some((one) => one.label === label)) {
    throw conflict(`"${label}" has been approved by all that are needed`, 'other approvals are still missing');
  }
  return gate;
}

async function saveVote(trx: Db, { buildId, by, vote, reason, now }: Vote, label: string, again: boolean) {
  const said = { vote, reason: reason ?? null, voted_at: now };
  if (!again) {
    await trx
      .insertInto('approvals')
      .values({ build_id: buildId, label, voter: by, ...said })
      .execute();
    return;
  }
  await trx
    .updateTable('approvals')
    .set(said)
    .where('build_id', '=', buildId)
    .where('label', '=', label)
    .where('voter', '=', by)
    .execute();
}

function rejection({ by, reason }: Vote, { label }: Approval) {
  const why = reason === undefined ? '' : `: ${reason}`;
  return { code: 'build.rejected', message: `rejected by ${by} (${label})${why}`, hint: 'a retry asks again' };
}
