/** What else but the commits of one branch a git resource may watch, and how a put pushes. */
import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitRepository, gitEnvironment } from '../../../test/servers/git-repository.ts';
import { startGitServer } from '../../../test/servers/git-server.ts';
import { startGitSshServer } from '../../../test/servers/git-ssh-server.ts';
import { testWith } from '../../../test/servers/required.ts';
import { mustRun } from '../../../test/servers/run-command.ts';
import { sshAvailability } from '../../../test/servers/ssh-server.ts';
import { commandFailure, runCommand } from '../command-run.fixture.ts';
import { startRecordedServer } from '../recorded-server.fixture.ts';
import { gitCheck } from './git-check.ts';
import { gitPull } from './git-pull.ts';
import { gitPush } from './git-push.ts';

// git starts dozens of processes here, and the machine may be busy.
setDefaultTimeout(60_000);

const root = mkdtempSync(join(tmpdir(), 'pikoci-git-modes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Found {
  readonly version: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

let repository: GitRepository;
let base: Record<string, string>;
let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(root, 'repository-'));
  const [bare, clone] = [join(dir, 'app.git'), join(dir, 'clone')];
  repository = await GitRepository.create({ name: 'app', url: '', bare, clone, home: dir });
  base = { HOME: dir, param_url: repository.fileUrl, CACHE_DIR: join(dir, 'cache') };
  await mustRun('mkdir', [base.CACHE_DIR ?? '']);
  await repository.commit({ 'README.md': 'hello' }, 'first');
});

const check = async (env: Record<string, string>): Promise<Found[]> =>
  JSON.parse((await runCommand(gitCheck, { ...base, ...env })).stdout);
const messages = (found: readonly Found[]): (string | undefined)[] => found.map(({ metadata }) => metadata.message);
const workDir = (): string => mkdtempSync(join(root, 'work-'));

describe.each([true, false])('commits that make versions (with a cache: %p)', (withCache) => {
  const here = (env: Record<string, string>) => check({ ...env, ...(!withCache && { CACHE_DIR: '' }) });

  test('those that touch a path', async () => {
    const first = await repository.git('rev-parse', 'HEAD');
    await repository.commit({ 'src/a/b.ts': '1' }, 'source');
    await repository.commit({ 'docs/x.md': '1' }, 'docs');
    expect(messages(await here({ param_paths: '["src"]' }))).toEqual(['source']);
    expect(messages(await here({ param_paths: '["src"]', version_ref: first }))).toEqual(['first', 'source']);
    expect(messages(await here({ param_paths: '["**/*.md"]', version_ref: first }))).toEqual(['first', 'docs']);
    expect(messages(await here({ param_paths: 'nowhere' }))).toEqual([]);
  });

  test('those that touch more than ignored paths', async () => {
    const first = await repository.git('rev-parse', 'HEAD');
    await repository.commit({ 'docs/x.md': '1' }, 'docs');
    await repository.commit({ 'docs/x.md': '2', 'src/a.ts': '1' }, 'both');
    await repository.commit({ 'docs/deep/y.md': '1' }, 'docs again');
    const env = { param_ignore_paths: '["docs"]', version_ref: first };
    expect(messages(await here(env))).toEqual(['first', 'both']);
    expect(messages(await here({ param_paths: '["src","docs"]', param_ignore_paths: '["docs/deep"]' }))).toEqual([
      'both',
    ]);
  });

  test('not those that ask to be left out', async () => {
    const first = await repository.git('rev-parse', 'HEAD');
    await repository.commit({ a: '1' }, 'second');
    await repository.commit({ a: '2' }, 'third\n\n[CI Skip]');
    await repository.commit({ a: '3' }, '[skip ci] fourth');
    expect(messages(await here({}))).toEqual(['second']);
    expect(messages(await here({ version_ref: first }))).toEqual(['first', 'second']);
    expect(messages(await here({ param_skip_ci: 'false' }))).toEqual(['[skip ci] fourth']);
  });
});

test.each(['../x', '/', 'a/../../b'])('no path in a repository: %p', async (path) => {
  expect(await commandFailure(gitCheck, { ...base, param_paths: path })).toMatchObject({ code: 'bad_parameter' });
});

