import { type GitRemote, gitFailed } from './git-remote.ts';

/** What `ls-remote` says: the commit of each ref by its full name; of an annotated tag the commit, not the tag. */
export async function listRefs(
  remote: GitRemote,
  patterns: readonly string[],
  options: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const listed = await remote.git(['ls-remote', ...options, '--', remote.url, ...patterns]);
  if (listed.exitCode !== 0) throw gitFailed(`Looking at ${remote.url}`, listed);
  const refs = new Map<string, string>();
  for (const line of listed.stdout.split('\n')) {
    const [id, name = ''] = line.split('\t');
    // The second line of an annotated tag, with ^{}, names the commit.
    if (id !== undefined && name !== '') refs.set(name.replace(/\^\{\}$/, ''), id);
  }
  return refs;
}
