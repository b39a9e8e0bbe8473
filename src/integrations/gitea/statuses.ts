/** Statuses of commits, and comments, as the API of Gitea has them. */
import { z } from 'zod';
import type { CommitState, CommitStatuses, ForgeCommitsOptions } from '../forge-commits.ts';
import { createForgeHttp } from '../forge-http.ts';
import { repositoryPath } from '../repository-path.ts';
import { shortened } from '../shortened.ts';
import { giteaManners } from './gitea.ts';

const withId = z.object({ id: z.int() });

const WORDS = {
  pending: 'pending',
  running: 'pending',
  succeeded: 'success',
  failed: 'failure',
  errored: 'error',
  cancelled: 'error',
} as const satisfies Record<CommitState, string>;

export function giteaStatuses({ address, token }: ForgeCommitsOptions): CommitStatuses {
  const http = createForgeHttp(address, giteaManners);
  return {
    async setStatus({ fullName, commit }, status) {
      const body = {
        state: WORDS[status.state],
        context: status.context,
        target_url: status.url,
        description: shortened(status.description, 255),
      };
      const path = `${repositoryPath(fullName)}/statuses/${commit}`;
      await http.send({ method: 'POST', path, token, body }, withId);
      return undefined;
    },
  };
}