describe('branches', () => {
  test('the newest commit of each that matches, and a pull of one', async () => {
    for (const branch of ['release/1', 'release/2', 'feature/x']) {
      await repository.git('checkout', '--quiet', '-b', branch, 'main');
      await repository.commit({ file: branch }, `on ${branch}`);
    }
    const found = await check({ param_branches: 'release/*' });
    expect(found.map(({ version }) => version.branch).sort()).toEqual(['release/1', 'release/2']);
    const [one] = found;
    const env = { ...base, param_branches: 'release/*', WORKDIR: workDir(), GET_DIR: 'app' };
    await runCommand(gitPull, { ...env, version_ref: one?.version.ref, version_branch: one?.version.branch });
    expect(readFileSync(join(env.WORKDIR, 'app/file'), 'utf8')).toBe(one?.version.branch ?? '');
    expect(await check({ param_branches: '/^release/2$/', CACHE_DIR: '' })).toEqual(
      found.filter(({ version }) => version.branch === 'release/2'),
    );
    expect(await check({ param_branches: 'nope/*' })).toEqual([]);
  });

  test('one that was deleted since can still be fetched', async () => {
    await repository.git('checkout', '--quiet', '-b', 'release/1');
    const ref = await repository.commit({ file: '1' }, 'gone soon');
    await check({ param_branches: 'release/*' });
    await repository.git('push', '--quiet', 'origin', '--delete', 'release/1');
    const env = {
      ...base,
      param_branches: 'release/*',
      WORKDIR: workDir(),
      version_ref: ref,
      version_branch: 'release/1',
    };
    await runCommand(gitPull, env);
    expect(readFileSync(join(env.WORKDIR, 'file'), 'utf8')).toBe('1');
  });

  test('two ways at once', async () => {
    const error = await commandFailure(gitCheck, { ...base, param_branches: '*', param_tag: '*' });
    expect(error).toMatchObject({ code: 'bad_parameter', message: expect.stringContaining('"tag" and "branches"') });
  });
});

describe('tags', () => {
  test('in the order of their versions', async () => {
    const tags = ['v1.0.0', 'v1.0.0-rc.1', 'v1.0.0-rc.10', 'v1.10.0', 'v1.9.0', 'nightly'];
    for (const tag of tags) await repository.git('tag', tag);
    await repository.git('push', '--quiet', '--tags', 'origin');
    const ref = await repository.git('rev-parse', 'HEAD');
    const tagsOf = async (env: Record<string, string>) => {
      const { stdout } = await runCommand(gitCheck, { ...base, ...env });
      const { ordered, versions }: { ordered: boolean; versions: Found[] } = JSON.parse(stdout);
      expect(ordered).toBe(true);
      return versions;
    };
    const all = await tagsOf({ param_tag: '**', version_ref: ref, version_tag: 'v1.0.0' });
    expect(all.map(({ version }) => version.tag)).toEqual([
      'nightly',
      'v1.0.0-rc.1',
      'v1.0.0-rc.10',
      'v1.0.0',
      'v1.9.0',
      'v1.10.0',
    ]);
    const some = await tagsOf({ param_tag: '/^v1\\.[0-9]\\.0$/' });
    expect(some.map(({ version }) => version.tag)).toEqual(['v1.0.0', 'v1.9.0']);
  });

  test('a pattern that is none', async () => {
    expect(await commandFailure(gitCheck, { ...base, param_tag: '/v(/' })).toMatchObject({ code: 'bad_pattern' });
  });
});

