/**
 * What a change says it was made from. A change of a pipeline that is there must say it, so that of two people who change it at once neither overwrites the
 * other unawares: the second is refused, with what the first changed.
 */
import { CodedError } from '../../lib/coded-error.ts';
import type { PipelineRecord } from '../../store/records.ts';
import type { SetPipeline, Store } from '../../store/store.ts';
import type { Condition } from '../http/conditions.ts';
import { ProblemError } from '../http/problems.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import { differenceOf, stateOf } from './compare-revisions.ts';
import { etagOf, factsOf, revisionIdOf } from './revision-views.ts';

export type Expected = Pick<SetPipeline, 'expectedRevision' | 'expectedRevisionId'>;

export interface ChangedPipeline {
  readonly team: string;
  readonly name: string;
}

export interface ExpectationParts {
  readonly store: Store;
  readonly atRest: AtRest;
}

/**
 * The condition of a request as the store takes it. `unsaid`: the request names nothing, and the pipeline is there; then only a change that changes nothing
 * may be done. Throws `store.stale_revision`, `api.bad_request`.
 */
export async function expectedRevision(
  { store }: Pick<ExpectationParts, 'store'>,
  pipeline: ChangedPipeline,
  condition: Condition,
  number: number | undefined,
): Promise<Expected | 'unsaid'> {
  const current = await store.findPipeline(pipeline.team, pipeline.name);
  const byNumber = number === undefined ? {} : { expectedRevision: number };
  switch (condition.kind) {
    case 'none':
      if (number !== undefined) return byNumber;
      return current === undefined ? { expectedRevision: 0 } : 'unsaid';
    case 'absent':
      if (current !== undefined || (number ?? 0) === 0) return { expectedRevision: 0 };
      throw new CodedError(
        'store.stale_revision',
        `there is no pipeline ${pipeline.name}, and the change was made from revision ${number} of it`,
        { hint: 'to make it, expect no revision' },
      );
    case 'any':
      if (current !== undefined) return { ...byNumber, expectedRevisionId: current.revisionId };
      throw new CodedError('store.stale_revision', `there is no pipeline ${pipeline.name}`, {
        hint: 'send If-None-Match: * to make it',
      });
    case 'is': {
      const wanted = condition.etags.find((etag) => current !== undefined && etag === etagOf(current.revisionId));
      const id = wanted ?? condition.etags[0];
      if (id !== undefined) return { ...byNumber, expectedRevisionId: revisionIdOf(id) };
      throw new CodedError('store.stale_revision', 'If-Match has only weak tags, which match nothing', {
        hint: 'send the ETag as the answer had it',
      });
    }
    case 'not':
      throw new CodedError('api.bad_request', 'If-None-Match of a change can only be *', {
        hint: 'send If-Match with the ETag of what the change was made from',
      });
  }
}

export function conditionMissing({ name }: ChangedPipeline, current: PipelineRecord): CodedError {
  return new CodedError(
    'api.condition_missing',
    `pipeline ${name} is there, at revision ${current.revision}, and the request does not say what its change was made from`,
    { hint: 'send If-Match with the ETag of GET …/config, or If-Match: * to replace whatever is there' },
  );
}

/** The refusal of a stale change with what others changed meanwhile; any other error as it is. */
export async function withDifference(
  { store, atRest }: ExpectationParts,
  { team, name }: ChangedPipeline,
  { expectedRevision: number, expectedRevisionId: id }: Expected,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof CodedError) || error.code !== 'store.stale_revision') return error;
  const pipeline = await store.findPipeline(team, name);
  const current = pipeline && (await store.getRevision(pipeline.revisionId));
  // A number is what a person said; the tag beside it is only what was read just before.
  const named =
    (await (number === undefined
      ? id && store.getRevision(id)
      : number > 0 && pipeline && store.findRevision(pipeline.id, number))) || undefined;
  // One of a pipeline that is gone, or of another one, says nothing about this.
  const base = named?.pipelineId === pipeline?.id ? named : undefined;
  const owner = `${team}/${name}`;
  const stale = {
    ...(base !== undefined && { base: base.number }),
    ...(current !== undefined && { current: factsOf(current) }),
    ...(base !== undefined &&
      current !== undefined && {
        difference: differenceOf(stateOf(base, atRest, owner), stateOf(current, atRest, owner)),
      }),
  };
  const message =
    base === undefined || current === undefined
      ? error.message
      : `pipeline ${name} is at revision ${current.number}, and the change was made from revision ${base.number}`;
  return new ProblemError(error.code, message, { stale }, error.hint === undefined ? {} : { hint: error.hint });
}
