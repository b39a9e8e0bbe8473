/** Files, commits and statuses of the three forges, as their APIs were recorded. */
import { describe, expect, test } from 'bun:test';
import type { ForgeKind } from './forge.ts';
import type { CommitStatus, ForgeCommits } from './forge-commits.ts';
import { openForgeCommits } from './forge-commits.ts';
import { type Answer, type ForgeServer, startForge } from './forge-server.fixture.ts';

const commit = 'a'.repeat(40);
const place = { forgeId: '15', fullName: 'ada/my app', commit };
const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64');
const binary = new Uint8Array([0xff, 0, 1]);

async function open(
  kind: ForgeKind,
  answer: (what: string) => Answer,
  isApp = false,
): Promise<ForgeServer & { readonly commits: ForgeCommits }> {
  const server = await startForge(kind, answer);
  const address = { name: kind, kind, baseUrl: server.url, apiUrl: `${server.url}/api` };
  return { ...server, commits: openForgeCommits({ address, token: 't', isApp }) };
}

/** What each forge calls these things. */
const GIT = '/repos/ada/my%20app';
const PROJECT = '/projects/15/repository';
const person = { login: 'ada', avatar_url: 'http://x/ada.png' };
const forges: { kind: ForgeKind; answers: Readonly<Record<string, unknown>> }[] = [
  ...(['github', 'gitea'] as const).map((kind) => ({
    kind,
    answers: {
      [`GET ${GIT}/contents/.pikoci.hcl?ref=${commit}`]: {
        type: 'file',
        encoding: 'base64',
        content: base64('job "ä" {}\n'),
      },
      [`GET ${GIT}/contents/a%20b/c.bin?ref=${commit}`]: { type: 'file', encoding: 'base64', content: base64(binary) },
      [`GET ${GIT}/contents/docs?ref=${commit}`]: [{ type: 'file', name: 'x.md' }],
      [`GET ${GIT}/contents/large?ref=${commit}`]: { type: 'file', encoding: 'none', content: '' },
      [`GET ${GIT}/git/trees/${commit}?recursive=${kind === 'gitea' ? 'true&per_page=10000' : '1'}`]: {
        tree: [
          { path: 'docs', type: 'tree' },
          { path: 'docs/x.md', type: 'blob' },
          { path: 'docs2.md', type: 'blob' },
        ],
      },
      [`GET ${GIT}/${kind === 'gitea' ? 'git/commits/feature/x?stat=false&files=false' : 'commits/feature/x'}`]: {
        ...{ sha: commit, commit: { message: 'Begin', author: { name: 'Ada' } }, author: person },
      },
    },
  })),
  {
    kind: 'gitlab',
    answers: {
      [`GET ${PROJECT}/files/.pikoci.hcl?ref=${commit}`]: { encoding: 'base64', content: base64('job "ä" {}\n') },
      [`GET ${PROJECT}/files/a%20b%2Fc.bin?ref=${commit}`]: { encoding: 'base64', content: base64(binary) },
      [`GET ${PROJECT}/files/large?ref=${commit}`]: { encoding: 'none' },
      [`GET ${PROJECT}/tree?ref=${commit}&recursive=true&per_page=100&path=docs&page=1`]: [
        { path: 'docs/x.md', type: 'blob' },
        { path: 'docs/y', type: 'tree' },
      ],
      [`GET ${PROJECT}/commits/feature%2Fx`]: { id: commit, message: 'Begin', author_name: 'Ada' },
    },
  },
];

describe.each(forges)('files and commits of $kind', ({ kind, answers }) => {
  const answer = (what: string): Answer =>
    what in answers ? { body: answers[what] } : { status: 404, body: { message: 'Not Found' } };

  test('a text, bytes, a directory, a file that is not there, and one that is too large', async () => {
    await using at = await open(kind, answer);
    expect(await at.commits.readFile(place, '.pikoci.hcl')).toBe('job "ä" {}\n');
    expect(await at.commits.readFile(place, 'a b/c.bin')).toEqual(binary);
    expect(await at.commits.readFile(place, 'docs')).toBeUndefined();
    expect(await at.commits.readFile(place, 'none')).toBeUndefined();
    await expect(at.commits.readFile(place, 'large')).rejects.toMatchObject({ code: 'forge.too_large' });
    expect(await at.commits.listFiles(place, 'docs')).toEqual(['docs/x.md']);
    expect(at.asked.every(({ authorization }) => authorization === 'Bearer t')).toBe(true);
  });

  test('a commit by the name of a branch; none', async () => {
    await using at = await open(kind, answer);
    const found = await at.commits.readCommit({ ...place, commit: 'feature/x' });
    expect(found).toMatchObject({ hash: commit, message: 'Begin', author: { name: 'Ada' } });
    expect(await at.commits.readCommit({ ...place, commit: 'none' })).toBeUndefined();
  });
});

const status: CommitStatus = {
  ...{
    context: 'pikoci/test',
    state: 'failed',
    description: 'x'.repeat(300),
    url: 'http://ci.test/1',
    text: '**all**',
  },
  annotations: [{ path: 'src/a.ts', line: 3, title: 'adds', message: '1 is not 2' }],
  startedAt: 1_000,
  endedAt: 2_000,
};

describe('statuses', () => {
  test.each([
    ['github', `POST ${GIT}/statuses/${commit}`, { state: 'failure', context: 'pikoci/test' }, 140],
    ['gitea', `POST ${GIT}/statuses/${commit}`, { state: 'failure', context: 'pikoci/test' }, 255],
    ['gitlab', `POST /projects/15/statuses/${commit}`, { state: 'failed', name: 'pikoci/test' }, 255],
  ] as const)('of %s', async (kind, what, body, longest) => {
    await using at = await open(kind, () => ({ status: 201, body: { id: 7 } }));
    expect(await at.commits.setStatus(place, status, undefined)).toBeUndefined();
    const [asked] = at.asked;
    expect(`${asked?.method} ${asked?.path}`).toBe(what.replace(' ', ' /api'));
    expect(asked?.body).toMatchObject({ ...body, target_url: status.url });
    expect(asked?.body).toMatchObject({ description: `${'x'.repeat(longest - 1)}…` });
  });

  test('an app makes a check run, and changes it', async () => {
    await using at = await open('github', () => ({ status: 201, body: { id: 7 } }), true);
    const running = {
      context: 'pikoci/test',
      state: 'running',
      description: 'is running',
      url: 'http://ci.test/1',
    } as const;
    expect(await at.commits.setStatus(place, running, undefined)).toBe('7');
    expect(await at.commits.setStatus(place, status, '7')).toBe('7');
    expect(at.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /api${GIT}/check-runs`,
      `PATCH /api${GIT}/check-runs/7`,
    ]);
    expect(at.asked[0]?.body).toMatchObject({ head_sha: commit, status: 'in_progress' });
    expect(at.asked[1]?.body).toMatchObject({
      ...{ status: 'completed', conclusion: 'failure', completed_at: '1970-01-01T00:00:02.000Z' },
      output: {
        summary: '**all**',
        annotations: [{ path: 'src/a.ts', start_line: 3, end_line: 3, annotation_level: 'failure', title: 'adds' }],
      },
    });
  });

  test('GitLab has heard the same before', async () => {
    const body = { message: 'Cannot transition status via :run from :running' };
    await using at = await open('gitlab', () => ({ status: 400, body }));
    expect(await at.commits.setStatus(place, status, undefined)).toBeUndefined();
  });
});
