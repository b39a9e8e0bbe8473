/** Any OpenID Connect provider, found by its issuer. The protocol is oauth4webapi's (decision 94); what is said of its refusals is ours. */
import type * as oauth from 'oauth4webapi';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { GuardedFetch } from '../../lib/system/guarded-fetch.ts';
import type { ProviderSettings } from '../../protocol/sign-in.ts';
import { baseUrlOf } from './addresses.ts';
import { checkClient } from './code-exchange.ts';
import type { Account, Attempt, ProviderParts, SignInProvider } from './provider.ts';
import { badAnswer, unreachable, wrongClient } from './trouble.ts';

type Library = typeof oauth;

/** What a provider says of itself changes rarely. */
const DISCOVERED_FOR_MS = 3_600_000;
/** How far the clocks of provider and server may be apart. */
const TOLERANCE_S = 60;
const WRONG_CLIENT: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client']);

export function createOidc({ settings, secrets, fetch, now }: ProviderParts): SignInProvider {
  const issuer = baseUrlOf(settings) ?? '';
  const label = settings.label ?? new URL(issuer).host;
  let discovered: { readonly server: oauth.AuthorizationServer; readonly at: number } | undefined;

  async function discover(library: Library): Promise<oauth.AuthorizationServer> {
    if (discovered !== undefined && now() - discovered.at < DISCOVERED_FOR_MS) return discovered.server;
    const url = new URL(issuer);
    const response = await library.discoveryRequest(url, optionsOf(library, fetch, issuer)).catch((error: unknown) => {
      throw unreachable(label, error);
    });
    if (response.status !== 200) {
      throw unreachable(label, `${issuer}/.well-known/openid-configuration answered ${response.status}`);
    }
    const server = await library.processDiscoveryResponse(url, response).catch((error: unknown) => {
      throw badAnswer(label, `what it says of itself is not that of ${issuer} (${errorText(error)})`, error);
    });
    discovered = { server, at: now() };
    return server;
  }

  const clientOf = (library: Library): oauth.Client => ({
    client_id: settings.clientId,
    [library.clockTolerance]: TOLERANCE_S,
  });

  return {
    async start(attempt) {
      const library = await import('oauth4webapi');
      const server = await discover(library);
      if (server.authorization_endpoint === undefined) throw badAnswer(label, 'it has no authorization_endpoint');
      const url = new URL(server.authorization_endpoint);
      const challenge = await library.calculatePKCECodeChallenge(attempt.verifier);
      for (const [name, value] of Object.entries({
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: attempt.redirectUri,
        scope: ['openid', 'profile', 'email', ...(settings.scopes ?? [])].join(' '),
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      })) {
        url.searchParams.set(name, value);
      }
      return url;
    },

    async finish(answer, attempt) {
      const library = await import('oauth4webapi');
      const server = await discover(library);
      try {
        return await trade(library, server, answer, attempt);
      } catch (error) {
        throw coded(library, error);
      }
    },

    // Nothing is done with its tokens later.
    refresh: async () => undefined,

    async check(redirectUri) {
      const library = await import('oauth4webapi');
      const server = await discover(library);
      if (server.token_endpoint === undefined) throw badAnswer(label, 'it has no token_endpoint');
      const client = { label, authorizeUrl: '', tokenUrl: server.token_endpoint, fetch };
      const { clientId } = settings;
      return checkClient({ ...client, clientId, clientSecret: secrets.clientSecret }, redirectUri);
    },
  };

  async function trade(
    library: Library,
    server: oauth.AuthorizationServer,
    answer: URLSearchParams,
    attempt: Attempt,
  ): Promise<Account> {
    const client = clientOf(library);
    const options = optionsOf(library, fetch, issuer);
    const checked = library.validateAuthResponse(server, client, answer, attempt.state);
    const response = await library.authorizationCodeGrantRequest(
      server,
      client,
      clientAuthentication(library, server, secrets.clientSecret),
      checked,
      attempt.redirectUri,
      attempt.verifier,
      options,
    );
    const result = await library.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: attempt.nonce,
      requireIdToken: true,
    });
    // By the channel alone it would be believed; a proxy that opens TLS is not to be a way in.
    await library.validateApplicationLevelSignature(server, response, options);
    const claims = library.getValidatedIdTokenClaims(result);
    if (claims === undefined) throw badAnswer(label, 'it sent no id_token');
    if (server.userinfo_endpoint === undefined) return accountOf(settings, claims.sub, claims);
    const asked = await library.userInfoRequest(server, client, result.access_token, options);
    const info = await library.processUserInfoResponse(server, client, claims.sub, asked);
    return accountOf(settings, claims.sub, { ...claims, ...info });
  }

  function coded(library: Library, error: unknown): CodedError {
    if (error instanceof CodedError) return error.code.startsWith('fetch.') ? unreachable(label, error) : error;
    if (error instanceof library.ResponseBodyError) {
      const said = [error.error, error.error_description].filter((part) => part !== undefined).join(': ');
      if (WRONG_CLIENT.has(error.error)) return wrongClient(label, said);
      return new CodedError('sign_in.bad_code', `${label} does not take the code that it gave (${said})`, {
        hint: 'begin again: a code is good once, and for a few minutes',
        cause: error,
      });
    }
    if (error instanceof library.WWWAuthenticateChallengeError)
      return wrongClient(label, `it answered ${error.status}`);
    if (error instanceof library.OperationProcessingError || error instanceof library.UnsupportedOperationError) {
      return badAnswer(label, explained(library, error), error);
    }
    return badAnswer(label, errorText(error), error);
  }
}

/** The library's own words, but where the cause is more often ours than theirs. */
function explained(library: Library, error: Error & { readonly code?: string; readonly cause?: unknown }): string {
  if (error.code === library.JWT_TIMESTAMP_CHECK) {
    return `${error.message}; the clocks of it and of this server are more than ${TOLERANCE_S} s apart, or its answer is old`;
  }
  return error.message;
}

function optionsOf(library: Library, fetch: GuardedFetch, issuer: string) {
  return {
    [library.allowInsecureRequests]: issuer.startsWith('http://'),
    [library.customFetch]: (url: string, init: { method: string; headers: Record<string, string>; body?: unknown }) =>
      fetch(url, {
        method: init.method,
        headers: init.headers,
        body: init.body === undefined || init.body === null ? undefined : String(init.body),
      }),
  };
}

/** As the provider can; by default as the standard says. */
function clientAuthentication(library: Library, server: oauth.AuthorizationServer, secret: string | undefined) {
  if (secret === undefined) return library.None();
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return methods.includes('client_secret_basic') ? library.ClientSecretBasic(secret) : library.ClientSecretPost(secret);
}

function accountOf(settings: ProviderSettings, subject: string, claims: Readonly<Record<string, unknown>>): Account {
  const text = (name: string): string | undefined => {
    const value = claims[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const email = text('email');
  const groups = claims[settings.groupsClaim ?? 'groups'];
  return {
    subject,
    login: text(settings.loginClaim ?? 'preferred_username') ?? email?.replace(/@.*/, '') ?? subject,
    displayName: text('name'),
    emails: email !== undefined && claims.email_verified === true ? [email] : [],
    groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
    grant: undefined,
  };
}
