/**
 * Sets a pipeline because a build says so (`set_pipeline`). Whether the worker holds that build is asked of the store: its attempt, under its fencing
 * number. What is set is of the build's own team, as by hand: the same checks, the same plan, a revision only when something changes.
 */
import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import type { Logger } from '../../lib/logger.ts';
import { open, type SealKey } from '../../lib/system/seal.ts';
import { describeInstance, type InstanceVars, instanceName } from '../../pipeline/instance-name.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { ServerAnswer } from '../../protocol/messages.ts';
import type { PipelineSetAnswer, SetPipelineWorkRequest } from '../../protocol/set-pipeline.ts';
import type { Sender } from '../../queue/queue.ts';
import type { BuildRecord } from '../../store/records.ts';
import { ProblemError } from '../http/problems.ts';
import { checkName, evaluatePipeline } from '../pipelines/evaluate-pipeline.ts';
import { planPipeline } from '../pipelines/plan-pipeline.ts';
import { revisionIdOf } from '../pipelines/revision-views.ts';
import { commit, type SetPipelineParts } from '../pipelines/set-pipeline.ts';
import { ofFork } from '../repository-builds/of-fork.ts';
import { createFindHeldBuild } from './held-build.ts';

export interface SetFromBuildParts extends SetPipelineParts {
  readonly logger: Logger;
  readonly leaseMs: number;
  /** What sensitive values of such requests are sealed to. */
  readonly replyKey: SealKey;
}

export type SetFromBuild = (request: SetPipelineWorkRequest, from: Sender) => Promise<ServerAnswer>;

/** Somebody else may set the same pipeline in between; more often than this nobody does. */
const MOST_TRIES = 5;

export function createSetFromBuild(parts: SetFromBuildParts): SetFromBuild {
  const { store, logger } = parts;
  const held = createFindHeldBuild(parts);

  async function set(request: SetPipelineWorkRequest, build: BuildRecord): Promise<PipelineSetAnswer> {
    if (build.event?.fork === true) throw ofFork('no right to set pipelines');
    const { bundle, instanceVars } = request;
    const instance = instanceVars === undefined ? undefined : { of: request.pipeline, vars: instanceVars };
    const name = nameOf(request.pipeline, instanceVars);
    const sensitive = request.sealed === undefined ? {} : valuesIn(open(parts.replyKey, request.sealed));
    const variables = { ...request.variables, ...sensitive, ...instanceVars };
    const evaluated = await evaluatePipeline(parts.loader, `pipeline ${name}`, bundle, variables, {
      sensitive: new Set(Object.keys(sensitive)),
    });
    const wanted = instance === undefined ? evaluated : { ...evaluated, model: { ...evaluated.model, instance } };
    const target = {
      team: { id: build.teamId, name: build.team },
      name,
      by: `build ${build.number} of job ${build.job} in pipeline ${build.pipeline}`,
    };
    for (let tries = 1; ; tries += 1) {
      await checkInstance(build.team, name, instance);
      const plan = await planPipeline(parts, build.team, name, wanted);
      const expected =
        plan.base === undefined ? { expectedRevision: 0 } : { expectedRevisionId: revisionIdOf(plan.base.etag) };
      try {
        const { revision, created, changed } = (await commit(parts, target, wanted, expected)).value;
        if (changed)
          logger.info(`pipeline ${created ? 'made' : 'set'}`, { team: build.team, name, revision, by: target.by });
        return { kind: 'pipeline_set', plan, revision, created, changed };
      } catch (error) {
        const isStale = error instanceof CodedError && error.code === 'store.stale_revision';
        if (!isStale || tries === MOST_TRIES) throw error;
      }
    }
  }

  /** Two instances whose names come out the same would take turns, each undoing what the other set. */
  async function checkInstance(team: string, name: string, instance: Pipeline['instance']): Promise<void> {
    const current = instance && (await store.findPipeline(team, name));
    const other = current && (await store.getRevision(current.revisionId))?.model.instance;
    if (instance === undefined || other === undefined) return;
    const [mine, theirs] = [describeInstance(instance.vars), describeInstance(other.vars)];
    if (mine === theirs && instance.of === other.of) return;
    throw new CodedError('pipeline.instance_taken', `pipeline ${name} is the instance of ${other.of} with ${theirs}`, {
      hint: `another name is needed for that with ${mine}: add a variable to instance_vars, or give the pipeline another name`,
    });
  }

  return async (request, from) => {
    try {
      return await set(request, await held(request, from));
    } catch (error) {
      if (!(error instanceof CodedError) || error.code.startsWith('store.')) throw error;
      const { code, message, hint } = error;
      const rendered = error instanceof ProblemError ? error.extra.rendered : undefined;
      return {
        kind: 'refused',
        problem: { code, message, ...(hint !== undefined && { hint }) },
        ...(rendered !== undefined && { rendered }),
      };
    }
  };
}

function nameOf(pipeline: string, vars: InstanceVars | undefined): string {
  const name = vars === undefined ? pipeline : instanceName(pipeline, vars);
  if (name === undefined) {
    throw new CodedError(
      'pipeline.bad_instance',
      `an instance of ${pipeline} cannot be named by ${describeInstance(vars ?? {})}`,
      {
        hint: 'each of instance_vars needs a value with a letter (a to z) or digit in it',
      },
    );
  }
  checkName(name);
  return name;
}

function valuesIn(opened: Json): Readonly<Record<string, Json>> {
  if (typeof opened === 'object' && opened !== null && !Array.isArray(opened)) return opened as Record<string, Json>;
  throw new CodedError('seal.not_for_us', 'the sealed values of a pipeline to set are not a map of variables');
}
