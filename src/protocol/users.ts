/** Users, tokens, teams and the audit log, as they cross the wire. */
import { z } from 'zod';
import { role } from './api.ts';

const instant = z.int();

/** Names of users and teams: what needs no escaping in an address or a command line. */
export const accountName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?$/, 'letters, digits and . _ @ - between them, 64 at most');
const shownName = z.string().max(200);
const email = z.union([z.literal(''), z.email().max(200)]);
/** How long it may be is the server's business; this only bounds the request. */
const password = z.string().min(1).max(1_000);

export const membershipView = z.object({ team: z.string(), role });

export const userView = z.object({
  name: z.string(),
  displayName: z.string().optional(),
  email: z.string().optional(),
  admin: z.boolean(),
  hasPassword: z.boolean(),
  disabledAt: instant.optional(),
  createdAt: instant,
  lastSeenAt: instant.optional(),
});
export type UserView = z.infer<typeof userView>;

export const userDetail = userView.extend({
  teams: z.array(membershipView),
  /** Accounts elsewhere that sign them in. */
  identities: z.array(z.object({ provider: z.string(), login: z.string(), linkedAt: instant })),
});
export type UserDetail = z.infer<typeof userDetail>;

export const createUserRequest = z.object({
  name: accountName,
  displayName: shownName.optional(),
  email: email.optional(),
  admin: z.boolean().optional(),
  password: password.optional(),
});
export const changeUserRequest = z.object({
  displayName: shownName.optional(),
  email: email.optional(),
  admin: z.boolean().optional(),
  disabled: z.boolean().optional(),
});
export const userPasswordRequest = z.object({ password });
export const ownPasswordRequest = z.object({
  /** Where there is one already. */
  current: password.optional(),
  password,
});
/** An address that signs them in, once, within a day. */
export const signInLink = z.object({ url: z.string(), expiresAt: instant });

export const memberView = z.object({ name: z.string(), displayName: z.string().optional(), role });
export const setMemberRequest = z.object({ role: role.exclude(['public']) });
export const createTeamRequest = z.object({ name: accountName });

export const sessionEntry = z.object({
  id: z.string(),
  /** The one that asks. */
  current: z.boolean(),
  address: z.string(),
  agent: z.string(),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
});

export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string(),
  /** The only team it is good for. */
  team: z.string().optional(),
  role,
  createdAt: instant,
  expiresAt: instant.optional(),
  lastUsedAt: instant.optional(),
});
export type TokenView = z.infer<typeof tokenView>;
export const tokenPage = z.object({ items: z.array(tokenView), next: z.string().optional() });

export const createTokenRequest = z.object({
  name: z.string().min(1).max(100),
  team: z.string().optional(),
  /** No more than this, and never more than its user. */
  role: role.exclude(['public']).optional(),
  /** Seconds; absent: it does not expire. */
  expiresIn: z
    .int()
    .min(60)
    .max(10 * 365 * 86_400)
    .optional(),
});
/** `token` is told here, once. */
export const createdToken = tokenView.extend({ token: z.string() });

export const auditEntry = z.object({
  id: z.string(),
  at: instant,
  actor: z.string(),
  address: z.string().optional(),
  action: z.string(),
  team: z.string().optional(),
  target: z.string().optional(),
  detail: z.record(z.string(), z.string()),
});
export type AuditEntry = z.infer<typeof auditEntry>;
export const auditPage = z.object({ items: z.array(auditEntry), next: z.string().optional() });
