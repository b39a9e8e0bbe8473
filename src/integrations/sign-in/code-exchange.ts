/** OAuth 2.0 as forges speak it: the way to the page where one agrees, and the trade of a code for a token. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { GuardedFetch } from '../../lib/system/guarded-fetch.ts';
import type { Attempt, Grant } from './provider.ts';
import { badAnswer, unreachable, wrongClient } from './trouble.ts';

export interface OAuthClient {
  /** For messages: `GitHub`. */
  readonly label: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly fetch: GuardedFetch;
}

const answer = z.union([
  z.object({
    access_token: z.string().min(1),
    token_type: z.string().regex(/^bearer$/i),
    refresh_token: z.string().min(1).optional(),
    expires_in: z.coerce.number().positive().optional(),
    scope: z.string().optional(),
  }),
  z.object({ error: z.string(), error_description: z.string().optional() }),
]);

/** A code that no forge ever gave: the answer to it tells whether id and secret are right. */
const NO_CODE = 'pikoci-looks-whether-id-and-secret-are-right';
const OF_CLIENT: ReadonlySet<string> = new Set([
  'incorrect_client_credentials',
  'invalid_client',
  'unauthorized_client',
]);
const OF_CODE: ReadonlySet<string> = new Set(['bad_verification_code', 'invalid_grant', 'bad_refresh_token']);

export function authorizeAddress(client: OAuthClient, attempt: Attempt, scopes: readonly string[]): URL {
  const url = new URL(client.authorizeUrl);
  const challenge = createHash('sha256').update(attempt.verifier).digest('base64url');
  for (const [name, value] of Object.entries({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: attempt.redirectUri,
    scope: scopes.join(' '),
    state: attempt.state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })) {
    url.searchParams.set(name, value);
  }
  return url;
}

export async function tradeCode(
  client: OAuthClient,
  code: string,
  { redirectUri, verifier }: Pick<Attempt, 'redirectUri' | 'verifier'>,
): Promise<Grant> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  const given = await ask(client, form);
  if (!('error' in given)) return grantOf(given);
  throw refusal(client, given, redirectUri);
}

export async function tradeRefreshToken(client: OAuthClient, refreshToken: string): Promise<Grant | undefined> {
  const given = await ask(client, { grant_type: 'refresh_token', refresh_token: refreshToken });
  if (!('error' in given)) return grantOf(given);
  if (OF_CODE.has(given.error)) return undefined;
  throw refusal(client, given);
}

/** Asks with a code that cannot be right. */
export async function checkClient(client: OAuthClient, redirectUri: string): Promise<string> {
  const form = { grant_type: 'authorization_code', code: NO_CODE, redirect_uri: redirectUri, code_verifier: NO_CODE };
  const given = await ask(client, form);
  if (!('error' in given)) throw badAnswer(client.label, 'it gave a token for a code that it never gave');
  if (!OF_CODE.has(given.error)) throw refusal(client, given, redirectUri);
  return `${client.label} answers, and takes the client id and secret`;
}

async function ask(client: OAuthClient, form: Readonly<Record<string, string>>): Promise<z.infer<typeof answer>> {
  const body = new URLSearchParams({
    ...form,
    client_id: client.clientId,
    ...(client.clientSecret !== undefined && { client_secret: client.clientSecret }),
  });
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const response = await client
    .fetch(client.tokenUrl, { method: 'POST', headers, body: body.toString() })
    .catch((error: unknown) => {
      throw unreachable(client.label, error);
    });
  const parsed = answer.safeParse(await response.json().catch(() => undefined));
  if (parsed.success && ('error' in parsed.data || response.ok)) return parsed.data;
  // Some say no more than that.
  if (response.status === 401) return { error: 'invalid_client' };
  throw badAnswer(client.label, `${client.tokenUrl} answered ${response.status} with what is no token`);
}

function refusal(
  client: OAuthClient,
  { error, error_description: description }: { error: string; error_description?: string | undefined },
  redirectUri = '',
): CodedError {
  const said = `${error}${description === undefined ? '' : `: ${description.slice(0, 300)}`}`;
  if (OF_CLIENT.has(error)) return wrongClient(client.label, said);
  if (OF_CODE.has(error)) {
    return new CodedError('sign_in.bad_code', `${client.label} does not take the code that it gave (${said})`, {
      hint: 'begin again: a code is good once, and for a few minutes',
    });
  }
  if (error === 'redirect_uri_mismatch') {
    return new CodedError(
      'sign_in.wrong_client',
      `${client.label} does not know the address to come back to (${said})`,
      {
        hint: `enter ${redirectUri} as the callback address of the application at ${client.label}`,
      },
    );
  }
  return badAnswer(client.label, said);
}

function grantOf(given: Extract<z.infer<typeof answer>, { access_token: string }>): Grant {
  return {
    accessToken: given.access_token,
    refreshToken: given.refresh_token,
    expiresInMs: given.expires_in === undefined ? undefined : given.expires_in * 1_000,
    scopes: (given.scope ?? '').split(/[,\s]+/).filter((scope) => scope !== ''),
  };
}
