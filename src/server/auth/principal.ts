import { CodedError } from '../../lib/coded-error.ts';

/** What somebody may do in a team, least first. */
export const ROLES = ['public', 'read', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  /** The only team the role counts in; absent: all of them. */
  readonly team?: string | undefined;
  /** Of a browser's session: what a request that changes something must bring along. */
  readonly csrf?: string | undefined;
  /** Of a browser's session: its id, so that it can be ended. */
  readonly session?: string | undefined;
}

export function hasRole(principal: Principal, needed: Role): boolean {
  return ROLES.indexOf(principal.role) >= ROLES.indexOf(needed);
}

/** Whether things of this team are to be seen at all. */
export function seesTeam(principal: Principal, team: string): boolean {
  return principal.team === undefined || principal.team === team;
}

/** Throws `auth.forbidden`, naming what is missing. */
export function requireRole(principal: Principal, needed: Role): void {
  if (hasRole(principal, needed)) return;
  throw new CodedError('auth.forbidden', `this needs the role ${needed}, and ${principal.name} has ${principal.role}`, {
    hint: 'ask an administrator of the team',
  });
}
