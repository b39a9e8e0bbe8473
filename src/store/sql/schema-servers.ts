/** The tables of servers and workers. */
import type { Instant } from '../../lib/clock.ts';
import type { TeamId, WorkerId } from '../../lib/ids.ts';
import type { WorkerStatus } from '../../protocol/status.ts';
import type { Flag } from './flag.ts';

export interface ServerTable {
  id: string;
  place: string;
  name: string;
  version: string;
  address: string;
  queue: string;
  exclusive: string | null;
  keys_digest: string;
  started_at: Instant;
  last_seen_at: Instant;
  lease_until: Instant;
}

export interface WorkerTable {
  id: WorkerId;
  name: string;
  version: string;
  team_id: TeamId | null;
  tags_json: string;
  slots: number;
  status: WorkerStatus;
  last_seen_at: Instant;
  first_seen_at: Instant;
  /** Absent in rows of before they were told. */
  kinds_json: string | null;
  exclusive: Flag | null;
  process_key: string | null;
  /** Of its connection; null while it has none. */
  session: string | null;
  token_id: string | null;
  via: string | null;
  address: string | null;
  /** When its status became what it is. */
  since: Instant | null;
  drained_by: string | null;
  drained_at: Instant | null;
  drained_note: string | null;
  drain_leaves: Flag | null;
}

/** A token that a worker has shown, or that was revoked before one did. */
export interface WorkerTokenTable {
  id: string;
  team: string | null;
  tags_json: string | null;
  expires_at: Instant | null;
  first_seen_at: Instant | null;
  last_seen_at: Instant | null;
  revoked_by: string | null;
  revoked_at: Instant | null;
}

export interface PoisonMessageTable {
  id: string;
  at: Instant;
  worker_id: WorkerId;
  worker: string;
  problem: string;
  size: number;
  bytes: Uint8Array;
}
