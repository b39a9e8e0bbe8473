import { namePattern } from '../versions/name-pattern.ts';
import { parseSemanticVersion, sortByVersion } from '../versions/semantic-version.ts';
import type { FoundVersion } from './commit-log.ts';
import type { GitRemote } from './git-remote.ts';
import { listRefs } from './remote-refs.ts';

/** At most so many are told, those with the highest versions. */
const MOST_TAGS = 500;

/**
 * All tags that match the pattern (`v*`), in the order of their version numbers; those without one come first, as git sorts them. All of them each time: a
 * tag of an older line may be new.
 */
export async function tagVersions(remote: GitRemote, pattern: string): Promise<FoundVersion[]> {
  const { matches } = await namePattern(pattern, 'tag');
  const refs = await listRefs(remote, ['refs/tags/*'], ['--sort=version:refname']);
  const tags = [...refs].flatMap(([name, ref]) => {
    const tag = name.replace(/^refs\/tags\//, '');
    return matches(tag) ? [{ version: { ref, tag }, metadata: { tag } }] : [];
  });
  const tagOf = ({ version }: (typeof tags)[number]): string => version.tag;
  const found = [
    ...tags.filter((tag) => parseSemanticVersion(tagOf(tag)) === undefined),
    ...sortByVersion(tags, tagOf),
  ];
  return found.slice(-MOST_TAGS);
}
