/** Statuses of commits as GitLab shows them in its pipelines: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status */
import { z } from 'zod';
import type { CommitState, CommitStatuses, ForgeCommitsOptions } from '../forge-commits.ts';
import { createForgeHttp } from '../forge-http.ts';
import { shortened } from '../shortened.ts';
import { gitlabManners } from './gitlab.ts';

const withId = z.object({ id: z.int() });
const refused = 'Cannot transition status';

const WORDS = {
  pending: 'pending',
  running: 'running',
  succeeded: 'success',
  failed: 'failed',
  errored: 'failed',
  cancelled: 'canceled',
} as const satisfies Record<CommitState, string>;

export function gitlabStatuses({ address, token }: ForgeCommitsOptions): CommitStatuses {
  const http = createForgeHttp(address, gitlabManners);
  const project = (forgeId: string): string => `/projects/${encodeURIComponent(forgeId)}`;
  return {
    async setStatus({ forgeId, commit }, status) {
      const body = {
        state: WORDS[status.state],
        name: status.context,
        target_url: status.url,
        description: shortened(status.description, 255),
      };
      try {
        await http.send({ method: 'POST', path: `${project(forgeId)}/statuses/${commit}`, token, body }, withId);
      } catch (error) {
        // It has heard the same before, and says so by an error.
        if (!(error instanceof Error && error.message.includes(refused))) throw error;
      }
      return undefined;
    },
  };
}
