/** Asks a server to set a pipeline, as the build that the worker holds. */
import { CodedError } from '../../lib/coded-error.ts';
import { seal } from '../../lib/system/seal.ts';
import { decodeAnswer, encodeRequest } from '../../protocol/codec.ts';
import type { PipelinePlan } from '../../protocol/revisions.ts';
import type { PipelineSetAnswer } from '../../protocol/set-pipeline.ts';
import type { WorkerQueue } from '../../queue/queue.ts';
import { pause } from '../engine/interrupt.ts';
import type { PipelineSetter, SetPipelineEnd } from './pipeline-setter.ts';

/** What changes, a line for each thing, for a log. */
export type DescribeChanges = (plan: PipelinePlan) => readonly string[];

/** Types that the pipeline takes from the web may have to be fetched first. */
const TIMEOUT_MS = 120_000;
const RETRY_MS = 1_000;
/** A server that cannot do it says so again and again; one that is away is waited for as long as the lease holds. */
const MOST_FAILURES = 5;

export function createServerSetter(parts: {
  readonly queue: Pick<WorkerQueue, 'request'>;
  readonly worker: string;
  readonly describeChanges: DescribeChanges;
}): PipelineSetter {
  const { queue, worker, describeChanges } = parts;
  return {
    async set({ pipeline, instanceVars, bundle, variables, sensitive }, grant, signal) {
      const body = encodeRequest({
        kind: 'set_pipeline',
        ...{ worker, build: grant.build.id, attempt: grant.attempt, fencing: grant.fencing },
        ...{ pipeline, bundle, variables: { ...variables } },
        ...(instanceVars !== undefined && { instanceVars: { ...instanceVars } }),
        ...(Object.keys(sensitive).length > 0 && { sealed: seal(replyKey(grant.replyKey), { ...sensitive }) }),
      });
      const answer = decodeAnswer(await ask(queue, body, signal));
      if (answer.kind === 'pipeline_set') return { kind: 'done', lines: linesOf(answer, describeChanges) };
      if (answer.kind !== 'refused') {
        throw new CodedError('worker.bad_answer', `a pipeline to set was answered with ${answer.kind}`);
      }
      const lines = answer.rendered === undefined ? [] : answer.rendered.trimEnd().split('\n');
      return { kind: 'refused', lines, problem: answer.problem } satisfies SetPipelineEnd;
    },
  };
}

function replyKey(key: string | undefined): string {
  if (key !== undefined) return key;
  throw new CodedError('worker.no_reply_key', 'the server did not say how sensitive values reach it', {
    hint: 'server and worker may run different versions of pikoci',
  });
}

async function ask(queue: Pick<WorkerQueue, 'request'>, body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  for (let failures = 0; ; ) {
    try {
      return await queue.request(body, { timeoutMs: TIMEOUT_MS, signal });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof CodedError) || !AGAIN.has(error.code)) throw error;
      if (error.code === 'queue.handler_failed') failures += 1;
      if (failures === MOST_FAILURES) throw error;
    }
    await pause(RETRY_MS, signal);
    if (signal.aborted) throw signal.reason;
  }
}

const AGAIN: ReadonlySet<string> = new Set(['queue.timeout', 'queue.unreachable', 'queue.handler_failed']);

function linesOf(
  { plan, revision, created, changed }: PipelineSetAnswer,
  describeChanges: DescribeChanges,
): readonly string[] {
  const { name, warnings } = plan;
  const done = created
    ? `pipeline ${name} is made, at revision ${revision}`
    : changed
      ? `pipeline ${name} is set, at revision ${revision} now`
      : `pipeline ${name} is as it is to be, at revision ${revision}: nothing changes`;
  return [...warnings.flatMap((text) => text.trimEnd().split('\n')), ...(changed ? describeChanges(plan) : []), done];
}
