/** Signing in with a real OpenID Connect provider on loopback. */
import { expect, test } from 'bun:test';
import { some } from '../../store/contract/world.ts';
import { signInAtOidc, startOidcWorld } from './oidc-world.fixture.ts';

test('somebody signs in, found by the issuer alone, with PKCE and nonce', async () => {
  await using all = await startOidcWorld((login) => ({
    name: `The ${login}`,
    email: `${login}@corp.test`,
    email_verified: true,
  }));
  const browser = all.browser();
  const page = await signInAtOidc(browser, 'ada', '?next=/workers');
  expect(page.url.href).toBe('http://ci.test/workers');
  expect(await browser.session()).toMatchObject({ name: 'ada', teams: [] });
  expect(some(await all.world.store.findUser('ada'))).toMatchObject({ displayName: 'The ada', email: 'ada@corp.test' });
});
