import type { CommitFilter } from './commit-filter.ts';
import type { GitRemote } from './git-remote.ts';

/** A version, and what is shown beside it. */
export interface FoundVersion {
  readonly version: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const FIELDS = '%H%x00%an <%ae>%x00%cI%x00%B%x00%x01';
const EVERYTHING: CommitFilter = { options: [], paths: [] };

/** Commits as versions, newest first; `args` say which. `gitDir` is a repository's own directory. */
export async function commitLog(
  remote: GitRemote,
  gitDir: string,
  args: readonly string[],
  { options, paths }: CommitFilter = EVERYTHING,
): Promise<FoundVersion[]> {
  const command = ['--git-dir', gitDir, 'log', `--format=${FIELDS}`, ...options, ...args, '--', ...paths];
  const text = await remote.need(command, 'Listing commits');
  return text.split('\x01').flatMap((entry) => {
    const [ref, author, date, message] = entry.trimStart().split('\0');
    if (ref === undefined || author === undefined || date === undefined || message === undefined) return [];
    return [{ version: { ref }, metadata: { author, date, message: message.trim() } }];
  });
}
