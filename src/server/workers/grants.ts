/** Turns what the store granted into what a worker is sent: the plan, the facts, and the sensitive values sealed to that worker's process. */
import { seal } from '../../lib/system/seal.ts';
import { planForCheck } from '../../pipeline/build-plan.ts';
import type { BuildPlan, PlanScope } from '../../pipeline/plan.ts';
import { allSteps } from '../../pipeline/plan-walk.ts';
import type { BuildGrant, CheckGrant, Grant } from '../../protocol/messages.ts';
import type { GrantedBuild, GrantedCheck, GrantedWork } from '../../store/records.ts';
import { causeText } from '../builds/cause-text.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import { storedValues } from '../secrets/stored-values.ts';

export interface GrantParts {
  readonly atRest: AtRest;
  readonly leaseMs: number;
  readonly errorRetries: number;
  readonly externalUrl: () => string;
  /** Public key of the servers, to which workers seal what they have to say that is sensitive. */
  readonly replyKey: string;
}

/** Throws `secrets.wrong_key` when the pipeline's sensitive values cannot be read, `seal.bad_key` for a worker's bad key. */
export function makeGrant(work: GrantedWork, sealKey: string, parts: GrantParts): Grant {
  return work.kind === 'build' ? buildGrant(work, sealKey, parts) : checkGrant(work, sealKey, parts);
}

function buildGrant(work: GrantedBuild, sealKey: string, parts: GrantParts): BuildGrant {
  const { attempt, build, sealedVariables, previousStatus } = work;
  const { id, number, job, pipeline, team, plan, inputValues, sealedInputs, event } = build;
  const isForeign = event?.fork === true;
  const owner = `${team}/${pipeline}`;
  const path = ['teams', team, 'pipelines', pipeline, 'jobs', job, 'builds', String(number)];
  return {
    kind: 'build',
    attempt: attempt.id,
    attemptNumber: attempt.number,
    fencing: attempt.fencing,
    leaseMs: parts.leaseMs,
    build: {
      id,
      number,
      job,
      pipeline,
      team,
      url: `${parts.externalUrl()}/${path.map(encodeURIComponent).join('/')}`,
      cause: causeText(build.cause),
      ...(previousStatus !== undefined && { previousStatus }),
      ...(event !== undefined && { event }),
    },
    plan,
    retriesLeft: Math.max(0, (work.errorRetries ?? parts.errorRetries) - work.retries),
    inputs: Object.fromEntries(
      build.inputs.map(({ step, resource, version, metadata }) => [step, { resource, version, metadata }]),
    ),
    ...(Object.keys(inputValues).length > 0 && { inputValues }),
    ...(sealedInputs !== undefined && { sealedInputs: seal(sealKey, storedValues(parts.atRest, sealedInputs, owner)) }),
    ...sealedFor(plan.scope, sealedVariables, owner, sealKey, parts),
    ...(isForeign && { readOnlyCaches: true }),
    ...(setsPipelines(plan) && { replyKey: parts.replyKey }),
  };
}

function setsPipelines({ steps, hooks }: BuildPlan): boolean {
  return [...allSteps(steps, hooks)].some(({ kind }) => kind === 'set_pipeline');
}

function checkGrant(work: GrantedCheck, sealKey: string, parts: GrantParts): CheckGrant {
  const { check, resource, pipeline, model, last, sealedVariables } = work;
  const plan = planForCheck(model, resource.address);
  return {
    kind: 'check',
    check: check.id,
    fencing: check.fencing,
    leaseMs: parts.leaseMs,
    team: pipeline.team,
    pipeline: pipeline.name,
    plan,
    ...(last !== undefined && { last }),
    ...sealedFor(plan.scope, sealedVariables, `${pipeline.team}/${pipeline.name}`, sealKey, parts),
  };
}

/** Only values that the plan can use travel. */
function sealedFor(
  scope: PlanScope,
  stored: string | undefined,
  context: string,
  sealKey: string,
  { atRest }: GrantParts,
): { sealed?: string } {
  const names = Object.keys(scope.variables).filter((name) => scope.variables[name]?.kind === 'sealed');
  if (names.length === 0) return {};
  const all = stored === undefined ? {} : storedValues(atRest, stored, context);
  return { sealed: seal(sealKey, Object.fromEntries(names.map((name) => [name, all[name] ?? null]))) };
}