describe('pull requests', () => {
  /** Number 1 from a branch, number 2 from a fork: nobody's branch. */
  async function open(): Promise<string[]> {
    const refs: string[] = [];
    for (const [number, branch] of [
      ['1', 'own'],
      ['2', undefined],
    ] as const) {
      await repository.git('checkout', '--quiet', '-B', branch ?? 'fork', 'main');
      refs.push(await repository.commitOnly({ file: number }, `request ${number}`));
      await repository.push(`HEAD:refs/pull/${number}/head`);
      if (branch !== undefined) await repository.push(`HEAD:refs/heads/${branch}`);
    }
    return refs;
  }

  test('as ls-remote shows them; those of forks only when wanted', async () => {
    const [own = '', fork = ''] = await open();
    const run = await runCommand(gitCheck, { ...base, param_pr: 'true' });
    expect(JSON.parse(run.stdout)).toEqual([{ version: { ref: own, pr: '1' }, metadata: {} }]);
    expect(run.stderr).toContain('1 of forks are left out; pr_forks');
    const all = await check({ param_pr: 'true', param_pr_forks: 'true' });
    expect(all.map(({ version }) => version)).toEqual([
      { ref: own, pr: '1' },
      { ref: fork, pr: '2' },
    ]);
    const env = { ...base, param_pr: 'true', WORKDIR: workDir(), version_ref: fork, version_pr: '2' };
    await runCommand(gitPull, env);
    await runCommand(gitPull, { ...env, CACHE_DIR: '', WORKDIR: workDir() });
    expect(readFileSync(join(env.WORKDIR, 'file'), 'utf8')).toBe('2');
  });

  const side = (ref: string, sha: string, repo: string | null) => ({ ref, sha, repo: repo && { full_name: repo } });
  const pull = (number: number, title: string, login: string | null, head: ReturnType<typeof side>, base = 'main') => ({
    ...{ number, title, html_url: `http://x/${number}`, user: login && { login } },
    ...{ head, base: side(base, '0', 'ada/app') },
  });
  const github = [
    pull(8, 'Eight', 'eve', side('evil', 'b'.repeat(40), 'eve/app')),
    pull(7, 'Seven', 'ada', side('own', 'a'.repeat(40), 'ada/app')),
    pull(6, 'Six', null, side('gone', 'c'.repeat(40), null), 'old'),
  ];
  const gitlab = [
    {
      iid: 7,
      title: 'Seven',
      web_url: 'http://x/7',
      sha: 'a'.repeat(40),
      source_branch: 'own',
      target_branch: 'main',
      source_project_id: 1,
      target_project_id: 1,
      author: { username: 'ada' },
    },
    {
      iid: 8,
      title: 'Eight',
      web_url: 'http://x/8',
      sha: 'b'.repeat(40),
      source_branch: 'evil',
      target_branch: 'main',
      source_project_id: 2,
      target_project_id: 1,
    },
  ];

  test.each([
    ['github', github, '/repos/ada/app/pulls?state=open', 'authorization', 'Bearer t'],
    ['gitea', github, '/repos/ada/app/pulls?state=open', 'authorization', 'token t'],
    ['gitlab', gitlab, '/projects/ada%2Fapp/merge_requests?state=opened', 'private-token', 't'],
  ])('as the API of %s tells', async (forge, list, path, header, value) => {
    await using api = await startRecordedServer(() => ({ body: JSON.stringify(list) }));
    const env = {
      param_url: 'git@git.example.org:ada/app.git',
      param_pr: 'true',
      param_token: 't',
      param_forge: forge,
      param_api_url: api.url,
    };
    const [seven, ...others] = await check({ ...env, param_pr_base: 'main' });
    expect(seven).toEqual({
      version: { ref: 'a'.repeat(40), pr: '7' },
      metadata: { title: 'Seven', author: 'ada', branch: 'own', base: 'main', url: 'http://x/7' },
    });
    expect(others).toEqual([]);
    expect(api.requests[0]?.path).toStartWith(path);
    expect(api.requests[0]?.headers[header]).toBe(value);
    const all = await check({ ...env, param_pr_forks: 'true' });
    expect(all.filter(({ metadata }) => metadata.fork === 'true').length).toBe(forge === 'gitlab' ? 1 : 2);
  });

  test.each([
    [401, '', 'http_401', '"token"'],
    [404, '', 'http_404', '"token"'],
    [200, '<html>', 'http_answer', 'API itself'],
    [200, '{"message":"x"}', 'http_answer', 'API itself'],
  ])('an API that answers %p %p', async (status, body, code, hint) => {
    await using api = await startRecordedServer(() => ({ status, body }));
    const env = { param_url: 'https://github.com/ada/app', param_pr: 'true', param_token: 't', param_api_url: api.url };
    const error = await commandFailure(gitCheck, { ...base, ...env });
    expect(error.code).toBe(code);
    expect(error.hint).toContain(hint);
  });
});

