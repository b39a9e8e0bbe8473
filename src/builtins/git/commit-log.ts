import type { GitRemote } from './git-remote.ts';

/** A version, and what is shown beside it. */
export interface FoundVersion {
  readonly version: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const FIELDS = '%H%x00%an <%ae>%x00%cI%x00%B%x00%x01';

/** Commits as versions, newest first; `args` say which. `gitDir` is a repository's own directory. */
export async function commitLog(remote: GitRemote, gitDir: string, args: readonly string[]): Promise<FoundVersion[]> {
  const text = await remote.need(['--git-dir', gitDir, 'log', `--format=${FIELDS}`, ...args, '--'], 'Listing commits');
  return text.split('\x01').flatMap((entry) => {
    const [ref, author, date, message] = entry.trimStart().split('\0');
    if (ref === undefined || author === undefined || date === undefined || message === undefined) return [];
    return [{ version: { ref }, metadata: { author, date, message: message.trim() } }];
  });
}
