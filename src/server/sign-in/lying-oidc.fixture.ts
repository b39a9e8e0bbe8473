/** An OpenID Connect provider that answers as a test tells it: with what no provider should. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { startFetchServer } from '../../lib/system/fetch-server.fixture.ts';
import { apiOf } from '../api-calls.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';
import { TestBrowser } from './browser.fixture.ts';

type Key = Parameters<InstanceType<typeof SignJWT>['sign']>[0];

export interface Asked {
  readonly issuer: string;
  readonly nonce: string;
  /** Its own, which its JWKS has. */
  readonly key: Key;
}

export interface Lies {
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Of the address that the browser comes back to. */
  readonly answer?: Readonly<Record<string, string>>;
  readonly idToken?: (asked: Asked) => Promise<string>;
  readonly token?: (form: URLSearchParams) => Response | undefined;
  readonly userInfo?: Readonly<Record<string, unknown>>;
}

export const SECRET = 'a secret that is as long as a key has to be';

/** An id_token as it should be, with what is different. */
export function signed(
  { issuer, nonce, key }: Asked,
  claims: Readonly<Record<string, unknown>> = {},
  header: { readonly alg: string; readonly kid?: string } = { alg: 'RS256', kid: 'own' },
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const all = { iss: issuer, aud: 'pikoci', sub: 'ada', iat: now, exp: now + 300, nonce, ...claims };
  return new SignJWT(all).setProtectedHeader(header).sign(key);
}

export async function startLyingOidc(lies: Lies) {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'own', alg: 'RS256', use: 'sig' };
  let nonce = '';
  const forms: URLSearchParams[] = [];
  const listening = startFetchServer(async (request) => {
    const url = new URL(request.url);
    const issuer = url.origin;
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return Response.json({
          ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
          ...{ jwks_uri: `${issuer}/keys`, response_types_supported: ['code'], subject_types_supported: ['public'] },
          ...{ id_token_signing_alg_values_supported: ['RS256'] },
          ...(lies.userInfo !== undefined && { userinfo_endpoint: `${issuer}/userinfo` }),
          ...lies.metadata,
        });
      case '/keys':
        return Response.json({ keys: [jwk] });
      case '/authorize': {
        nonce = url.searchParams.get('nonce') ?? '';
        const back = new URL(url.searchParams.get('redirect_uri') ?? '');
        const answer = { code: 'a code', state: url.searchParams.get('state') ?? '', ...lies.answer };
        for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value);
        return Response.redirect(back.href);
      }
      case '/token': {
        const form = new URLSearchParams(await request.text());
        forms.push(form);
        const other = lies.token?.(form);
        if (other !== undefined) return other;
        const asked = { issuer, nonce, key: privateKey };
        const id_token = await (lies.idToken ?? ((one: Asked) => signed(one)))(asked);
        return Response.json({ access_token: 'at', token_type: 'Bearer', expires_in: 300, id_token });
      }
      case '/userinfo':
        return Response.json(lies.userInfo);
      default:
        return new Response('', { status: 404 });
    }
  });
  const world = await startTestServer({}, { providerTimeoutMs: 2_000 });
  await apiOf(world).call(
    'setProvider',
    { provider: 'corp' },
    {
      body: {
        kind: 'oidc',
        label: 'Corp',
        url: listening.origin,
        clientId: 'pikoci',
        clientSecret: SECRET,
      },
    },
  );
  const browser = new TestBrowser(world);
  return {
    world,
    browser,
    /** What was sent to its token endpoint. */
    forms,
    signIn: () => browser.get('http://ci.test/auth/start/corp'),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await listening.stop();
    },
  };
}
