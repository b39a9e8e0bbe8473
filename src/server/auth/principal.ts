import { CodedError } from '../../lib/coded-error.ts';
import type { ApiTokenId, SessionId, UserId } from '../../lib/ids.ts';
import { type KnownUser, ROLES, type Role } from '../../store/identity-store.ts';

/** Who asks. */
export interface Principal {
  readonly name: string;
  /** Absent: nobody who is known, or the command line of the server's own account. */
  readonly userId?: UserId | undefined;
  readonly kind: 'anonymous' | 'user' | 'local';
  /** May do everything in every team, and what is about the server. */
  readonly admin: boolean;
  /** By name of the team. */
  readonly roles: ReadonlyMap<string, Role>;
  /** What a token is good for at most. */
  readonly limit?: { readonly team: string | undefined; readonly role: Role } | undefined;
  readonly token?: ApiTokenId | undefined;
  /** Of a browser: `csrf` is what a request that changes something brings along. */
  readonly session?: { readonly id: SessionId; readonly csrf: string } | undefined;
}

/** Who asks for something by a route that needs a role. */
export interface Asker extends Principal {
  readonly needs: Role;
  /** Notes what the request turned out to be about, for the audit log. */
  about(subject: Subject): void;
}

export interface Subject {
  readonly team?: string | undefined;
  /** `job app/test`. */
  readonly target: string;
}

export const ANONYMOUS: Principal = { name: 'anonymous', kind: 'anonymous', admin: false, roles: new Map() };
/** Whoever can read the server's own files. */
export const LOCAL: Principal = { name: 'admin', kind: 'local', admin: true, roles: new Map() };

export function principalOf({ user, memberships }: KnownUser): Principal {
  return {
    name: user.name,
    userId: user.id,
    kind: 'user',
    admin: user.admin,
    roles: new Map(memberships.map(({ team, role }) => [team, role])),
  };
}

const rankOf = (role: Role | undefined): number => (role === undefined ? -1 : ROLES.indexOf(role));
const lower = (a: Role, b: Role): Role => (rankOf(a) < rankOf(b) ? a : b);

/** `undefined`: things of this team are not there for them. */
export function roleIn(principal: Principal, team: string): Role | undefined {
  const own = principal.admin ? 'admin' : principal.roles.get(team);
  if (own === undefined || principal.limit === undefined) return own;
  if (principal.limit.team !== undefined && principal.limit.team !== team) return undefined;
  return lower(own, principal.limit.role);
}

export function isServerAdmin({ admin, limit }: Principal): boolean {
  return admin && (limit === undefined || (limit.team === undefined && limit.role === 'admin'));
}

/** What a pipeline belongs to, as far as it decides who may see it. */
export interface Owned {
  readonly team: string;
  /** Everybody may look at it. */
  readonly public?: boolean;
}

function roleAt(principal: Principal, { team, public: isPublic }: Owned): Role | undefined {
  return roleIn(principal, team) ?? (isPublic === true ? 'public' : undefined);
}

/** Whether something is shown in a list by a route that needs `needs`. */
export function mayAt(asker: Asker, owned: Owned): boolean {
  return rankOf(roleAt(asker, owned)) >= rankOf(asker.needs);
}

export const seesTeam = (asker: Asker, team: string): boolean => mayAt(asker, { team });

/**
 * `hidden`: the answer is that it is not there. Throws `auth.forbidden`, naming what is missing, for what one sees and may not do; `auth.required` when
 * signing in could help.
 */
export function checkAt(asker: Asker, owned: Owned): 'allowed' | 'hidden' {
  const role = roleAt(asker, owned);
  if (rankOf(role) >= rankOf(asker.needs)) return 'allowed';
  if (asker.kind === 'anonymous') throw signInFirst();
  if (role === undefined) return 'hidden';
  const has = asker.limit === undefined ? role : `${role} with this token`;
  throw new CodedError(
    'auth.forbidden',
    `this needs the role ${asker.needs} in team ${owned.team}, and ${asker.name} has ${has}`,
    {
      hint: `an administrator of the team can give it: pikoci teams grant ${owned.team} ${asker.name} ${asker.needs}`,
    },
  );
}

export function signInFirst(): CodedError {
  return new CodedError('auth.required', 'this needs a session or a token', {
    hint: 'sign in, open the one-time link that the server printed when it started, or send a bearer token',
  });
}

/** Throws `auth.forbidden` or `auth.required`. */
export function requireServerAdmin(principal: Principal): void {
  if (isServerAdmin(principal)) return;
  if (principal.kind === 'anonymous') throw signInFirst();
  throw new CodedError('auth.forbidden', `this is for administrators of the server, and ${principal.name} is none`, {
    hint: principal.admin ? 'the token is limited: use one that is not' : 'ask one of them',
  });
}

/** Whether both may do the same: what was opened by one goes on for the other. */
export function haveSameRights(one: Principal, other: Principal): boolean {
  const rights = ({ kind, userId, token, admin, roles, limit, session }: Principal): string =>
    JSON.stringify([kind, userId, token, admin, [...roles], limit, session?.id]);
  return rights(one) === rights(other);
}

/** Greatest role they have anywhere: what a page may offer at all. */
export function greatestRole(principal: Principal): Role {
  if (principal.admin) return principal.limit?.role ?? 'admin';
  const roles = [...principal.roles.keys()].map((team) => roleIn(principal, team));
  return roles.reduce<Role>((most, role) => (rankOf(role) > rankOf(most) ? (role as Role) : most), 'public');
}
