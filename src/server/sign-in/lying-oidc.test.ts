/** What an identity provider, or whoever stands between, may say without being believed. */

import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { generateKeyPair } from 'jose';
import { type Lies, SECRET, signed, startLyingOidc } from './lying-oidc.fixture.ts';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (): number => Math.floor(Date.now() / 1_000);

test('what is as it should be is believed, PKCE included', async () => {
  await using all = await startLyingOidc({ userInfo: { sub: 'ada', preferred_username: 'ada', email: 'a@b.test' } });
  expect((await all.signIn()).url.href).toBe('http://ci.test/');
  expect((await all.browser.session()).name).toBe('ada');
  expect(all.forms[0]?.get('code_verifier')?.length).toBeGreaterThan(42);
});

test('clocks may be apart by less than a minute', async () => {
  await using all = await startLyingOidc({
    idToken: (asked) => signed(asked, { iat: seconds() + 40, nbf: seconds() + 40, exp: seconds() + 300 }),
  });
  expect((await all.signIn()).url.href).toBe('http://ci.test/');
});

const lies: readonly (readonly [what: string, lies: Lies, said: RegExp])[] = [
  ['metadata of another issuer', { metadata: { issuer: 'http://127.0.0.1:1' } }, /not that of/],
  ['an id_token of another issuer', { idToken: (asked) => signed(asked, { iss: 'https://evil.test' }) }, /iss/],
  ['an id_token for another client', { idToken: (asked) => signed(asked, { aud: 'somebody else' }) }, /aud/],
  ['another nonce', { idToken: (asked) => signed(asked, { nonce: 'x' }) }, /nonce/],
  ['no nonce', { idToken: (asked) => signed({ ...asked, nonce: '' }, { nonce: undefined }) }, /nonce/],
  [
    'an id_token that expired',
    { idToken: (asked) => signed(asked, { iat: seconds() - 900, exp: seconds() - 300 }) },
    /clocks/,
  ],
  ['an id_token that is good in an hour', { idToken: (asked) => signed(asked, { nbf: seconds() + 3_600 }) }, /clocks/],
  ['an id_token without an end', { idToken: (asked) => signed(asked, { exp: undefined }) }, /exp/],
  [
    'an id_token signed by another key',
    { idToken: async (asked) => signed({ ...asked, key: (await generateKeyPair('RS256')).privateKey }) },
    /signature/,
  ],
  [
    'an id_token signed by a key that its JWKS does not have',
    { idToken: (asked) => signed(asked, {}, { alg: 'RS256', kid: 'other' }) },
    /JWKS|key/i,
  ],
  [
    'an id_token without a signature',
    {
      idToken: async ({ issuer, nonce }) =>
        `${part({ alg: 'none' })}.${part({ iss: issuer, aud: 'pikoci', sub: 'ada', iat: seconds(), exp: seconds() + 300, nonce })}.`,
    },
    /alg/,
  ],
  [
    'an id_token signed with our own secret',
    { idToken: (asked) => signed({ ...asked, key: new TextEncoder().encode(SECRET) }, {}, { alg: 'HS256' }) },
    /alg/,
  ],
  [
    'an id_token by an algorithm of the provider that needs no secret of it',
    {
      metadata: { id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'] },
      idToken: (asked) => signed({ ...asked, key: new TextEncoder().encode(SECRET) }, {}, { alg: 'HS256' }),
    },
    /alg|signature/,
  ],
  ['no id_token', { token: () => Response.json({ access_token: 'at', token_type: 'Bearer' }) }, /id_token/],
  ['the answer of another issuer', { answer: { iss: 'https://evil.test' } }, /iss/],
  ['an account that is another one', { userInfo: { sub: 'mallory' } }, /sub/],
  ['a page instead of a token', { token: () => new Response('<html>') }, /corp/i],
  ['a token endpoint that sends on', { token: () => Response.redirect('http://evil.test/') }, /corp/i],
];

test.each(lies)('%s is not believed', async (_, lie, said) => {
  await using all = await startLyingOidc(lie);
  const page = await all.signIn();
  expect([page.status, page.text]).toEqual([502, expect.stringMatching(said)]);
  expect((await all.browser.session()).signedIn).toBe(false);
  expect(await all.world.store.findUser('ada')).toBeUndefined();
});

test('keys, and all else that it names, may not be addresses of this network that nobody named', async () => {
  await using all = await startLyingOidc({ metadata: { jwks_uri: 'http://127.0.0.1:1/keys' } });
  const page = await all.signIn();
  expect([page.status, page.text]).toEqual([502, expect.stringContaining('no administrator named it')]);
});

test.each([
  ['a code that is good no more', 400, 'invalid_grant', 400, 'begin again'],
  ['a secret that is wrong', 401, 'invalid_client', 502, 'client id or secret'],
])('%s is told as that', async (_, answered, error, status, said) => {
  await using all = await startLyingOidc({ token: () => Response.json({ error }, { status: answered }) });
  const page = await all.signIn();
  expect([page.status, page.text.toLowerCase()]).toEqual([status, expect.stringContaining(said)]);
});

test('the challenge is that of the verifier', async () => {
  await using all = await startLyingOidc({});
  const asked = await all.browser.ask(new Request('http://ci.test/auth/start/corp'));
  const location = new URL(asked.headers.get('location') ?? '');
  await all.browser.get(location);
  const challenge = createHash('sha256')
    .update(all.forms[0]?.get('code_verifier') ?? '')
    .digest('base64url');
  expect(location.searchParams.get('code_challenge')).toBe(challenge);
  expect(location.searchParams.get('code_challenge_method')).toBe('S256');
});
