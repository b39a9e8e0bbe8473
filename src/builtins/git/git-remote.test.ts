import { expect, test } from 'bun:test';
import { openRemote } from './git-remote.ts';

const env = { PATH: process.env.PATH, param_url: 'https://forge.test/octo/app.git', param_token: 'secret' };

/** Whether git would send the token there. */
async function sends(settings: Readonly<Record<string, string>>, url: string): Promise<boolean> {
  using remote = openRemote({ ...env, ...settings });
  return (await remote.git(['config', '--get-urlmatch', 'http.extraHeader', url])).stdout.includes('Authorization');
}

test('a token is for the server of the repository, submodules there included', async () => {
  expect(await sends({}, 'https://forge.test/octo/app.git/info/refs')).toBe(true);
  expect(await sends({}, 'https://forge.test/octo/lib.git/info/refs')).toBe(true);
  expect(await sends({}, 'https://elsewhere.test/octo/app.git/info/refs')).toBe(false);
});

test('token_scope = "repository": for this one alone', async () => {
  const scope = { param_token_scope: 'repository' };
  expect(await sends(scope, 'https://forge.test/octo/app.git/info/refs')).toBe(true);
  for (const other of ['octo/lib.git', 'octo/app.git2', 'octo', 'octo/app']) {
    expect(await sends(scope, `https://forge.test/${other}/info/refs`)).toBe(false);
  }
  expect(await sends({ ...scope, param_url: 'https://forge.test/octo/app/' }, 'https://forge.test/octo/app/x')).toBe(
    true,
  );
});
