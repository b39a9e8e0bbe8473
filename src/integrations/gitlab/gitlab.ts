/** GitLab: gitlab.com and servers of one's own. */
import { z } from 'zod';
import type { AdministeredRepository, Forge, ForgeAddress, WantedHook } from '../forge.ts';
import { createForgeHttp, type ForgeManners } from '../forge-http.ts';
import { isSame } from '../signature.ts';
import { readGitlabEvent } from './gitlab-events.ts';

const PAGE = 100;
/** From this role on one sets up webhooks. */
const MAINTAINER = 40;

const access = z.object({ access_level: z.int() }).nullish();
const listed = z.object({
  id: z.int(),
  path_with_namespace: z.string(),
  visibility: z.string(),
  default_branch: z.string().nullish(),
  http_url_to_repo: z.string(),
  web_url: z.string(),
  archived: z.boolean().nullish(),
  description: z.string().nullish(),
  last_activity_at: z.string().nullish(),
  permissions: z.object({ project_access: access, group_access: access }).nullish(),
});

const hook = z.object({
  id: z.int(),
  url: z.string(),
  push_events: z.boolean(),
  tag_push_events: z.boolean(),
  merge_requests_events: z.boolean(),
  enable_ssl_verification: z.boolean(),
  /** `disabled` after too many failures. */
  alert_status: z.string().nullish(),
});
type Hook = z.infer<typeof hook>;

export const gitlabManners: ForgeManners = {
  headers: (token) => ({ accept: 'application/json', authorization: `Bearer ${token}` }),
};

export function createGitlab(address: ForgeAddress): Forge {
  const http = createForgeHttp(address, gitlabManners);
  const project = (idOrName: string): string => `/projects/${encodeURIComponent(idOrName)}`;
  const hooksOf = (fullName: string): string => `${project(fullName)}/hooks`;
  const one = (fullName: string, id: string): string => `${hooksOf(fullName)}/${encodeURIComponent(id)}`;

  async function findByUrl(token: string, fullName: string, url: string): Promise<Hook | undefined> {
    const found = await http.send({ path: `${hooksOf(fullName)}?per_page=${PAGE}`, token }, z.array(hook));
    return found.find((there) => there.url === url);
  }

  return {
    kind: 'gitlab',
    async listRepositories(token, page, signal) {
      const query = `membership=true&min_access_level=${MAINTAINER}&order_by=last_activity_at&per_page=${PAGE}&page=${page}`;
      const value = await http.send({ path: `/projects?${query}`, token, signal }, z.array(listed));
      // Only those that one may administer were asked for; a list has not always their permissions.
      return { items: value.map((found) => administered(found, true)), more: value.length === PAGE };
    },

    async getRepository(token, idOrName) {
      const found = await http.find({ path: project(idOrName), token }, listed);
      return found && administered(found, mayAdminister(found));
    },

    async ensureHook(token, fullName, wanted, id) {
      const known = id === undefined ? undefined : await http.find({ path: one(fullName, id), token }, hook);
      const there = known ?? (await findByUrl(token, fullName, wanted.url));
      const body = hookOf(wanted);
      const made =
        there === undefined
          ? await http.send({ method: 'POST', path: hooksOf(fullName), token, body }, hook)
          : await http.send({ method: 'PUT', path: one(fullName, String(there.id)), token, body }, hook);
      return String(made.id);
    },

    async readHook(token, fullName, id, url) {
      const found = await http.find({ path: one(fullName, id), token }, hook);
      if (found === undefined) return 'gone';
      const events = found.push_events && found.tag_push_events && found.merge_requests_events;
      return found.url === url && events && found.alert_status !== 'disabled' ? 'right' : 'changed';
    },

    async removeHook(token, fullName, id) {
      await http.find({ method: 'DELETE', path: one(fullName, id), token }, z.unknown());
    },

    verify(headers, _body, secret) {
      if (!isSame(headers.get('x-gitlab-token') ?? '', secret)) return undefined;
      return {
        delivery: headers.get('idempotency-key') ?? headers.get('x-gitlab-event-uuid') ?? undefined,
        event: headers.get('x-gitlab-event') ?? '',
        signed: false,
      };
    },
    readEvent: readGitlabEvent,
  };
}

function hookOf({ url, secret }: WantedHook) {
  return {
    ...{ url, token: secret, enable_ssl_verification: true },
    ...{ push_events: true, tag_push_events: true, merge_requests_events: true },
  };
}

function mayAdminister({ permissions }: z.infer<typeof listed>): boolean {
  const levels = [permissions?.project_access?.access_level, permissions?.group_access?.access_level];
  return levels.some((level) => level !== undefined && level >= MAINTAINER);
}

function administered(found: z.infer<typeof listed>, admin: boolean): AdministeredRepository {
  return {
    id: String(found.id),
    fullName: found.path_with_namespace,
    private: found.visibility !== 'public',
    defaultBranch: found.default_branch ?? 'main',
    cloneUrl: found.http_url_to_repo,
    webUrl: found.web_url,
    admin,
    archived: found.archived === true,
    description: found.description ?? undefined,
    changedAt: found.last_activity_at ?? undefined,
  };
}
