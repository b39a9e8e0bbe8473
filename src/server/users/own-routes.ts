/** What somebody does with what is theirs: password, sessions, tokens. */
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { type ApiTokenId, newId, type SessionId, type UserId } from '../../lib/ids.ts';
import type { Store } from '../../store/store.ts';
import { TOKEN_PREFIX } from '../auth/bearer-tokens.ts';
import type { Passwords } from '../auth/passwords.ts';
import { type Asker, checkAt } from '../auth/principal.ts';
import { hashToken, randomToken } from '../auth/token-hash.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { tokenView } from './user-views.ts';

export interface OwnParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Passwords;
}

const PAGE = 100;

export function ownRoutes(
  parts: OwnParts,
): Handlers<'setPassword' | 'listOwnSessions' | 'endOwnSession' | 'listOwnTokens' | 'createToken' | 'revokeOwnToken'> {
  const { store, clock, passwords } = parts;
  return {
    async setPassword({ principal, body }) {
      const userId = byPerson(principal);
      const before = await store.passwordOf(principal.name);
      if (before !== undefined && (await passwords.check(principal.name, body.current ?? '')) === undefined) {
        throw new CodedError('auth.bad_credentials', 'the current password is another one', {
          hint: 'an administrator can set one without it: pikoci users password NAME',
        });
      }
      await store.setPassword(userId, await passwords.hash(body.password), principal.session?.id);
      principal.about({ target: `user ${principal.name}` });
      return undefined;
    },
    async listOwnSessions({ principal }) {
      const sessions = await store.listSessions(ownId(principal), clock.now());
      return sessions.map(({ id, address, agent, createdAt, lastSeenAt, expiresAt }) => ({
        id,
        current: id === principal.session?.id,
        ...{ address, agent, createdAt, lastSeenAt, expiresAt },
      }));
    },
    async endOwnSession({ principal, params }) {
      if (await store.endSession(ownId(principal), params.session as SessionId)) return undefined;
      throw notFound(`session ${params.session}`);
    },
    async listOwnTokens({ principal, query }) {
      const page = { limit: query.limit ?? PAGE, after: query.after };
      const found = await store.listTokens({ userId: ownId(principal) }, page);
      return { items: found.items.map(tokenView), ...(found.next !== undefined && { next: found.next }) };
    },
    async createToken({ principal, body }) {
      const userId = byPerson(principal);
      const now = clock.now();
      const token = randomToken(TOKEN_PREFIX);
      const made = await store.createToken({
        id: newId<ApiTokenId>(),
        hash: hashToken(token),
        name: body.name,
        userId,
        teamId: body.team === undefined ? undefined : await ownTeam(principal, body.team),
        role: body.role ?? 'admin',
        createdAt: now,
        expiresAt: body.expiresIn === undefined ? undefined : now + body.expiresIn * 1_000,
      });
      principal.about({ team: body.team, target: `token ${made.id} (${made.name})` });
      return { ...tokenView({ ...made, user: principal.name }), token };
    },
    async revokeOwnToken({ principal, params }) {
      const id = params.token as ApiTokenId;
      if (!(await store.revokeToken(id, ownId(principal)))) {
        throw notFound(`token ${params.token} of yours`, 'tokens list shows those there are');
      }
      principal.about({ target: `token ${id}` });
      return undefined;
    },
  };

  async function ownTeam(principal: Asker, name: string) {
    const team = (await store.listTeams()).find((one) => one.name === name);
    if (team === undefined || checkAt({ ...principal, needs: 'read' }, { team: name }) === 'hidden') {
      throw notFound(`team "${name}"`, 'teams list shows those you are in');
    }
    return team.id;
  }
}

export function ownId({ userId }: Asker): UserId {
  if (userId !== undefined) return userId;
  throw new CodedError('auth.not_a_user', 'this is about a user, and you are the command line of the server itself', {
    hint: 'make a user (pikoci users create NAME), and sign in as them (pikoci login)',
  });
}

/** A token that leaked must not make others that outlive it. */
export function byPerson(principal: Asker): UserId {
  if (principal.token === undefined) return ownId(principal);
  throw new CodedError('auth.forbidden', 'a token cannot do this', { hint: 'sign in with a browser or pikoci login' });
}
