/** What administrators of the server do with users. */
import type { Clock } from '../../lib/clock.ts';
import type { ApiTokenId } from '../../lib/ids.ts';
import type { UserDetail } from '../../protocol/users.ts';
import type { UserRecord } from '../../store/identity-store.ts';
import type { Store } from '../../store/store.ts';
import { LINK_VALID_MS, type OneTimeLinks } from '../auth/one-time-links.ts';
import type { Passwords } from '../auth/passwords.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { tokenView, userDetail, userView } from './user-views.ts';

export interface UserParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly links: OneTimeLinks;
  readonly externalUrl: () => string;
}

const PAGE = 100;

export function userRoutes(
  parts: UserParts,
): Handlers<
  | 'listUsers'
  | 'createUser'
  | 'getUser'
  | 'changeUser'
  | 'deleteUser'
  | 'setUserPassword'
  | 'createSignInLink'
  | 'listTokens'
  | 'revokeToken'
> {
  const { store, clock, passwords, links } = parts;

  async function find(name: string): Promise<UserRecord> {
    const user = await store.findUser(name);
    if (user === undefined) throw noUser(name);
    return user;
  }

  async function detail({ id, name }: UserRecord): Promise<UserDetail> {
    const known = await store.getUser(id);
    if (known === undefined) throw noUser(name);
    return userDetail(store, known);
  }

  return {
    async listUsers({ query }) {
      const found = await store.listUsers({ limit: query.limit ?? PAGE, after: query.after });
      return { items: found.items.map(userView), ...(found.next !== undefined && { next: found.next }) };
    },
    async createUser({ principal, body }) {
      const { name, displayName, email, admin, password } = body;
      const passwordHash = password === undefined ? undefined : await passwords.hash(password);
      const who = { name, displayName: displayName || undefined, email: email || undefined };
      const user = await store.createUser({ ...who, admin: admin === true, passwordHash, now: clock.now() });
      principal.about({ target: `user ${name}` });
      return detail(user);
    },
    async getUser({ params }) {
      return detail(await find(params.user));
    },
    async changeUser({ principal, params, body }) {
      const { id } = await find(params.user);
      const { displayName, email, admin, disabled } = body;
      const user = await store.changeUser(id, {
        ...(displayName !== undefined && { displayName }),
        ...(email !== undefined && { email }),
        ...(admin !== undefined && { admin }),
        ...(disabled !== undefined && { disabled: { at: disabled ? clock.now() : undefined } }),
      });
      principal.about({ target: `user ${user.name}` });
      return detail(user);
    },
    async deleteUser({ principal, params }) {
      const { id, name } = await find(params.user);
      await store.deleteUser(id);
      principal.about({ target: `user ${name}` });
      return undefined;
    },
    async setUserPassword({ principal, params, body }) {
      const { id, name } = await find(params.user);
      await store.setPassword(id, await passwords.hash(body.password));
      principal.about({ target: `user ${name}` });
      return undefined;
    },
    async createSignInLink({ principal, params }) {
      const { id, name } = await find(params.user);
      const url = parts.externalUrl() + (await links.make(id));
      principal.about({ target: `user ${name}` });
      return { url, expiresAt: clock.now() + LINK_VALID_MS };
    },
    async listTokens({ query }) {
      const found = await store.listTokens({}, { limit: query.limit ?? PAGE, after: query.after });
      return { items: found.items.map(tokenView), ...(found.next !== undefined && { next: found.next }) };
    },
    async revokeToken({ principal, params }) {
      if (!(await store.revokeToken(params.token as ApiTokenId))) {
        throw notFound(`token ${params.token}`, 'tokens list --all shows those there are');
      }
      principal.about({ target: `token ${params.token}` });
      return undefined;
    },
  };
}

export const noUser = (name: string) => notFound(`user "${name}"`, 'users list shows those there are');
