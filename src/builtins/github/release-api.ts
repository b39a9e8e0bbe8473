/** Releases as the API of GitHub has them: https://docs.github.com/rest/releases */
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, flagParam, param } from '../builtin-command.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { createHttpClient, type HttpRequest } from '../http/http-client.ts';
import { refusal } from '../http/http-trouble.ts';

const asset = z.object({
  id: z.int(),
  name: z.string(),
  size: z.int(),
  url: z.string(),
  digest: z.string().nullish(),
});
export type ReleaseAsset = z.infer<typeof asset>;

const release = z.object({
  id: z.int(),
  tag_name: z.string(),
  name: z.string().nullish(),
  body: z.string().nullish(),
  draft: z.boolean(),
  prerelease: z.boolean(),
  html_url: z.string(),
  created_at: z.string(),
  published_at: z.string().nullish(),
  upload_url: z.string(),
  tarball_url: z.string().nullish(),
  zipball_url: z.string().nullish(),
  author: z.object({ login: z.string() }).nullish(),
  assets: z.array(asset),
});
export type Release = z.infer<typeof release>;

export interface ReleaseApi {
  /** Newest first as GitHub sorts them, at most 1,000. Drafts are among them when the token may see them. */
  readonly list: () => Promise<Release[]>;
  readonly get: (id: string) => Promise<Release>;
  readonly create: (fields: ReleaseFields) => Promise<Release>;
  readonly update: (id: number, fields: Partial<ReleaseFields>) => Promise<Release>;
  readonly upload: (to: Release, name: string, content: Blob) => Promise<void>;
  readonly deleteAsset: (id: number) => Promise<void>;
  /** The bytes of an asset, or of an archive of the sources. */
  readonly download: (url: string) => Promise<HttpAnswer>;
}

export interface ReleaseFields {
  readonly tag_name: string;
  readonly target_commitish?: string;
  readonly name?: string;
  readonly body?: string;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
  readonly generate_release_notes?: boolean;
}

const API = 'https://api.github.com';
const MOST_PAGES = 10;
const UPLOAD_TIMEOUT_MS = 30 * 60_000;

export function openReleases(env: CommandEnv, io: CommandIo): ReleaseApi {
  const path = repositoryPath(env);
  const api = (param(env, 'api_url') ?? API).replace(/\/+$/, '');
  const token = param(env, 'token')?.trim();
  const client = createHttpClient(io, { peer: 'GitHub', authority: param(env, 'ca_cert') });
  const headers = {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const home = `${api}/repos/${path}/releases`;

  async function send(what: string, request: HttpRequest): Promise<HttpAnswer> {
    const answer = await client.send({ ...request, headers: { ...headers, ...request.headers } });
    if (answer.ok) return answer;
    throw refusal(answer, what, await answer.text(64 * 1024), hintsFor(answer, path, token !== undefined));
  }
  const sendJson = (what: string, method: 'POST' | 'PATCH', url: string, fields: Partial<ReleaseFields>) =>
    send(what, { method, url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }).then(
      (answer) => answer.json(release),
    );

  return {
    async list() {
      const found: Release[] = [];
      let next: string | undefined = `${home}?per_page=100`;
      for (let page = 1; next !== undefined && page <= MOST_PAGES; page += 1) {
        const answer: HttpAnswer = await send('Listing releases', { url: next });
        found.push(...(await answer.json(z.array(release))));
        next = nextPage(answer);
      }
      return found;
    },
    get: async (id) => (await send(`Looking at the release ${id}`, { url: `${home}/${id}` })).json(release),
    create: (fields) => sendJson(`Making the release ${fields.tag_name}`, 'POST', home, fields),
    update: (id, fields) => sendJson('Changing the release', 'PATCH', `${home}/${id}`, fields),
    async upload(to, name, content) {
      const url = new URL(to.upload_url.replace(/\{.*$/, ''));
      url.searchParams.set('name', name);
      const answer = await send(`Uploading ${name}`, {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/octet-stream' },
        body: content,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      });
      await answer.discard();
    },
    async deleteAsset(id) {
      await (await send('Deleting an older asset', { method: 'DELETE', url: `${home}/assets/${id}` })).discard();
    },
    download: (url) => send('Downloading', { url, headers: { accept: 'application/octet-stream' } }),
  };
}

export function wantedReleases(env: CommandEnv, all: readonly Release[]): Release[] {
  const [previews, drafts] = [flagParam(env, 'pre_releases'), flagParam(env, 'drafts')];
  return all.filter(({ draft, prerelease }) => (drafts || !draft) && (previews || !prerelease));
}

/** `{ id, tag }`: a release that was deleted and made again is another version. */
export function releaseVersion({
  id,
  tag_name: tag,
  name,
  author,
  html_url: url,
  published_at,
  created_at,
  ...rest
}: Release) {
  return {
    version: { id: String(id), tag },
    metadata: {
      name: name || tag,
      date: published_at ?? created_at,
      ...(author != null && { author: author.login }),
      ...(rest.prerelease && { prerelease: 'true' }),
      ...(rest.draft && { draft: 'true' }),
      url,
    },
  };
}

function repositoryPath(env: CommandEnv): string {
  const given = param(env, 'repository');
  if (given === undefined) {
    throw new CodedError(
      'parameter_missing',
      'The github-release resource needs the parameter "repository": "owner/name".',
    );
  }
  const path = given.replace(/^https?:\/\/[^/]+\//, '').replace(/(\.git)?\/*$/, '');
  if (/^[\w.-]+\/[\w.-]+$/.test(path) && !path.split('/').some((part) => /^\.+$/.test(part))) return path;
  throw new CodedError('bad_parameter', `"repository" is ${JSON.stringify(given)}, and not like "owner/name".`);
}

function nextPage(answer: HttpAnswer): string | undefined {
  const link = /<([^>]+)>\s*;[^,]*\brel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  if (link === undefined) return undefined;
  const url = new URL(link, answer.url);
  // The login goes along: only to where it belongs.
  return url.origin === answer.url.origin ? url.href : undefined;
}

function hintsFor(answer: HttpAnswer, path: string, hasToken: boolean): Record<number, string> {
  const login =
    'Look at the parameter "token": has it expired, and may it do this in the repository (contents: read, and write for a put)?';
  const isLimit = answer.headers.get('x-ratelimit-remaining') === '0';
  const limit = `GitHub answers only so often in an hour${hasToken ? '' : ', and 60 times without a "token": give one'}. Or check less often: check_interval = "@every 10m".`;
  return {
    401: login,
    403: isLimit ? limit : login,
    404: `Is the "repository" ${path} spelt right? A private one is not found without a "token" that may see it.`,
    429: limit,
  };
}
