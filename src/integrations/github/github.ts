/** GitHub: github.com, and enterprise servers, whose API is at `/api/v3`. */
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { AdministeredRepository, Forge, ForgeAddress, WantedHook } from '../forge.ts';
import { createForgeHttp, type ForgeManners } from '../forge-http.ts';
import { repositoryPath } from '../repository-path.ts';
import { isSigned } from '../signature.ts';
import { githubRepository, readGithubEvent, repositoryOf } from './github-events.ts';

const PAGE = 100;
/** What is heard of: `merge_group` is the merge queue. */
const EVENTS = ['push', 'pull_request', 'create', 'merge_group'];

const listed = githubRepository.extend({
  description: z.string().nullish(),
  archived: z.boolean().nullish(),
  pushed_at: z.string().nullish(),
  permissions: z.object({ admin: z.boolean() }).nullish(),
});

const hook = z.object({
  id: z.int(),
  active: z.boolean(),
  events: z.array(z.string()),
  config: z.object({ url: z.string().optional(), content_type: z.string().optional() }).loose(),
});
type Hook = z.infer<typeof hook>;

export const githubManners = (name: string): ForgeManners => ({
  headers: (token) => ({
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'x-github-api-version': '2022-11-28',
  }),
  refusal({ status, headers }, said) {
    if (status === 403 && headers.get('x-ratelimit-remaining') === '0') {
      return new CodedError('forge.rate_limited', said, { hint: 'it allows more in an hour at the latest' });
    }
    const wanted = headers.get('x-accepted-oauth-scopes') ?? '';
    const has = headers.get('x-oauth-scopes');
    if ((status === 403 || status === 404) && has !== null && lacks(has, wanted)) {
      return new CodedError(
        'forge.missing_scope',
        `${said}: the sign-in has the scopes "${has}" and this needs one of "${wanted}"`,
        {
          hint: `sign in with ${name} again and allow access to private repositories and webhooks`,
        },
      );
    }
    return undefined;
  },
});

/** A scope brings along those behind its colon: `repo` has `repo:status`. */
function lacks(has: string, wanted: string): boolean {
  const list = (text: string): string[] =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
  const owned = list(has);
  const needed = list(wanted);
  return needed.length > 0 && !needed.some((one) => owned.some((own) => own === one || one.startsWith(`${own}:`)));
}

export function createGithub(address: ForgeAddress): Forge {
  const http = createForgeHttp(address, githubManners(address.name));

  const hooksOf = (fullName: string): string => `${repositoryPath(fullName)}/hooks`;

  async function findByUrl(token: string, fullName: string, url: string): Promise<Hook | undefined> {
    const path = `${hooksOf(fullName)}?per_page=${PAGE}`;
    const found = await http.send({ path, token }, z.array(hook));
    return found.find(({ config }) => config.url === url);
  }

  const find = (token: string, fullName: string, id: string) =>
    http.find({ path: `${hooksOf(fullName)}/${encodeURIComponent(id)}`, token }, hook);

  return {
    kind: 'github',
    async listRepositories(token, page, signal) {
      const path = `/user/repos?per_page=${PAGE}&page=${page}&sort=pushed&affiliation=owner,collaborator,organization_member`;
      const value = await http.send({ path, token, signal }, z.array(listed));
      return { items: value.map(administered), more: value.length === PAGE };
    },

    async getRepository(token, idOrName) {
      const path = /^\d+$/.test(idOrName) ? `/repositories/${idOrName}` : repositoryPath(idOrName);
      const found = await http.find({ path, token }, listed);
      return found && administered(found);
    },

    async ensureHook(token, fullName, wanted, id) {
      const known = id === undefined ? undefined : await find(token, fullName, id);
      const there = known ?? (await findByUrl(token, fullName, wanted.url));
      const body = hookOf(wanted);
      const made =
        there === undefined
          ? await http.send({ method: 'POST', path: hooksOf(fullName), token, body: { name: 'web', ...body } }, hook)
          : await http.send({ method: 'PATCH', path: `${hooksOf(fullName)}/${there.id}`, token, body }, hook);
      return String(made.id);
    },

    async readHook(token, fullName, id, url) {
      const found = await find(token, fullName, id);
      if (found === undefined) return 'gone';
      const { active, events, config } = found;
      const isRight =
        active && config.url === url && EVENTS.every((one) => events.includes(one) || events.includes('*'));
      return isRight && config.content_type === 'json' ? 'right' : 'changed';
    },

    async removeHook(token, fullName, id) {
      const path = `${hooksOf(fullName)}/${encodeURIComponent(id)}`;
      await http.find({ method: 'DELETE', path, token }, z.unknown());
    },

    verify(headers, body, secret) {
      const signature = headers.get('x-hub-signature-256')?.replace(/^sha256=/, '') ?? null;
      if (!isSigned(body, secret, signature)) return undefined;
      return {
        delivery: headers.get('x-github-delivery') ?? undefined,
        event: headers.get('x-github-event') ?? '',
        signed: true,
      };
    },
    readEvent: readGithubEvent,
  };
}

function hookOf({ url, secret }: WantedHook) {
  return { active: true, events: EVENTS, config: { url, content_type: 'json', insecure_ssl: '0', secret } };
}

function administered(found: z.infer<typeof listed>): AdministeredRepository {
  return {
    ...repositoryOf(found),
    admin: found.permissions?.admin === true,
    archived: found.archived === true,
    description: found.description ?? undefined,
    changedAt: found.pushed_at ?? undefined,
  };
}
