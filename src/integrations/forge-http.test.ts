/** What a forge answers, and what people are told of it. */
import { expect, test } from 'bun:test';
import { type Answer, startForge } from './forge-server.fixture.ts';
import { openForge } from './open-forge.ts';

const json = { 'content-type': 'application/json' };

const CASES: readonly (readonly [code: string, says: RegExp, answer: Answer])[] = [
  ['forge.signed_out', /Bad credentials/, { status: 401, body: { message: 'Bad credentials' } }],
  ['forge.no_right', /Must have admin rights/, { status: 403, body: { message: 'Must have admin rights' } }],
  [
    'forge.rate_limited',
    /limit/,
    { status: 403, headers: { 'x-ratelimit-remaining': '0' }, body: { message: 'limit' } },
  ],
  ['forge.rate_limited', /429/, { status: 429, body: '' }],
  ['forge.failed', /502/, { status: 502, body: '<html>' }],
  [
    'forge.refused',
    /422: Validation; too many/,
    { status: 422, body: { message: 'Validation', errors: [{ message: 'too many' }] } },
  ],
  ['forge.bad_answer', /something else/, { body: { not: 'a list' } }],
  ['forge.bad_answer', /something else/, { headers: json, body: 'not JSON' }],
  [
    'forge.bad_answer',
    /redirects to http:\/\/elsewhere.test/,
    { status: 302, headers: { location: 'http://elsewhere.test/' } },
  ],
  [
    'forge.missing_scope',
    /has the scopes "read:user" and this needs one of "admin:repo_hook, public_repo, repo"/,
    {
      status: 404,
      headers: { 'x-oauth-scopes': 'read:user', 'x-accepted-oauth-scopes': 'admin:repo_hook, public_repo, repo' },
      body: { message: 'Not Found' },
    },
  ],
];

test.each(CASES)('%s', async (code, says, answer) => {
  await using at = await startForge('github', () => answer);
  const failure = at.forge.ensureHook('t', 'ada/app', { url: 'https://ci.test', secret: 's' }, undefined);
  await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(says) });
});

test('a scope brings along what is behind its colon', async () => {
  const headers = { 'x-oauth-scopes': 'repo', 'x-accepted-oauth-scopes': 'repo:status' };
  await using at = await startForge('github', () => ({ status: 403, headers, body: {} }));
  await expect(at.forge.listRepositories('t', 1)).rejects.toMatchObject({ code: 'forge.no_right' });
});

test('a repository that was renamed is found behind a redirect; a circle of redirects ends', async () => {
  await using at = await startForge('github', (what, url) =>
    what === 'GET /repos/ada/old'
      ? { status: 301, headers: { location: `${url}/api/repositories/7` } }
      : what === 'GET /repositories/7'
        ? { body: { id: 7, full_name: 'ada/new', private: false, default_branch: 'main', clone_url: '', html_url: '' } }
        : { status: 301, headers: { location: '/api/repos/ada/circle' } },
  );
  expect(await at.forge.getRepository('t', 'ada/old')).toMatchObject({ fullName: 'ada/new' });
  await expect(at.forge.getRepository('t', 'ada/circle')).rejects.toMatchObject({ code: 'forge.bad_answer' });
});

test('a forge that is not there', async () => {
  const apiUrl = 'http://127.0.0.1:1';
  const forge = openForge({ name: 'ours', kind: 'gitea', baseUrl: apiUrl, apiUrl });
  await expect(forge.listRepositories('t', 1)).rejects.toMatchObject({
    code: 'forge.unreachable',
    message: expect.stringMatching(/^ours does not answer at http:\/\/127.0.0.1:1: /),
  });
});
