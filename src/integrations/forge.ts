/**
 * A forge, as a port: where repositories are, and where webhooks come from. Adapters are in the folders beside this file; `openForge` (open-forge.ts) chooses.
 *
 * What is asked of a forge is asked by somebody's token. Errors are CodedErrors: `forge.unreachable`, `forge.failed` and `forge.rate_limited` may pass by
 * themselves; `forge.signed_out` (the token is good no more), `forge.no_right`, `forge.missing_scope`, `forge.not_found`, `forge.refused` and
 * `forge.bad_answer` do not.
 */
import type { ForgeEvent, ForgeRepository } from './forge-event.ts';

export type ForgeKind = 'github' | 'gitlab' | 'gitea';

/** A forge, as it is in the settings. */
export interface ForgeAddress {
  /** Its name in the settings. */
  readonly name: string;
  readonly kind: ForgeKind;
  /** Its pages: `https://github.com`. */
  readonly baseUrl: string;
  /** Its API: `https://api.github.com`. */
  readonly apiUrl: string;
}

/** A repository, as its forge tells it to somebody. */
export interface AdministeredRepository extends ForgeRepository {
  /** Whether they may set up webhooks of it. */
  readonly admin: boolean;
  readonly archived: boolean;
  readonly description: string | undefined;
  /** When something was last pushed, or another change was made; ISO 8601. */
  readonly changedAt: string | undefined;
}

export interface WantedHook {
  /** Where it sends to. */
  readonly url: string;
  readonly secret: string;
}

export interface Forge {
  readonly kind: ForgeKind;
  /** Repositories that the owner of the token has to do with, private ones too, page by page; `page` counts from 1. */
  listRepositories(
    token: string,
    page: number,
    signal?: AbortSignal,
  ): Promise<{ readonly items: readonly AdministeredRepository[]; readonly more: boolean }>;
  /** By the forge's id or its full name. `undefined`: there is none that they may see. */
  getRepository(token: string, idOrName: string): Promise<AdministeredRepository | undefined>;
  /**
   * Sets up the webhook: changes the one with this id, or the one that sends to the same address, or makes one. Gives its id. `fullName` is
   * what the repository is called now.
   */
  ensureHook(token: string, fullName: string, hook: WantedHook, id: string | undefined): Promise<string>;
  /** Whether the webhook is there and does what was set up. */
  readHook(token: string, fullName: string, id: string, url: string): Promise<'right' | 'changed' | 'gone'>;
  /** One that is gone is no error. */
  removeHook(token: string, fullName: string, id: string): Promise<void>;

  /**
   * Whether a request was sent by the forge: a signature over the raw bytes, or a token, in constant time. Nothing is parsed. `signed`: it proves
   * the bytes, too.
   */
  verify(headers: Headers, body: Uint8Array, secret: string): VerifiedWebhook | undefined;
  /** What a verified webhook tells. Throws `forge.bad_event` for what is no webhook of this forge. */
  readEvent(event: string, body: Uint8Array): ForgeEvent;
}

export interface VerifiedWebhook {
  /** What the forge calls it, one and the same when it sends it again; absent: the forge does not say. */
  readonly delivery: string | undefined;
  /** The forge's word for what happened. */
  readonly event: string;
  readonly signed: boolean;
}

/** Who somebody is on a forge, for pikoci. */
export interface ForgeGrants {
  /** Undefined: they have not signed in there. The token is good now. */
  forUser(
    userId: string,
    provider: string,
  ): Promise<{ readonly token: string; readonly scopes: readonly string[] } | undefined>;
  /** Of an app that is installed where the repository (`owner/name`) is, good there alone; `undefined`: there is none. To `clone` it only reads what is in it. */
  forRepository?(
    provider: string,
    fullName: string,
    use: 'api' | 'clone',
  ): Promise<{ readonly token: string } | undefined>;
  providers(): readonly ForgeAddress[];
}
