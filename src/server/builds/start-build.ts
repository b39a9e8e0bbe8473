/** Builds that a person asks for: a trigger takes the best versions there are, a retry those of an earlier build. */
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { BuildId, JobId, PipelineId } from '../../lib/ids.ts';
import { planForJob } from '../../pipeline/build-plan.ts';
import { describeHold } from '../../scheduler/hold.ts';
import { resolveInputs } from '../../scheduler/resolve.ts';
import type { BuildRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { notFound } from '../http/problems.ts';

/** Throws `job.manual_trigger_disabled`, and `build.no_version` when there is no set of versions the job could get. */
export async function triggerJob(
  store: Store,
  clock: Clock,
  { pipelineId, jobId, job, by }: { pipelineId: PipelineId; jobId: JobId; job: string; by: string },
): Promise<BuildRecord> {
  const facts = await store.schedulingFacts(pipelineId);
  const model = facts?.model.jobs.find((one) => one.name === job);
  if (facts === undefined || model === undefined) {
    throw notFound(`job "${job}" in the pipeline any more`, 'only its history is kept');
  }
  if (model.disableManualTrigger) {
    throw new CodedError('job.manual_trigger_disabled', `job "${job}" does not let itself be triggered by hand`, {
      hint: 'its pipeline says disable_manual_trigger',
    });
  }
  const resolution = resolveInputs(facts, job);
  if (resolution === undefined) throw notFound(`job "${job}"`);
  if (resolution.kind === 'hold') {
    const { text, wayOut } = describeHold(resolution.hold);
    throw new CodedError('build.no_version', `job "${job}" cannot run: ${text}`, { hint: wayOut });
  }
  return store.createBuild(
    {
      jobId,
      revisionId: facts.pipeline.revisionId,
      plan: planForJob(facts.model, job),
      inputs: resolution.inputs,
      cause: { kind: 'manual', by },
      automatic: false,
      priority: model.priority,
    },
    clock.now(),
  );
}

/** The same plan and versions as that build had, whatever the pipeline says now. */
export async function retryBuild(store: Store, clock: Clock, id: BuildId, by: string): Promise<BuildRecord> {
  const build = await store.getBuild(id);
  if (build === undefined) throw notFound(`build "${id}"`);
  const { jobId, revisionId, plan, number, inputs } = build;
  return store.createBuild(
    {
      jobId,
      revisionId,
      plan,
      inputs: inputs.map(({ step, resourceId, versionId }) => ({ step, resourceId, versionId })),
      cause: { kind: 'retry', by, ofNumber: number },
      automatic: false,
      priority: 0,
    },
    clock.now(),
  );
}
