/** Commit statuses for tokens of users, and check runs for those of apps: https://docs.github.com/rest/commits/statuses, https://docs.github.com/rest/checks/runs */
import { z } from 'zod';
import type { CommitState, CommitStatus, CommitStatuses, ForgeCommitsOptions } from '../forge-commits.ts';
import { createForgeHttp } from '../forge-http.ts';
import { repositoryPath } from '../repository-path.ts';
import { shortened } from '../shortened.ts';
import { githubManners } from './github.ts';

const withId = z.object({ id: z.union([z.int(), z.string()]) });

/** GitHub takes 140 characters of a status, and 50 annotations at once. */
const [LONGEST, MOST_ANNOTATIONS, LONGEST_TEXT] = [140, 50, 60_000];

const STATUS_WORDS = {
  pending: 'pending',
  running: 'pending',
  succeeded: 'success',
  failed: 'failure',
  errored: 'error',
  cancelled: 'error',
} as const satisfies Record<CommitState, string>;

const CONCLUSIONS = {
  pending: undefined,
  running: undefined,
  succeeded: 'success',
  failed: 'failure',
  errored: 'failure',
  cancelled: 'cancelled',
} as const satisfies Record<CommitState, string | undefined>;

export function githubStatuses({ address, token, isApp }: ForgeCommitsOptions): CommitStatuses {
  const http = createForgeHttp(address, githubManners(address.name));
  const send = async (method: 'POST' | 'PATCH', path: string, body: unknown): Promise<string> =>
    String((await http.send({ method, path, token, body }, withId)).id);
  return {
    async setStatus({ fullName, commit }, status, before) {
      const repository = repositoryPath(fullName);
      if (!isApp) {
        await send('POST', `${repository}/statuses/${commit}`, {
          state: STATUS_WORDS[status.state],
          target_url: status.url,
          description: shortened(status.description, LONGEST),
          context: status.context,
        });
        return undefined;
      }
      const run = checkRun(status);
      return before === undefined
        ? send('POST', `${repository}/check-runs`, { ...run, head_sha: commit })
        : send('PATCH', `${repository}/check-runs/${encodeURIComponent(before)}`, run);
    },
  };
}

function checkRun(status: CommitStatus): Record<string, unknown> {
  const conclusion = CONCLUSIONS[status.state];
  const annotations = (status.annotations ?? []).slice(0, MOST_ANNOTATIONS).map(({ path, line, title, message }) => ({
    path,
    start_line: line,
    end_line: line,
    annotation_level: 'failure',
    title: shortened(title, 255),
    message: shortened(message, LONGEST_TEXT),
  }));
  return {
    name: status.context,
    details_url: status.url,
    status: status.state === 'pending' ? 'queued' : status.state === 'running' ? 'in_progress' : 'completed',
    ...(conclusion !== undefined && { conclusion }),
    ...(status.startedAt !== undefined && { started_at: new Date(status.startedAt).toISOString() }),
    ...(conclusion !== undefined &&
      status.endedAt !== undefined && { completed_at: new Date(status.endedAt).toISOString() }),
    output: {
      title: shortened(status.description, 255),
      summary: shortened(status.text ?? status.description, LONGEST_TEXT),
      ...(annotations.length > 0 && { annotations }),
    },
  };
}
