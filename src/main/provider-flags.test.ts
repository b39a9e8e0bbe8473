import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { readProviderFile } from '../cli/provider-file.ts';
import { declareFlags, readFlags, secretNames } from './flags.ts';
import { providerFlags, providersOfFlags } from './provider-flags.ts';

const dir = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, 'secret'), '  very secret\n');
writeFileSync(join(dir, 'empty'), '\n');

function given(argv: readonly string[], environment: Record<string, string> = {}) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  declareFlags(command, providerFlags);
  command.parse([...argv], { from: 'user' });
  return providersOfFlags(readFlags(providerFlags, { options: command.opts(), environment }), dir);
}

test('flags make one provider of a kind, its secret from a file or the environment', async () => {
  expect(await given([])).toEqual([]);
  const github = ['--github-client-id', 'x', '--github-allow', 'acme', '--github-allow', '@Acme.test'];
  const secrets = { clientSecret: 'very secret' };
  const allow = { groups: ['acme'], domains: ['acme.test'] };
  const made = { name: 'github', settings: { kind: 'github', clientId: 'x', allow }, secrets } as const;
  expect(await given([...github, '--github-client-secret-file', 'secret'])).toEqual([made]);
  expect(await given(github, { PIKOCI_GITHUB_CLIENT_SECRET: 'very secret' })).toEqual([made]);
  const both = await given([], {
    ...{ PIKOCI_GITLAB_CLIENT_ID: 'x', PIKOCI_GITLAB_CLIENT_SECRET: 'y', PIKOCI_GITLAB_URL: 'https://git.test/' },
    ...{ PIKOCI_OIDC_CLIENT_ID: 'x', PIKOCI_OIDC_URL: 'https://id.test' },
  });
  expect(both.map(({ name, settings, secrets: has }) => [name, settings.url, has.clientSecret])).toEqual([
    ['gitlab', 'https://git.test', 'y'],
    ['oidc', 'https://id.test', undefined],
  ]);
});

test('a secret is no argument of a command, and builds do not see its variable', () => {
  expect(() => given(['--github-client-id', 'x', '--github-client-secret', 'very secret'])).toThrow(/unknown option/);
  expect(secretNames(providerFlags)).toContain('PIKOCI_GITHUB_CLIENT_SECRET');
});

test.each([
  [['--github-client-id', 'x'], /client secret of github/],
  [['--github-url', 'https://git.test'], /--github-client-id is missing/],
  [['--github-client-id', 'x', '--github-client-secret-file', 'nowhere'], /nowhere/],
  [['--github-client-id', 'x', '--github-client-secret-file', 'empty'], /empty/],
  [['--oidc-client-id', 'x', '--oidc-url', 'id.test'], /--oidc-url: an address/],
  [['--oidc-client-id', 'x', '--oidc-url', 'https://id.test', '--oidc-allow', '@x'], /--oidc-allow: a domain/],
])('%p is refused', async (argv, message) => {
  await expect(given(argv)).rejects.toThrow(message);
});

const text = (settings: object): string => JSON.stringify({ providers: { x: settings } });
const read = (settings: object, env: Record<string, string> = {}) => {
  writeFileSync(join(dir, 'providers.json'), text(settings));
  return readProviderFile('providers.json', dir, env);
};

test('a file has everything that a provider can have, with secrets beside it', async () => {
  writeFileSync(join(dir, 'key.pem'), 'a key\n');
  const all = await read({
    ...{ kind: 'github', label: 'Git', url: 'https://git.test', api_url: 'https://api.git.test', client_id: 'x' },
    ...{ client_secret_file: 'secret', access: 'public', register: false, link_by_email: true },
    allow: { groups: ['acme'], domains: ['acme.test'] },
    rules: [{ group: 'acme', team: 'main', role: 'read' }],
    app: { id: 7, slug: 'pikoci', private_key_file: 'key.pem' },
  });
  expect(all).toEqual([
    {
      name: 'x',
      settings: {
        ...{ kind: 'github', label: 'Git', url: 'https://git.test', apiUrl: 'https://api.git.test', clientId: 'x' },
        ...{ access: 'public', register: false, linkByEmail: true },
        allow: { groups: ['acme'], domains: ['acme.test'] },
        rules: [{ group: 'acme', team: 'main', role: 'read' }],
        app: { id: '7', slug: 'pikoci' },
      },
      secrets: { clientSecret: 'very secret', appPrivateKey: 'a key' },
    },
  ]);
});

test.each([
  [{ kind: 'github', client_id: 'x', client_secret: 'y' }, /client_secret/],
  [{ kind: 'github' }, /client_id/],
  [{ kind: 'saml', client_id: 'x' }, /kind/],
  [{ kind: 'oidc', client_id: 'x', url: 'https://user:password@id.test' }, /url/],
  [{ kind: 'github', client_id: 'x', client_secret_env: 'NOT_SET' }, /NOT_SET is not set/],
  [{ kind: 'github', client_id: 'x', allow: { groups: [], domains: ['x'] } }, /allow\.domains\.0/],
  [{ kind: 'github', client_id: 'x', rules: [{ group: 'a', team: 'main', role: 'public' }] }, /role/],
])('a mistake in a file is told with its place: %p', async (settings, message) => {
  await expect(read(settings)).rejects.toMatchObject({ message: expect.stringMatching(message) });
});
