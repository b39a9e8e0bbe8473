/** The tables of people: who they are, how they prove it, and what they did. */
import type { Instant } from '../../lib/clock.ts';
import type { ApiTokenId, SessionId, TeamId, UserId } from '../../lib/ids.ts';
import type { Role } from '../identity-store.ts';
import type { Flag } from './flag.ts';

export interface UserTable {
  id: UserId;
  name: string;
  display_name: string | null;
  email: string | null;
  admin: Flag;
  /** As argon2id writes it. */
  password_hash: string | null;
  disabled_at: Instant | null;
  created_at: Instant;
  last_seen_at: Instant | null;
}

export interface SessionTable {
  /** SHA-256 of the cookie's value. */
  hash: string;
  id: SessionId;
  user_id: UserId;
  csrf: string;
  created_at: Instant;
  last_seen_at: Instant;
  expires_at: Instant;
  address: string;
  agent: string;
}

export interface ApiTokenTable {
  id: ApiTokenId;
  hash: string;
  name: string;
  user_id: UserId;
  team_id: TeamId | null;
  role: Role;
  created_at: Instant;
  expires_at: Instant | null;
  last_used_at: Instant | null;
}

export interface AuditTable {
  id: string;
  at: Instant;
  actor: string;
  address: string | null;
  action: string;
  team: string | null;
  target: string | null;
  detail_json: string;
}

/** Another place where users sign in. */
export interface ProviderTable {
  name: string;
  issuer: string;
  settings_json: string;
  sealed: string;
  set_by: string;
  set_at: Instant;
}

export interface ForgeGrantTable {
  user_id: UserId;
  provider: string;
  sealed: string;
  /** With blanks between them. */
  scopes: string;
  expires_at: Instant | null;
  granted_at: Instant;
}
