/** The tables of repositories and of what their webhooks bring. */
import type { Instant } from '../../lib/clock.ts';
import type { DeliveryId, RepositoryId, TeamId, UserId } from '../../lib/ids.ts';
import type { DeliveryStatus } from '../../protocol/repositories.ts';
import type { Flag } from './flag.ts';

export interface RepositoryTable {
  id: RepositoryId;
  provider: string;
  forge_id: string;
  full_name: string;
  private: Flag;
  default_branch: string;
  clone_url: string;
  web_url: string;
  team_id: TeamId;
  pipeline: string;
  activated_by: UserId | null;
  activated_at: Instant;
  hook_id: string | null;
  sealed_secret: string;
  active: Flag;
  options_json: string;
  synced_at: Instant | null;
  trouble: string | null;
}

export interface DeliveryTable {
  id: DeliveryId;
  repository_id: RepositoryId;
  delivery_id: string;
  digest: string | null;
  event: string;
  received_at: Instant;
  status: DeliveryStatus;
  tries: number;
  next_at: Instant;
  ended_at: Instant | null;
  outcome_json: string | null;
  problem_json: string | null;
  replay_of: DeliveryId | null;
  replayed_by: string | null;
}
