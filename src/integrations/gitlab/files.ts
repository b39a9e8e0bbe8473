/** Files and commits as the API of GitLab has them: https://docs.gitlab.com/api/repository_files/, https://docs.gitlab.com/api/commits/ */
import { z } from 'zod';
import { contentOf } from '../file-content.ts';
import type { CommitFiles, ForgeCommitsOptions } from '../forge-commits.ts';
import { createForgeHttp } from '../forge-http.ts';
import { gitlabManners } from './gitlab.ts';

const file = z.object({ encoding: z.string().optional(), content: z.string().optional() });
const tree = z.array(z.object({ path: z.string(), type: z.string() }));
const commitAnswer = z.object({ id: z.string(), message: z.string(), author_name: z.string().nullish() });
const PAGE = 100;
const MOST_PAGES = 50;

export function gitlabFiles({ address, token }: ForgeCommitsOptions): CommitFiles {
  const http = createForgeHttp(address, gitlabManners);
  const repository = (forgeId: string): string => `/projects/${encodeURIComponent(forgeId)}/repository`;
  return {
    async readFile({ forgeId, commit }, path) {
      const url = `${repository(forgeId)}/files/${encodeURIComponent(path)}?ref=${encodeURIComponent(commit)}`;
      const found = await http.find({ path: url, token }, file);
      return found && contentOf(path, found.encoding, found.content);
    },
    async listFiles({ forgeId, commit }, directory) {
      const query = `ref=${encodeURIComponent(commit)}&recursive=true&per_page=${PAGE}&path=${encodeURIComponent(directory)}`;
      const files: string[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const found =
          (await http.find({ path: `${repository(forgeId)}/tree?${query}&page=${page}`, token }, tree)) ?? [];
        files.push(...found.flatMap(({ path, type }) => (type === 'blob' ? [path] : [])));
        if (found.length < PAGE) break;
      }
      return files;
    },
    async readCommit({ forgeId, commit: ref }) {
      const path = `${repository(forgeId)}/commits/${encodeURIComponent(ref)}`;
      const found = await http.find({ path, token }, commitAnswer);
      if (found === undefined) return undefined;
      const name = found.author_name ?? undefined;
      const author = name === undefined ? undefined : { login: name, name, avatarUrl: undefined };
      return { hash: found.id, message: found.message, author };
    },
  };
}
