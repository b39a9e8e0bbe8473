import type { Block } from '../hcl/syntax.ts';
import { isGlob } from '../lib/glob.ts';
import type { Loading } from './loading.ts';
import type { Resource } from './model.ts';
import type { PlanValue } from './plan-value.ts';

/** What a `put` of an artifact packs must be said, there or on its resource, as far as it is known by now. */
export function checkArtifactPut(
  params: Readonly<Record<string, PlanValue>>,
  resource: Resource | undefined,
  block: Block,
  loading: Loading,
): void {
  const subject = block.headerRange;
  const paths = params.paths ?? resource?.params.paths;
  if (paths === undefined) {
    if (resource === undefined || loading.isUnread(block.range)) return;
    const detail = 'Nothing says what is packed: paths = ["dist/**"], here or in the "params" of the resource.';
    loading.error('missing-parameter', 'Parameter missing', detail, { subject });
    return;
  }
  if (paths.kind !== 'known') return;
  const texts = Array.isArray(paths.value) ? paths.value : [paths.value];
  for (const path of texts) {
    const clean = typeof path === 'string' ? path.replace(/^!/, '') : undefined;
    const isInside = clean !== undefined && !clean.startsWith('/') && !clean.split('/').includes('..');
    if (isInside && clean !== '' && isGlob(clean)) continue;
    const detail = `${JSON.stringify(path)} is not a path or pattern in the build's directory: those are relative to $WORKDIR.`;
    loading.error('bad-pattern', 'Not a pattern of paths', detail, { subject });
  }
}
