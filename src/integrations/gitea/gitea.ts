/** Gitea, and Forgejo, which came from it. */
import { z } from 'zod';
import type { AdministeredRepository, Forge, ForgeAddress, WantedHook } from '../forge.ts';
import { createForgeHttp, type ForgeManners } from '../forge-http.ts';
import { repositoryPath } from '../repository-path.ts';
import { isSigned } from '../signature.ts';
import { giteaRepository, readGiteaEvent, repositoryOf } from './gitea-events.ts';

/** As many as Gitea gives, unless it is told otherwise. */
const PAGE = 50;
const EVENTS = ['push', 'create', 'delete', 'pull_request', 'pull_request_sync', 'repository'];
const NEEDED = ['push', 'delete', 'pull_request', 'pull_request_sync'];

const listed = giteaRepository.extend({
  description: z.string().nullish(),
  archived: z.boolean().nullish(),
  updated_at: z.string().nullish(),
  permissions: z.object({ admin: z.boolean() }).nullish(),
});

const hook = z.object({
  id: z.int(),
  active: z.boolean(),
  events: z.array(z.string()).nullish(),
  config: z.object({ url: z.string().nullish(), content_type: z.string().nullish() }).loose(),
});
type Hook = z.infer<typeof hook>;

export const giteaManners: ForgeManners = {
  headers: (token) => ({ accept: 'application/json', authorization: `Bearer ${token}` }),
};

export function createGitea(address: ForgeAddress): Forge {
  const http = createForgeHttp(address, giteaManners);
  const hooksOf = (fullName: string): string => `${repositoryPath(fullName)}/hooks`;
  const one = (fullName: string, id: string): string => `${hooksOf(fullName)}/${encodeURIComponent(id)}`;

  async function findByUrl(token: string, fullName: string, url: string): Promise<Hook | undefined> {
    const found = await http.send({ path: `${hooksOf(fullName)}?limit=${PAGE}`, token }, z.array(hook));
    return found.find(({ config }) => config.url === url);
  }

  return {
    kind: 'gitea',
    async listRepositories(token, page, signal) {
      const path = `/user/repos?limit=${PAGE}&page=${page}`;
      const value = await http.send({ path, token, signal }, z.array(listed));
      return { items: value.map(administered), more: value.length === PAGE };
    },

    async getRepository(token, idOrName) {
      const path = /^\d+$/.test(idOrName) ? `/repositories/${idOrName}` : repositoryPath(idOrName);
      const found = await http.find({ path, token }, listed);
      return found && administered(found);
    },

    async ensureHook(token, fullName, wanted, id) {
      const known = id === undefined ? undefined : await http.find({ path: one(fullName, id), token }, hook);
      const there = known ?? (await findByUrl(token, fullName, wanted.url));
      const body = hookOf(wanted);
      const made =
        there === undefined
          ? await http.send({ method: 'POST', path: hooksOf(fullName), token, body: { type: 'gitea', ...body } }, hook)
          : await http.send({ method: 'PATCH', path: one(fullName, String(there.id)), token, body }, hook);
      return String(made.id);
    },

    async readHook(token, fullName, id, url) {
      const found = await http.find({ path: one(fullName, id), token }, hook);
      if (found === undefined) return 'gone';
      const { active, events, config } = found;
      const hears = NEEDED.every((event) => events?.includes(event) === true);
      return active && hears && config.url === url && config.content_type === 'json' ? 'right' : 'changed';
    },

    async removeHook(token, fullName, id) {
      await http.find({ method: 'DELETE', path: one(fullName, id), token }, z.unknown());
    },

    verify(headers, body, secret) {
      if (!isSigned(body, secret, headers.get('x-gitea-signature'))) return undefined;
      return {
        delivery: headers.get('x-gitea-delivery') ?? undefined,
        event: headers.get('x-gitea-event') ?? '',
        signed: true,
      };
    },
    readEvent: readGiteaEvent,
  };
}

function hookOf({ url, secret }: WantedHook) {
  return { active: true, events: EVENTS, config: { url, content_type: 'json', secret } };
}

function administered(found: z.infer<typeof listed>): AdministeredRepository {
  return {
    ...repositoryOf(found),
    admin: found.permissions?.admin === true,
    archived: found.archived === true,
    description: found.description || undefined,
    changedAt: found.updated_at ?? undefined,
  };
}
