import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator, type Emulator } from 'emulate';
import { findFreePort } from '../../lib/system/free-port.ts';
import { commandFailure, runCommand } from '../command-run.fixture.ts';
import { startRecordedServer } from '../recorded-server.fixture.ts';
import { githubReleaseCheck } from './github-release-check.ts';
import { githubReleasePull } from './github-release-pull.ts';
import { githubReleasePush } from './github-release-push.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-release-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const workDir = (): string => mkdtempSync(join(root, 'work-'));

interface Found {
  readonly version: { readonly id: string; readonly tag: string };
  readonly metadata: Readonly<Record<string, string>>;
}

describe('with the API of GitHub, emulated', () => {
  let github: Emulator;
  let env: Record<string, string>;
  beforeEach(async () => {
    const seed = {
      tokens: { t1: { login: 'ada', scopes: ['repo'] } },
      github: { users: [{ login: 'ada' }], repos: [{ owner: 'ada', name: 'app', auto_init: true }] },
    };
    github = await createEmulator({ service: 'github', port: await findFreePort(), seed });
    env = { param_repository: 'ada/app', param_token: 't1', param_api_url: github.url };
  });
  afterEach(() => github.close());

  const check = async (more: Record<string, string> = {}): Promise<Found[]> => {
    const printed = JSON.parse((await runCommand(githubReleaseCheck, { ...env, ...more })).stdout);
    // By versions the order of the list counts, and a release of an older line goes where it belongs.
    if (more.param_order === 'time') return printed;
    expect(printed.ordered).toBe(true);
    return printed.versions;
  };
  const tags = (found: readonly Found[]): string[] => found.map(({ version }) => version.tag);
  const put = async (more: Record<string, string>) =>
    runCommand(githubReleasePush, { ...env, WORKDIR: workDir(), ...more });

  test('a repository without releases', async () => {
    expect(await check()).toEqual([]);
  });

  test('what was put is found: in the order of versions, pre-releases and drafts when they are wanted', async () => {
    for (const tag of ['v1.0.0', 'v1.10.0', 'v1.9.0', 'nightly']) await put({ put_tag: tag });
    await put({ put_tag: 'v2.0.0-rc.1', put_prerelease: 'true' });
    await put({ put_tag: 'v3.0.0', put_draft: 'true' });
    const newest = (await check()).at(-1);
    expect(newest).toMatchObject({ version: { tag: 'v1.10.0' }, metadata: { author: 'ada' } });
    const known = { version_id: newest?.version.id ?? '' };
    expect(tags(await check(known))).toEqual(['v1.0.0', 'v1.9.0', 'v1.10.0']);
    expect(tags(await check({ ...known, param_pre_releases: 'true', param_drafts: 'true' }))).toEqual([
      ...['v1.0.0', 'v1.9.0', 'v1.10.0', 'v2.0.0-rc.1', 'v3.0.0'],
    ]);
    expect(tags(await check({ param_order: 'time' }))).toEqual(['nightly']);
    expect((await runCommand(githubReleaseCheck, env)).stderr).toContain('1 releases are left out');
  });

  test('with assets; putting it again replaces them', async () => {
    const WORKDIR = workDir();
    mkdirSync(join(WORKDIR, 'dist'));
    for (const name of ['a.tgz', 'b.tgz']) writeFileSync(join(WORKDIR, 'dist', name), name);
    writeFileSync(join(WORKDIR, 'notes'), 'what is new');
    writeFileSync(join(WORKDIR, 'version'), 'v1\n');
    const given = {
      WORKDIR,
      put_tag_file: 'version',
      put_title: 'One',
      put_body_file: 'notes',
      put_assets: '["dist/*.tgz"]',
    };
    const first: Found = JSON.parse((await put(given)).stdout);
    writeFileSync(join(WORKDIR, 'dist/a.tgz'), 'a again');
    const second: Found = JSON.parse((await put(given)).stdout);
    expect(second.version).toEqual(first.version);
    const answer = await fetch(`${github.url}/repos/ada/app/releases/${first.version.id}`, {
      headers: { authorization: 'Bearer t1' },
    });
    const release = (await answer.json()) as Record<string, unknown>;
    expect(release).toMatchObject({ tag_name: 'v1', name: 'One', body: 'what is new', draft: false });
    const assets = release.assets as { name: string; size: number }[];
    expect(assets.map(({ name, size }) => `${name} ${size}`).sort()).toEqual(['a.tgz 7', 'b.tgz 5']);
  });

  test.each<[Record<string, string>, string]>([
    [{ put_tag: '' }, 'parameter_missing'],
    [{ put_tag: 'v1', param_token: '' }, 'parameter_missing'],
    [{ put_tag: 'v1', put_assets: 'dist/*' }, 'file_not_found'],
    [{ put_tag: 'v1', param_repository: 'app' }, 'bad_parameter'],
    [{ put_tag: 'v1', param_repository: '../..' }, 'bad_parameter'],
    [{ put_tag: 'v1', param_repository: 'ada/nope' }, 'http_404'],
  ])('what cannot be put: %p', async (more, code) => {
    expect(await commandFailure(githubReleasePush, { ...env, WORKDIR: workDir(), ...more })).toMatchObject({ code });
  });
});

