/** Builds that a person asks for: a trigger takes the best versions there are, a retry those of an earlier build. */
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { BuildId, JobId } from '../../lib/ids.ts';
import { nearest } from '../../lib/nearest.ts';
import { planForJob } from '../../pipeline/build-plan.ts';
import type { InputValues } from '../../pipeline/job-input.ts';
import { reasonInWords } from '../../protocol/reason-words.ts';
import type { VersionFields } from '../../protocol/version.ts';
import { type Chosen, resolveInputs } from '../../scheduler/resolve.ts';
import { getsOf } from '../../scheduler/world-index.ts';
import type { BuildRecord, PipelineRecord, VersionRecord } from '../../store/records.ts';
import type { SchedulingFacts } from '../../store/scheduling-facts.ts';
import type { Store } from '../../store/store.ts';
import { notFound } from '../http/problems.ts';
import { type HoldReasons, placeOf } from '../jobs/hold-reasons.ts';
import { BAD_HERMES } from '../repository-builds/read-hermes.ts';
import { findVersion } from '../resources/find-version.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import { givenInputs } from './given-inputs.ts';

export interface Trigger {
  readonly pipeline: PipelineRecord;
  readonly jobId: JobId;
  readonly job: string;
  readonly by: string;
  readonly reason?: string | undefined;
  /** Versions to take, by address of the resource: each named by some of its fields. */
  readonly wanted: Readonly<Record<string, VersionFields>>;
  /** Values of the job's inputs. */
  readonly given: InputValues;
}

export interface TriggerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly atRest: AtRest;
  readonly holds: HoldReasons;
}

/**
 * Throws `job.manual_trigger_disabled`, `build.no_version` when there is no set of versions the job could get, and what `findVersion` throws for a version
 * that was asked for, or `inputValues` for an input.
 */
export async function triggerJob(
  { store, clock, atRest, holds }: TriggerParts,
  { pipeline, jobId, job, by, reason, wanted, given }: Trigger,
): Promise<BuildRecord> {
  const facts = await store.schedulingFacts(pipeline.id, { kind: 'jobs', jobs: [job] });
  const model = facts?.model.jobs.find((one) => one.name === job);
  if (facts === undefined || model === undefined) {
    throw notFound(`job "${job}" in the pipeline any more`, 'only its history is kept');
  }
  if (model.disableManualTrigger) {
    throw new CodedError('job.manual_trigger_disabled', `job "${job}" does not let itself be triggered by hand`, {
      hint: 'its pipeline says disable_manual_trigger',
    });
  }
  const { team, name } = facts.pipeline;
  const inputs = givenInputs(job, model.inputs ?? [], given, { atRest, owner: `${team}/${name}` });
  const resolution = resolveInputs(facts, job, await findChosen(store, facts, job, wanted));
  if (resolution === undefined) throw notFound(`job "${job}"`);
  if (resolution.kind === 'hold') {
    const world = await holds.world(pipeline);
    const held = await holds.ofHold(world, job, resolution.hold);
    const { text, wayOut, command } = reasonInWords(held, placeOf(world));
    const hint = [wayOut, command].filter((part) => part !== undefined).join(': ');
    throw new CodedError('build.no_version', `job "${job}" cannot run: ${text}`, { hint });
  }
  return store.createBuild(
    {
      jobId,
      revisionId: facts.pipeline.revisionId,
      plan: planForJob(facts.model, job),
      inputs: resolution.inputs,
      cause: { kind: 'manual', by, ...(reason !== undefined && { reason }) },
      automatic: false,
      priority: model.priority,
      ...inputs,
    },
    clock.now(),
  );
}

/** The same plan, versions and inputs as that build had, whatever the pipeline says now. */
export async function retryBuild(
  store: Store,
  clock: Clock,
  id: BuildId,
  { by, reason }: { readonly by: string; readonly reason?: string | undefined },
): Promise<BuildRecord> {
  const build = await store.getBuild(id);
  if (build === undefined) throw notFound(`build "${id}"`);
  const { jobId, job, revisionId, plan, number, inputs, inputValues, sealedInputs } = build;
  const { model } = (await store.getRevision(revisionId)) ?? {};
  return store.createBuild(
    {
      jobId,
      revisionId,
      plan,
      inputs: inputs.map(({ step, resourceId, versionId }) => ({ step, resourceId, versionId })),
      cause: { kind: 'retry', by, ofNumber: number, ...(reason !== undefined && { reason }) },
      automatic: false,
      priority: model?.jobs.find((one) => one.name === job)?.priority ?? 0,
      inputValues,
      sealedInputs,
      // What was wrong before it began is so still.
      ...(build.event !== undefined &&
        build.attempts === 0 &&
        build.problem?.code === BAD_HERMES && { problem: build.problem }),
    },
    clock.now(),
  );
}

/** Throws `build.no_input` for a resource that the job does not get. */
async function findChosen(
  store: Store,
  facts: SchedulingFacts,
  job: string,
  wanted: Trigger['wanted'],
): Promise<Chosen> {
  const chosen = new Map<string, VersionRecord>();
  const model = facts.model.jobs.find((one) => one.name === job);
  const inputs = model === undefined ? [] : getsOf(model).map((get) => get.resource);
  for (const [address, fields] of Object.entries(wanted)) {
    const resource = facts.resources.find((one) => one.address === address);
    if (resource === undefined || !inputs.includes(address)) {
      const near = nearest(address, inputs);
      throw new CodedError('build.no_input', `job "${job}" gets no version of "${address}"`, {
        hint:
          near !== undefined
            ? `did you mean ${near}?`
            : inputs.length === 0
              ? 'it gets no versions at all'
              : `it gets ${[...new Set(inputs)].join(', ')}`,
      });
    }
    chosen.set(address, await findVersion(store, resource, fields));
  }
  return chosen;
}
