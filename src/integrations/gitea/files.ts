/** Files and commits as the API of Gitea has them, under `/repos/OWNER/NAME`. */
import { z } from 'zod';
import { contentOf, pathInUrl } from '../file-content.ts';
import type { CommitFiles, ForgeCommitsOptions } from '../forge-commits.ts';
import { createForgeHttp } from '../forge-http.ts';
import { repositoryPath } from '../repository-path.ts';
import { giteaManners } from './gitea.ts';

/** A directory is answered with a list. */
const contents = z.union([
  z.array(z.unknown()),
  z.object({ type: z.string(), encoding: z.string().nullish(), content: z.string().nullish() }),
]);
const tree = z.object({ tree: z.array(z.object({ path: z.string(), type: z.string() })).nullish() });
const commitAnswer = z.object({
  sha: z.string(),
  commit: z.object({ message: z.string(), author: z.object({ name: z.string().nullish() }).nullish() }),
  author: z.object({ login: z.string(), avatar_url: z.string().nullish() }).nullish(),
});

export function giteaFiles({ address, token }: ForgeCommitsOptions): CommitFiles {
  const http = createForgeHttp(address, giteaManners);
  return {
    async readFile({ fullName, commit }, path) {
      const url = `${repositoryPath(fullName)}/contents/${pathInUrl(path)}?ref=${encodeURIComponent(commit)}`;
      const found = await http.find({ path: url, token }, contents);
      if (found === undefined || Array.isArray(found) || found.type !== 'file') return undefined;
      return contentOf(path, found.encoding ?? undefined, found.content ?? undefined);
    },
    async listFiles({ fullName, commit }, directory) {
      const path = `${repositoryPath(fullName)}/git/trees/${encodeURIComponent(commit)}?recursive=true&per_page=10000`;
      const found = await http.find({ path, token }, tree);
      const start = directory === '' ? '' : `${directory}/`;
      return (found?.tree ?? []).flatMap(({ path: file, type }) =>
        type === 'blob' && file.startsWith(start) ? [file] : [],
      );
    },
    async readCommit({ fullName, commit: ref }) {
      const path = `${repositoryPath(fullName)}/git/commits/${pathInUrl(ref)}?stat=false&files=false`;
      const found = await http.find({ path, token }, commitAnswer);
      if (found === undefined) return undefined;
      const { sha, commit, author } = found;
      const name = commit.author?.name ?? undefined;
      const login = author?.login ?? name;
      return {
        hash: sha,
        message: commit.message,
        author: login === undefined ? undefined : { login, name, avatarUrl: author?.avatar_url ?? undefined },
      };
    },
  };
}
