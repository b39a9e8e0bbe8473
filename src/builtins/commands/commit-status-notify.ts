/** How a build stands, said of a commit on the forge that it is of: by whoever has a token, for repositories too that were not activated. */
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { createHttpClient } from '../http/http-client.ts';
import { refusal } from '../http/http-trouble.ts';
import { type BuildNews, cut, type NewsStatus, readNews, setting } from '../notifications/build-news.ts';

interface CommitStatus {
  readonly repository: string;
  readonly commit: string;
  readonly context: string;
  readonly description: string;
  readonly news: BuildNews;
}

/** What differs between forges. */
interface StatusKind {
  readonly peer: string;
  /** Absent: it has to be given. */
  readonly apiUrl?: string;
  path(status: CommitStatus): string;
  body(status: CommitStatus): object;
}

const words = <Word extends string>(
  said: Readonly<Record<'green' | 'red' | 'errored' | 'cancelled' | 'running', Word>>,
): Readonly<Record<NewsStatus, Word>> => ({
  succeeded: said.green,
  warning: said.green,
  failed: said.red,
  errored: said.errored,
  cancelled: said.cancelled,
  skipped: said.cancelled,
  running: said.running,
});

const SIMPLE = words({ green: 'success', red: 'failure', errored: 'error', cancelled: 'error', running: 'pending' });
const GITLAB = words({ green: 'success', red: 'failed', errored: 'failed', cancelled: 'canceled', running: 'running' });
const CHECK = words({
  ...{ green: 'success', red: 'failure', errored: 'failure', cancelled: 'cancelled', running: 'in_progress' },
});

const inParts = (repository: string): string => repository.split('/').map(encodeURIComponent).join('/');
/** Forges take no empty address. */
const link = (name: string, { url }: BuildNews): object => (url === '' ? {} : { [name]: url });

const statusAt = (peer: string, most: number, apiUrl?: string): StatusKind => ({
  peer,
  ...(apiUrl !== undefined && { apiUrl }),
  path: ({ repository, commit }) => `/repos/${inParts(repository)}/statuses/${commit}`,
  body: ({ context, description, news }) => ({
    state: SIMPLE[news.status],
    context,
    description: cut(description, most),
    ...link('target_url', news),
  }),
});

const githubStatus = statusAt('GitHub', 140, 'https://api.github.com');
const giteaStatus = statusAt('Gitea', 255);

const gitlabStatus: StatusKind = {
  peer: 'GitLab',
  apiUrl: 'https://gitlab.com/api/v4',
  path: ({ repository, commit }) => `/projects/${encodeURIComponent(repository)}/statuses/${commit}`,
  body: ({ context, description, news }) => ({
    state: GITLAB[news.status],
    name: context,
    description: cut(description, 255),
    ...link('target_url', news),
  }),
};

const githubCheck: StatusKind = {
  peer: 'GitHub',
  apiUrl: 'https://api.github.com',
  path: ({ repository }) => `/repos/${inParts(repository)}/check-runs`,
  body: ({ context, commit, description, news }) => ({
    name: context,
    head_sha: commit,
    ...(news.status === 'running'
      ? { status: 'in_progress' }
      : { status: 'completed', conclusion: CHECK[news.status] }),
    output: { title: cut(news.title, 255), summary: cut(news.message ?? description, 60_000) },
    ...link('details_url', news),
  }),
};

const notifier =
  (kind: StatusKind) =>
  async (env: CommandEnv, io: CommandIo): Promise<number> => {
    const news = readNews(env);
    const status: CommitStatus = {
      repository: needed(env, kind, 'repository', env.BUILD_EVENT_REPOSITORY),
      commit: needed(env, kind, 'commit', env.BUILD_EVENT_COMMIT),
      context: setting(env, 'context') ?? `pikoci/${news.job}`,
      description: setting(env, 'description') ?? news.message ?? news.title,
      news,
    };
    if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(status.commit)) {
      throw new CodedError('bad_parameter', `"commit" is a whole hash, not ${JSON.stringify(status.commit)}.`);
    }
    const apiUrl = needed(env, kind, 'api_url', kind.apiUrl).replace(/\/+$/, '');
    const client = createHttpClient(io, { peer: kind.peer, authority: setting(env, 'ca_cert') });
    const answer = await client.send({
      url: apiUrl + kind.path(status),
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${needed(env, kind, 'token', undefined)}`,
      },
      body: JSON.stringify(kind.body(status)),
      // Said twice it is the same.
      retry: 'always',
      redirects: 0,
    });
    if (!answer.ok) {
      const rights = 'May the token write statuses of this repository?';
      const hints = { 401: rights, 403: rights, 404: `${rights} Is that what the repository is called?` };
      throw refusal(answer, `Telling ${kind.peer}`, await answer.text(64 * 1024), hints);
    }
    await answer.discard();
    io.stderr(`told ${kind.peer}: ${status.context} of ${status.commit.slice(0, 10)}\n`);
    return 0;
  };

function needed(env: CommandEnv, { peer }: StatusKind, name: string, otherwise: string | undefined): string {
  const value = setting(env, name) ?? otherwise;
  if (value !== undefined && value !== '') return value;
  throw new CodedError('parameter_missing', `The status at ${peer} needs "${name}".`, {
    hint:
      name === 'commit' || name === 'repository'
        ? 'A build that no event of a forge made does not know it: give it, such as commit = get.app.ref.'
        : 'Is the variable empty?',
  });
}

export const githubCheckNotify = notifier(githubCheck);
export const githubStatusNotify = notifier(githubStatus);
export const gitlabStatusNotify = notifier(gitlabStatus);
export const giteaStatusNotify = notifier(giteaStatus);
