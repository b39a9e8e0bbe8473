import type { z } from 'zod';
import type * as users from '../../protocol/users.ts';
import type { AuditEntry, TokenView, UserDetail, UserView } from '../../protocol/users.ts';
import type { ApiTokenRecord, AuditRecord, KnownUser, MemberRecord, UserRecord } from '../../store/identity-store.ts';
import type { Store } from '../../store/store.ts';

export function userView(user: UserRecord): UserView {
  const { name, displayName, email, admin, hasPassword, disabledAt, createdAt, lastSeenAt } = user;
  return {
    name,
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { email }),
    admin,
    hasPassword,
    ...(disabledAt !== undefined && { disabledAt }),
    createdAt,
    ...(lastSeenAt !== undefined && { lastSeenAt }),
  };
}

export async function userDetail(store: Store, { user, memberships }: KnownUser): Promise<UserDetail> {
  const identities = await store.listIdentities(user.id);
  return {
    ...userView(user),
    teams: memberships.map(({ team, role }) => ({ team, role })),
    identities: identities.map(({ provider, login, linkedAt }) => ({ provider, login, linkedAt })),
  };
}

export function memberView({ user, role }: MemberRecord): z.infer<typeof users.memberView> {
  const { name, displayName } = user;
  return { name, ...(displayName !== undefined && { displayName }), role };
}

export function tokenView(token: ApiTokenRecord & { readonly user: string }): TokenView {
  const { id, name, user, team, role, createdAt, expiresAt, lastUsedAt } = token;
  return {
    id,
    name,
    user,
    ...(team !== undefined && { team }),
    role,
    createdAt,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(lastUsedAt !== undefined && { lastUsedAt }),
  };
}

export function auditView({ id, at, actor, address, action, team, target, detail }: AuditRecord): AuditEntry {
  return {
    id,
    at,
    actor,
    ...(address !== undefined && { address }),
    action,
    ...(team !== undefined && { team }),
    ...(target !== undefined && { target }),
    detail,
  };
}
