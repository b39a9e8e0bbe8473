/** Open pull requests as GitHub, GitLab and Gitea (Forgejo) tell of them. */
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { createHttpClient } from '../http/http-client.ts';
import { refusal } from '../http/http-trouble.ts';

export interface PullRequest {
  readonly ref: string;
  readonly number: string;
  readonly isFork: boolean;
  readonly title?: string;
  readonly author?: string;
  readonly url?: string;
  readonly branch?: string;
  readonly base?: string;
}

const KINDS = ['github', 'gitlab', 'gitea'] as const;
type ForgeKind = (typeof KINDS)[number];

export interface Forge {
  readonly kind: ForgeKind;
  readonly api: string;
  /** `owner/name`; on GitLab with groups within groups. */
  readonly path: string;
}

/** Undefined when nothing says which forge it is. */
export function forgeOf(url: string, env: CommandEnv): Forge | undefined {
  const wanted = param(env, 'forge');
  if (wanted !== undefined && !KINDS.some((kind) => kind === wanted)) {
    throw new CodedError('bad_parameter', `"forge" is one of ${KINDS.join(', ')}, not ${JSON.stringify(wanted)}.`);
  }
  const place = placeOf(url);
  const kind = KINDS.find((known) => known === wanted) ?? guess(place?.host ?? '');
  if (kind === undefined || place === undefined) return undefined;
  const origin = /^https?:/.test(url) ? new URL(url).origin : `https://${place.host}`;
  const usual = {
    github: place.host === 'github.com' ? 'https://api.github.com' : `${origin}/api/v3`,
    gitlab: `${origin}/api/v4`,
    gitea: `${origin}/api/v1`,
  };
  return { kind, api: (param(env, 'api_url') ?? usual[kind]).replace(/\/+$/, ''), path: place.path };
}

function placeOf(url: string): { host: string; path: string } | undefined {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(url);
  const [host, path] = scp === null ? parts(url) : [scp[1], scp[2]];
  const clean = (path ?? '').replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  return host === undefined || host === '' || !clean.includes('/') ? undefined : { host, path: clean };
}

function parts(url: string): [string, string] | [undefined, undefined] {
  if (!URL.canParse(url)) return [undefined, undefined];
  const { hostname, pathname } = new URL(url);
  return [hostname, pathname];
}

function guess(host: string): ForgeKind | undefined {
  if (host === 'github.com') return 'github';
  if (host === 'codeberg.org' || /(^|\.)(gitea|forgejo)\./.test(host)) return 'gitea';
  return /(^|\.)gitlab\./.test(host) ? 'gitlab' : undefined;
}

const side = z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }).nullish() });
/** Gitea's are of the same shape. */
const githubList = z.array(
  z.object({
    number: z.int(),
    title: z.string(),
    html_url: z.string(),
    draft: z.boolean().nullish(),
    user: z.object({ login: z.string() }).nullish(),
    head: side,
    base: side,
  }),
);
const gitlabList = z.array(
  z.object({
    iid: z.int(),
    title: z.string(),
    web_url: z.string(),
    sha: z.string().nullable(),
    source_branch: z.string(),
    target_branch: z.string(),
    source_project_id: z.int().nullable(),
    target_project_id: z.int(),
    author: z.object({ username: z.string() }).nullish(),
  }),
);

/** Those changed last come last. */
export async function openPullRequests(
  { kind, api, path }: Forge,
  env: CommandEnv,
  io: CommandIo,
): Promise<PullRequest[]> {
  const token = param(env, 'token') ?? '';
  const { url, headers } = {
    github: {
      url: `${api}/repos/${path}/pulls?state=open&sort=updated&direction=desc&per_page=100`,
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
    },
    gitlab: {
      url: `${api}/projects/${encodeURIComponent(path)}/merge_requests?state=opened&order_by=updated_at&per_page=100`,
      headers: { 'private-token': token },
    },
    gitea: {
      url: `${api}/repos/${path}/pulls?state=open&sort=recentupdate&limit=50`,
      headers: { authorization: `token ${token}` },
    },
  }[kind];
  const client = createHttpClient(io, { peer: NAMES[kind], authority: param(env, 'ca_cert') });
  const answer = await client.send({ url, headers });
  if (!answer.ok) {
    const login =
      'Look at the parameter "token": has it expired, and may it read the pull requests of this repository?';
    const hints = { 401: login, 403: login, 404: `${login} Or is the "url" misspelt?` };
    throw refusal(answer, 'Listing pull requests', await answer.text(64 * 1024), hints);
  }
  const found =
    kind === 'gitlab' ? fromGitlab(await answer.json(gitlabList)) : fromGithub(await answer.json(githubList));
  return found.reverse();
}

const NAMES: Readonly<Record<ForgeKind, string>> = { github: 'GitHub', gitlab: 'GitLab', gitea: 'Gitea' };

function fromGithub(list: z.infer<typeof githubList>): PullRequest[] {
  return list.map(({ number, title, html_url: url, user, head, base }) => ({
    ref: head.sha,
    number: String(number),
    // A fork that was deleted has no repository any more.
    isFork: head.repo?.full_name !== base.repo?.full_name,
    title,
    url,
    branch: head.ref,
    base: base.ref,
    ...(user != null && { author: user.login }),
  }));
}

function fromGitlab(list: z.infer<typeof gitlabList>): PullRequest[] {
  return list.flatMap(({ iid, title, web_url: url, sha, author, ...request }) =>
    sha === null
      ? []
      : [
          {
            ref: sha,
            number: String(iid),
            isFork: request.source_project_id !== request.target_project_id,
            title,
            url,
            branch: request.source_branch,
            base: request.target_branch,
            ...(author != null && { author: author.username }),
          },
        ],
  );
}
