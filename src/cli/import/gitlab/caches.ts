/** `cache` of a job. */
import type { Block } from '../hcl-block.ts';
import { Expression, joinTexts, quoted } from '../hcl-text.ts';
import type { Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import type { JobPlace } from './job.ts';
import { expand } from './values.ts';

export function readCaches(place: JobPlace, task: Block): void {
  const caches = place.job.source.get('cache')?.elements() ?? [];
  for (const cache of caches) {
    if (cache.kind !== 'map') continue;
    const paths = cache
      .textsOf('paths')
      .map((path) => expand(path.replace(/^\$\{?CI_PROJECT_DIR\}?\//, ''), place, true));
    if (cache.entries.get('policy')?.scalar === 'pull-push') cache.textOf('policy');
    if (cache.entries.get('when')?.scalar === 'on_success') cache.textOf('when');
    if (paths.length === 0) continue;
    const block = task.block('cache');
    const { key, beginnings } = keyOf(cache, place);
    block.set('key', key).set('paths', paths);
    block.set('restore_keys', [
      ...beginnings,
      ...cache.textsOf('fallback_keys').map((text) => expand(text, place, true)),
    ]);
    place.pipeline.conversion.leftovers(block, cache);
  }
}

/** A cache of GitLab is written again under its key; here another key is another cache. */
function keyOf(cache: Source, place: JobPlace): { readonly key: Text; readonly beginnings: readonly Text[] } {
  const key = cache.get('key');
  const files = key?.kind === 'map' ? key.textsOf('files') : [];
  if (files.length > 0) {
    const prefix = expand(key?.textOf('prefix') ?? 'files', place, true);
    const hash = new Expression(`hashfiles(${files.map(quoted).join(', ')})`);
    return { key: joinTexts(prefix, '-', hash), beginnings: [joinTexts(prefix, '-')] };
  }
  const name = expand((key?.kind === 'map' ? key.textOf('prefix') : key?.text()) ?? 'default', place, true);
  return { key: joinTexts(name, '-', new Expression('build.number')), beginnings: [joinTexts(name, '-')] };
}