describe('downloads', () => {
  const content = 'the program';
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;

  /** Assets lie on another server, as GitHub's do, which must not see the token. */
  async function start(change: { size?: number; digest?: string; name?: string } = {}) {
    const files = await startRecordedServer(() => ({ body: content }));
    const api = await startRecordedServer(({ path, headers }) => {
      if (path.includes('/assets/') || path.includes('/tarball')) {
        const direct = headers.accept === 'application/octet-stream';
        return direct ? { status: 302, headers: { location: `${files.url}/blob` } } : { body: '{}' };
      }
      const url = `http://${headers.host}/repos/ada/app/releases/assets/5`;
      return {
        body: JSON.stringify({
          id: 3,
          tag_name: 'v1.2',
          name: 'One',
          body: 'notes',
          draft: false,
          prerelease: false,
          html_url: 'http://x',
          created_at: '2026-01-01T00:00:00Z',
          upload_url: '',
          tarball_url: `http://${headers.host}/repos/ada/app/tarball/v1.2`,
          assets: [{ id: 5, name: 'app.tgz', size: content.length, url, digest, ...change }],
        }),
      };
    });
    const env = {
      param_repository: 'ada/app',
      param_token: 'SECRET',
      param_api_url: api.url,
      WORKDIR: workDir(),
      version_id: '3',
    };
    return {
      env,
      files,
      async [Symbol.asyncDispose]() {
        await api[Symbol.asyncDispose]();
        await files[Symbol.asyncDispose]();
      },
    };
  }

  test('assets and what is known of the release', async () => {
    await using world = await start();
    await runCommand(githubReleasePull, { ...world.env, GET_DIR: 'tool', get_assets: '["*.tgz"]', get_source: 'tar' });
    const read = (file: string) => readFileSync(join(world.env.WORKDIR, 'tool', file), 'utf8');
    expect([read('app.tgz'), read('source.tar.gz'), read('tag'), read('version'), read('body')]).toEqual([
      ...[content, content, 'v1.2', '1.2', 'notes'],
    ]);
    expect(JSON.stringify(world.files.requests.map(({ headers }) => headers))).not.toContain('SECRET');
  });

  test('none of the assets', async () => {
    await using world = await start();
    await runCommand(githubReleasePull, { ...world.env, get_assets: '[]' });
    expect(world.files.requests).toEqual([]);
  });

  test.each<[object, Record<string, string>, string]>([
    [{ digest: `sha256:${'0'.repeat(64)}` }, {}, 'download_broken'],
    [{ size: 3 }, {}, 'download_broken'],
    [{ name: '../evil' }, {}, 'bad_file_name'],
    [{}, { get_assets: '["*.zip"]' }, 'asset_not_found'],
    [{}, { get_source: 'rar' }, 'bad_parameter'],
    [{}, { version_id: '../1' }, 'bad_version'],
  ])('%p %p', async (change, more, code) => {
    await using world = await start(change);
    expect(await commandFailure(githubReleasePull, { ...world.env, ...more })).toMatchObject({ code });
  });
});

test('the limit of requests, and a login that is none', async () => {
  await using limited = await startRecordedServer(() => ({
    status: 403,
    headers: { 'x-ratelimit-remaining': '0' },
    body: '{}',
  }));
  const env = { param_repository: 'ada/app', param_api_url: limited.url };
  expect((await commandFailure(githubReleaseCheck, env)).hint).toContain('60 times without a "token"');
  await using refused = await startRecordedServer(() => ({ status: 401, body: '{"message":"Bad credentials"}' }));
  const error = await commandFailure(githubReleaseCheck, { ...env, param_api_url: refused.url, param_token: 't' });
  expect(error).toMatchObject({ code: 'http_401', hint: expect.stringContaining('"token"') });
  expect(error.message).toContain('Bad credentials');
});

test('pages are followed, but not to another server', async () => {
  const release = (id: number) => ({
    ...{ id, tag_name: `v${id}`, draft: false, prerelease: false, html_url: 'x', created_at: '2026-01-01T00:00:00Z' },
    ...{ upload_url: '', assets: [] },
  });
  await using api = await startRecordedServer(({ headers, path }, before) => ({
    headers: {
      link: before === 0 ? `<http://${headers.host}${path}&page=2>; rel="next"` : '<http://127.0.0.1:1/>; rel="next"',
    },
    body: JSON.stringify([release(before + 1)]),
  }));
  const { stdout } = await runCommand(githubReleaseCheck, {
    param_repository: 'ada/app',
    param_api_url: api.url,
    version_id: '1',
  });
  expect(JSON.parse(stdout).versions).toHaveLength(2);
  expect(api.requests).toHaveLength(2);
});
