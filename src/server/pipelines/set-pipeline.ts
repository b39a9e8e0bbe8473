import { createHmac } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { canonicalJson, type Json } from '../../lib/json.ts';
import type { SetPipelineRequest, SetPipelineResult } from '../../protocol/api.ts';
import type { TeamRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Tagged } from '../http/call.ts';
import type { Condition } from '../http/conditions.ts';
import { withItsRepository } from '../repository-builds/with-its-repository.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import type { Wakeups } from '../wakeups.ts';
import { isSame, stateOf } from './compare-revisions.ts';
import { checkName, type Evaluated, evaluatePipeline, type PipelineLoader } from './evaluate-pipeline.ts';
import { conditionMissing, type Expected, expectedRevision, withDifference } from './expected-revision.ts';
import { keepInstance } from './keep-instance.ts';
import { etagOf } from './revision-views.ts';

export interface SetPipelineParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly atRest: AtRest;
  /** For recognising that sensitive values are unchanged, although encrypting makes another text each time. */
  readonly digestKey: Uint8Array;
  readonly loader: PipelineLoader;
  readonly wakeups: Wakeups;
}

export interface PipelineTarget {
  readonly team: Pick<TeamRecord, 'id' | 'name'>;
  readonly name: string;
  readonly by: string;
  readonly message?: string | undefined;
  readonly restoredFrom?: number | undefined;
  /** Its text is that of a fork. */
  readonly fork?: boolean | undefined;
}

export interface SetPipelineCommand extends SetPipelineRequest, Omit<PipelineTarget, 'message'> {
  /** Absent: it is set whatever there is, as what a server's operator gives at the start. */
  readonly condition?: Condition | undefined;
}

/**
 * Makes a pipeline or gives it a new revision. Throws `pipeline.invalid` with every mistake there is, `api.bad_request`, `api.condition_missing`, and
 * `store.stale_revision` with what changed meanwhile.
 */
export async function setPipeline(
  parts: SetPipelineParts,
  command: SetPipelineCommand,
): Promise<Tagged<SetPipelineResult>> {
  const { name, bundle, condition } = command;
  checkName(name);
  const load = async (): Promise<Evaluated> => {
    const evaluated = await evaluatePipeline(parts.loader, `pipeline ${name}`, bundle, command.variables);
    const current = await parts.store.findPipeline(command.team.name, name);
    return keepInstance(evaluated, current && (await parts.store.getRevision(current.revisionId)));
  };
  return condition === undefined
    ? commit(parts, command, await load(), {})
    : commitIf(parts, command, load, condition, command.expectedRevision);
}

/** Sets what `load` gives, if what is there is what the request says. */
export async function commitIf(
  parts: SetPipelineParts,
  target: PipelineTarget,
  load: () => Promise<Evaluated>,
  condition: Condition,
  number?: number,
): Promise<Tagged<SetPipelineResult>> {
  const { store, atRest } = parts;
  const names = { team: target.team.name, name: target.name };
  const expected = await expectedRevision(parts, names, condition, number);
  const evaluated = await load();
  if (expected !== 'unsaid') {
    try {
      return await commit(parts, target, evaluated, expected);
    } catch (error) {
      throw await withDifference(parts, names, expected, error);
    }
  }
  const current = await store.findPipeline(names.team, names.name);
  const inForce = current && (await store.getRevision(current.revisionId));
  if (current === undefined || inForce === undefined) return commit(parts, target, evaluated, { expectedRevision: 0 });
  if (!isSame(stateOf(inForce, atRest, `${names.team}/${names.name}`), evaluated))
    throw conditionMissing(names, current);
  return commit(parts, target, evaluated, { expectedRevisionId: inForce.id });
}

/** Sets it if what is in force is what was expected; else `store.stale_revision`. */
export async function commit(
  { store, clock, atRest, digestKey, wakeups }: SetPipelineParts,
  { team, name, by, message, restoredFrom, fork }: PipelineTarget,
  { bundle, model: written, secrets, sources, warnings }: Evaluated,
  expected: Expected,
): Promise<Tagged<SetPipelineResult>> {
  const model = await withItsRepository(store, { team: team.name, name }, written);
  const now = clock.now();
  const { pipeline, created, changed } = await store.setPipeline({
    teamId: team.id,
    name,
    bundle,
    model,
    ...(Object.keys(sources).length > 0 && { sources }),
    ...(Object.keys(secrets).length > 0 && {
      sealedVariables: atRest.encrypt({ ...secrets }, `${team.name}/${name}`),
      sealedVariablesDigest: digest(digestKey, secrets),
    }),
    setBy: by,
    message: message === '' ? undefined : message,
    restoredFrom,
    fork,
    ...expected,
    firstCheckAt: now,
    now,
  });
  wakeups.checks();
  wakeups.schedule(pipeline.id);
  wakeups.work();
  wakeups.feed();
  return {
    etag: etagOf(pipeline.revisionId),
    value: { team: team.name, name, revision: pipeline.revision, created, changed, warnings: [...warnings] },
  };
}

function digest(key: Uint8Array, values: Readonly<Record<string, Json>>): string {
  return createHmac('sha256', key).update(canonicalJson(values)).digest('base64url');
}
