/** What differs between two states of a pipeline: stored ones, or one that is about to be. */
import { CodedError } from '../../lib/coded-error.ts';
import { canonicalJson, type Json } from '../../lib/json.ts';
import { diffPipelines } from '../../pipeline/diff-pipelines.ts';
import { type Pipeline, pipeline as pipelineSchema, type SourceBundle } from '../../pipeline/model.ts';
import type { BlockChange } from '../../pipeline/pipeline-diff.ts';
import type { FileChange } from '../../protocol/revisions.ts';
import type { RevisionRecord } from '../../store/records.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import { storedValues } from '../secrets/stored-values.ts';

export interface PipelineState {
  readonly bundle: SourceBundle;
  readonly model: Pipeline;
  /** Values of sensitive variables; `undefined` when they cannot be read: then each counts as changed. */
  readonly secrets: Readonly<Record<string, Json>> | undefined;
}

export interface Difference {
  readonly changes: BlockChange[];
  readonly files: FileChange[];
}

/** A stored revision with its secrets. `owner` is its pipeline's `team/name`, which they were encrypted for. */
export function stateOf(
  { bundle, model, sealedVariables }: RevisionRecord,
  atRest: AtRest,
  owner: string,
): PipelineState {
  if (sealedVariables === undefined) return { bundle, model, secrets: {} };
  return { bundle, model, secrets: readableSecrets(sealedVariables, atRest, owner) };
}

function readableSecrets(sealed: string, atRest: AtRest, owner: string): Readonly<Record<string, Json>> | undefined {
  try {
    return storedValues(atRest, sealed, owner);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'secrets.wrong_key') return undefined;
    throw error;
  }
}

export function differenceOf(old: PipelineState | undefined, now: PipelineState): Difference {
  return {
    changes: diffPipelines(old?.model, now.model, { changedSecrets: changedSecrets(old?.secrets, now.secrets) }),
    files: changedFiles(old?.bundle.files ?? {}, now.bundle.files),
  };
}

/** The same to the last comment: setting the one in place of the other makes no revision. */
export function isSame(old: PipelineState, now: PipelineState): boolean {
  return textOf(old) === textOf(now) && changedSecrets(old.secrets, now.secrets).size === 0;
}

/** As the store keeps it, so that a model from the database and one just made compare. */
function textOf({ bundle, model }: PipelineState): string {
  const stored: Json = JSON.parse(JSON.stringify({ bundle, model: pipelineSchema.parse(model) }));
  return canonicalJson(stored);
}

function changedSecrets(old: PipelineState['secrets'], now: PipelineState['secrets']): Set<string> {
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
  const text = (values: PipelineState['secrets'], name: string): string | undefined => {
    const value = values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? undefined : canonicalJson(value);
  };
  return new Set([...names].filter((name) => text(old, name) !== text(now, name)));
}

function changedFiles(old: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): FileChange[] {
  const paths = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return paths.flatMap((path): FileChange[] => {
    if (!Object.hasOwn(old, path)) return [{ path, change: 'added' }];
    if (!Object.hasOwn(now, path)) return [{ path, change: 'removed' }];
    return old[path] === now[path] ? [] : [{ path, change: 'changed' }];
  });
}