describe('servers that want a login', () => {
  const failure = async (env: Record<string, string>) => {
    const error = await commandFailure(gitCheck, { ...base, CACHE_DIR: '', ...env });
    return { code: error.code, hint: error.hint };
  };

  test('a token over http', async () => {
    await using server = await startGitServer({ token: 't0ken' });
    const app = await server.createRepository('app');
    const ref = await app.commit({ file: 'x' }, 'first');
    const env = { param_url: app.url, param_token: 't0ken', CACHE_DIR: '' };
    expect((await check(env))[0]?.version).toEqual({ ref });
    const WORKDIR = workDir();
    await runCommand(gitPull, { ...base, ...env, WORKDIR, GET_DIR: 'app', version_ref: ref });
    await mustRun('git', ['commit', '--quiet', '--allow-empty', '-m', 'made'], {
      cwd: join(WORKDIR, 'app'),
      env: gitEnvironment(dir),
    });
    await runCommand(gitPush, { ...base, ...env, WORKDIR, GET_DIR: 'app', put_branch: 'made/here' });
    expect(await app.git('ls-remote', 'origin', 'made/here')).toContain('refs/heads/made/here');
    for (const token of ['', 'wrong']) {
      expect(await failure({ ...env, param_token: token })).toMatchObject({
        code: 'git_failed',
        hint: expect.stringContaining('"token"'),
      });
    }
  });

  testWith({ ssh: sshAvailability() })('a private key over ssh', async () => {
    await using http = await startGitServer();
    await using server = await startGitSshServer();
    const app = await http.createRepository('app');
    const ref = await app.commit({ file: 'x' }, 'first');
    const known_hosts = readFileSync(server.knownHostsFile, 'utf8');
    const env = { param_url: server.urlOf(app), param_private_key: server.privateKey, param_known_hosts: known_hosts };
    expect((await check({ ...env, CACHE_DIR: '' }))[0]?.version).toEqual({ ref });
    const noKey = await failure({ ...env, param_private_key: '' });
    expect(noKey).toMatchObject({ code: 'git_failed', hint: expect.stringContaining('"private_key"') });
    const stranger = await failure({ ...env, param_known_hosts: known_hosts.replace('127.0.0.1', '127.0.0.2') });
    expect(stranger).toMatchObject({ code: 'git_failed', hint: expect.stringContaining('"known_hosts"') });
  });
});

test('submodules, when they are wanted', async () => {
  const part = await GitRepository.create({
    name: 'part',
    url: '',
    bare: join(dir, 'part.git'),
    clone: join(dir, 'part'),
    home: dir,
  });
  await part.commit({ inside: 'deep' }, 'first');
  await repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', part.fileUrl, 'part');
  const ref = await repository.commit({}, 'with a part');
  const env = { ...base, WORKDIR: workDir(), version_ref: ref };
  await runCommand(gitPull, { ...env, GET_DIR: 'without' });
  await runCommand(gitPull, { ...env, GET_DIR: 'with', param_submodules: 'true' });
  const has = (name: string): boolean => existsSync(join(env.WORKDIR, name, 'part/inside'));
  expect([has('without'), has('with')]).toEqual([false, true]);
});

