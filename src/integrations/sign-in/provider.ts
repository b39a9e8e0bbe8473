/** Signing in somewhere else, as a port: one for forges and identity providers of every kind. */
import type { GuardedFetch } from '../../lib/system/guarded-fetch.ts';
import type { ProviderSecrets, ProviderSettings, RepositoryAccess } from '../../protocol/sign-in.ts';

/** What belongs to one attempt to sign in; nothing of it is ever used for another. */
export interface Attempt {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE. */
  readonly verifier: string;
  readonly access: RepositoryAccess;
}

/** Good for what its user allowed. */
export interface Grant {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly expiresInMs: number | undefined;
  readonly scopes: readonly string[];
}

/** Somebody, as the provider knows them. */
export interface Account {
  /** For ever, unlike the login. */
  readonly subject: string;
  readonly login: string;
  readonly displayName: string | undefined;
  /** Addresses that the provider has verified, the main one first. */
  readonly emails: readonly string[];
  /** Organisations `acme`, teams `acme/builders`, groups. */
  readonly groups: readonly string[];
  /** Absent where there is nothing to do with it. */
  readonly grant: Grant | undefined;
}

/**
 * Errors of all: `sign_in.unreachable`, `sign_in.wrong_client` (the provider does not take our id or secret), `sign_in.bad_code` (of this attempt alone), `sign_in.bad_answer`
 * (what came is not what a provider may answer).
 */
export interface SignInProvider {
  /** Where the browser is sent. */
  start(attempt: Attempt): Promise<URL>;
  /** `answer`: the query of the address that the browser came back to, whose state was compared before. */
  finish(answer: URLSearchParams, attempt: Attempt): Promise<Account>;
  /** Undefined: the grant was taken back. */
  refresh(refreshToken: string): Promise<Grant | undefined>;
  /** Looks whether id and secret are right, without anybody signing in. */
  check(redirectUri: string): Promise<string>;
}

export interface ProviderParts {
  readonly settings: ProviderSettings;
  readonly secrets: ProviderSecrets;
  readonly fetch: GuardedFetch;
  readonly now: () => number;
}