describe('push', () => {
  async function checkout(env: Record<string, string> = {}): Promise<{ WORKDIR: string; ref: string }> {
    const WORKDIR = workDir();
    const version_ref = await repository.git('rev-parse', 'main');
    await runCommand(gitPull, { ...base, WORKDIR, GET_DIR: 'app', version_ref, ...env });
    await inBuild(WORKDIR, 'commit', '--quiet', '--allow-empty', '-m', 'made in a build');
    return { WORKDIR, ref: await inBuild(WORKDIR, 'rev-parse', 'HEAD') };
  }
  const inBuild = (WORKDIR: string, ...args: string[]) =>
    mustRun('git', args, { cwd: join(WORKDIR, 'app'), env: gitEnvironment(dir) });
  const push = async (WORKDIR: string, env: Record<string, string>) =>
    runCommand(gitPush, { ...base, WORKDIR, GET_DIR: 'app', ...env });
  const there = (name: string) => repository.git('ls-remote', 'origin', name).then((text) => text.split('\t')[0]);

  test('to a branch with a slash in its name', async () => {
    const { WORKDIR, ref } = await checkout();
    await push(WORKDIR, { put_branch: 'release/1.x' });
    expect(await there('refs/heads/release/1.x')).toBe(ref);
  });

  test('with force, over what others pushed', async () => {
    const { WORKDIR, ref } = await checkout();
    await repository.git('checkout', '--quiet', 'main');
    await repository.commit({ a: '1' }, 'faster');
    const refused = await commandFailure(gitPush, { ...base, WORKDIR, GET_DIR: 'app' });
    expect(refused).toMatchObject({ code: 'push_rejected', hint: expect.stringContaining('force = true') });
    await push(WORKDIR, { put_force: 'true' });
    expect(await there('refs/heads/main')).toBe(ref);
  });

  test('a tag with a message, twice; and not onto another commit', async () => {
    const { WORKDIR, ref } = await checkout();
    for (const _ of [1, 2]) {
      const { stdout } = await push(WORKDIR, {
        put_tag: 'v1',
        put_annotate: 'Version 1',
        put_only_tag: 'true',
        param_tag: 'v*',
      });
      expect(JSON.parse(stdout).version).toEqual({ ref, tag: 'v1' });
    }
    expect(await there('refs/tags/v1^{}')).toBe(ref);
    expect(await there('refs/heads/main')).not.toBe(ref);
    await inBuild(WORKDIR, 'commit', '--quiet', '--allow-empty', '-m', 'another');
    const error = await commandFailure(gitPush, {
      ...base,
      WORKDIR,
      GET_DIR: 'app',
      put_tag: 'v1',
      put_only_tag: 'true',
    });
    expect(error).toMatchObject({ code: 'tag_exists' });
  });

  test('the tags of the directory', async () => {
    const { WORKDIR, ref } = await checkout();
    await inBuild(WORKDIR, 'tag', 'made-1');
    await push(WORKDIR, { put_tags: 'true' });
    expect(await there('refs/tags/made-1')).toBe(ref);
  });

  test.each(['--force', 'a..b', 'refs heads'])('no name of a branch or tag: %p', async (name) => {
    const { WORKDIR } = await checkout();
    for (const attribute of ['put_branch', 'put_tag']) {
      const error = await commandFailure(gitPush, { ...base, WORKDIR, GET_DIR: 'app', [attribute]: name });
      expect(error).toMatchObject({ code: 'bad_ref_name' });
    }
  });
});

describe('the merge of a pull request', () => {
  async function twoSides(mine: string, theirs: string): Promise<{ head: string; into: string }> {
    await repository.git('checkout', '--quiet', '-b', 'better');
    const head = await repository.commitOnly({ 'mine.txt': 'mine', 'README.md': mine }, 'Better');
    await repository.git('push', '--quiet', 'origin', `${head}:refs/pull/7/head`);
    await repository.git('checkout', '--quiet', 'main');
    const into = await repository.commit({ 'theirs.txt': 'theirs', 'README.md': theirs }, 'Meanwhile');
    return { head, into };
  }
  const merging = (versions: { head: string; into: string }, cached: boolean) => ({
    ...base,
    ...(!cached && { CACHE_DIR: '' }),
    ...{ WORKDIR: mkdtempSync(join(dir, 'work-')), version_ref: versions.head, version_pr: '7' },
    ...{ version_merge_into: versions.into, version_base: 'main' },
  });

  test.each([true, false])(
    'is made of exactly its two commits, whatever the base is by then (mirror: %p)',
    async (cached) => {
      const versions = await twoSides('hello', 'hello');
      await repository.commit({ 'later.txt': 'later' }, 'Later');
      const env = merging(versions, cached);
      expect(await runCommand(gitPull, env)).toMatchObject({ code: 0 });
      const there = ['mine.txt', 'theirs.txt', 'later.txt'].map((file) => existsSync(join(env.WORKDIR, file)));
      expect(there).toEqual([true, true, false]);
      const parents = await mustRun('git', ['log', '-1', '--format=%P'], {
        cwd: env.WORKDIR,
        env: gitEnvironment(dir),
      });
      expect(parents.trim().split(' ')).toEqual([versions.into, versions.head]);
    },
  );

  test('names the files that both changed', async () => {
    const versions = await twoSides('one', 'another');
    expect(await commandFailure(gitPull, merging(versions, true))).toMatchObject({
      code: 'merge_conflict',
      message: `It cannot be merged into ${versions.into}: both changed README.md.`,
    });
  });

  test('takes no commit that is none', async () => {
    const versions = { head: await repository.git('rev-parse', 'HEAD'), into: '--upload-pack=x' };
    expect(await commandFailure(gitPull, merging(versions, true))).toMatchObject({ code: 'bad_version' });
  });
});
