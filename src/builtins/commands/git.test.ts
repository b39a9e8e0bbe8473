import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import type { BuiltinCommand } from '../builtin-command.ts';
import { collectIo } from '../collect-io.ts';
import { checkRefName } from '../git/git-remote.ts';
import { gitCheck } from './git-check.ts';
import { gitPull } from './git-pull.ts';
import { gitPush } from './git-push.ts';

// git starts dozens of processes here, and the machine may be busy.
setDefaultTimeout(60_000);

const root = mkdtempSync(join(tmpdir(), 'pikoci-git-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};
const base = { PATH: process.env.PATH, HOME: root };
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    env: { ...base, ...identity, GIT_CONFIG_NOSYSTEM: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

let number = 0;
let bare: string;
let work: string;
let cache: string;

/** A served repository with one commit on `main`, and a clone to make more in. */
beforeEach(() => {
  number += 1;
  const dir = join(root, String(number));
  [bare, work, cache] = [join(dir, 'bare.git'), join(dir, 'work'), join(dir, 'cache')];
  mkdirSync(cache, { recursive: true });
  git(root, 'init', '--quiet', '--bare', '-b', 'main', bare);
  git(root, 'init', '--quiet', '-b', 'main', work);
  git(work, 'remote', 'add', 'origin', `file://${bare}`);
  commit('first');
});

function commit(message: string, file = 'file.txt'): string {
  writeFileSync(join(work, file), message);
  git(work, 'add', '-A');
  git(work, 'commit', '--quiet', '-m', message);
  git(work, 'push', '--quiet', 'origin', 'HEAD');
  return git(work, 'rev-parse', 'HEAD');
}

async function run(
  command: BuiltinCommand['run'],
  env: Record<string, string>,
): Promise<{ stdout: string; stderr: string }> {
  const { io, stdout, stderr } = collectIo();
  expect(await command({ ...base, param_url: `file://${bare}`, ...env }, io)).toBe(0);
  return { stdout: stdout(), stderr: stderr() };
}

const failure = async (command: BuiltinCommand['run'], env: Record<string, string>): Promise<CodedError> => {
  try {
    await run(command, env);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

const messages = (stdout: string): string[] =>
  JSON.parse(stdout).map((item: { metadata: { message: string } }) => item.metadata.message);

for (const withCache of [true, false]) {
  describe(withCache ? 'git-check with a cache' : 'git-check without a cache', () => {
    const env = (more: Record<string, string> = {}) => (withCache ? { CACHE_DIR: cache, ...more } : more);

    test('the first time: the newest only', async () => {
      const ref = commit('second\n\nwith more to say');
      const found = JSON.parse((await run(gitCheck, env())).stdout);
      expect(found).toEqual([
        {
          version: { ref },
          metadata: {
            author: 'Ada <ada@example.org>',
            message: 'second\n\nwith more to say',
            date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          },
        },
      ]);
    });

    test('what is known, then what is newer, oldest first', async () => {
      const known = git(work, 'rev-parse', 'HEAD');
      expect(messages((await run(gitCheck, env({ version_ref: known }))).stdout)).toEqual(['first']);
      commit('second');
      commit('third');
      expect(messages((await run(gitCheck, env({ version_ref: known }))).stdout)).toEqual(['first', 'second', 'third']);
    });

    test('after a push with force: the newest only', async () => {
      const known = commit('second');
      await run(gitCheck, env());
      git(work, 'reset', '--quiet', '--hard', 'HEAD~1');
      writeFileSync(join(work, 'file.txt'), 'other');
      git(work, 'commit', '--quiet', '-am', 'other');
      git(work, 'push', '--quiet', '--force', 'origin', 'HEAD');
      expect(messages((await run(gitCheck, env({ version_ref: known }))).stdout)).toEqual(['other']);
    });

    test('a branch', async () => {
      git(work, 'checkout', '--quiet', '-b', 'feature/x');
      commit('on the branch');
      expect(messages((await run(gitCheck, env({ param_branch: 'feature/x' }))).stdout)).toEqual(['on the branch']);
      expect(messages((await run(gitCheck, env())).stdout)).toEqual(['first']);
    });

    test('a branch that is not there, and a repository that is empty', async () => {
      expect(await failure(gitCheck, env({ param_branch: 'nope' }))).toMatchObject({ code: 'branch_not_found' });
      const empty = join(root, `${number}`, 'empty.git');
      git(root, 'init', '--quiet', '--bare', empty);
      expect(await failure(gitCheck, env({ param_url: `file://${empty}` }))).toMatchObject({
        code: 'repository_empty',
      });
    });

    test('a repository that is not there', async () => {
      const error = await failure(gitCheck, env({ param_url: `file://${root}/nowhere` }));
      expect(error.code).toBe('git_failed');
      expect(error.message).toContain('nowhere');
    });
  });
}

test('tags, by their version', async () => {
  for (const tag of ['v1.2', 'v1.10', 'other']) git(work, 'tag', '-a', '-m', tag, tag);
  git(work, 'push', '--quiet', '--tags', 'origin');
  const ref = git(work, 'rev-parse', 'HEAD');
  const first = JSON.parse((await run(gitCheck, { param_tag: 'v*' })).stdout);
  const tagged = (tag: string) => ({ version: { ref, tag }, metadata: { tag } });
  expect(first).toEqual({ ordered: true, versions: [tagged('v1.2'), tagged('v1.10')] });
  for (const tag of ['v1.11', 'v1.3']) git(work, 'tag', tag);
  git(work, 'push', '--quiet', '--tags', 'origin');
  const next = JSON.parse((await run(gitCheck, { param_tag: 'v*', version_ref: ref, version_tag: 'v1.10' })).stdout);
  // Of an older line, and made last: it is told, and where it belongs.
  expect(next.versions).toEqual([tagged('v1.2'), tagged('v1.3'), tagged('v1.10'), tagged('v1.11')]);
});

describe('git-pull', () => {
  const pull = (env: Record<string, string>) => {
    const WORKDIR = mkdtempSync(join(root, 'workdir-'));
    return run(gitPull, { WORKDIR, GET_DIR: 'app', ...env }).then(() => WORKDIR);
  };

  test.each([
    ['plain', {}],
    ['with a depth', { param_depth: '1' }],
  ])('an older commit, %s', async (_, params) => {
    const ref = git(work, 'rev-parse', 'HEAD');
    commit('second');
    for (const more of [{}, { CACHE_DIR: cache }]) {
      const dir = join(await pull({ version_ref: ref, ...params, ...more }), 'app');
      expect(readFileSync(join(dir, 'file.txt'), 'utf8')).toBe('first');
      expect(git(dir, 'rev-parse', 'HEAD')).toBe(ref);
      expect(git(dir, 'config', 'remote.origin.url')).toBe(`file://${bare}`);
    }
  });

  test('a commit that no branch leads to any more', async () => {
    const ref = commit('second');
    await run(gitCheck, { CACHE_DIR: cache });
    git(work, 'reset', '--quiet', '--hard', 'HEAD~1');
    git(work, 'push', '--quiet', '--force', 'origin', 'HEAD');
    const dir = await pull({ version_ref: ref, CACHE_DIR: cache });
    expect(readFileSync(join(dir, 'app/file.txt'), 'utf8')).toBe('second');
  });

  test('into WORKDIR itself, beside what is there', async () => {
    const WORKDIR = mkdtempSync(join(root, 'workdir-'));
    mkdirSync(join(WORKDIR, 'other'));
    await run(gitPull, { WORKDIR, GET_DIR: '.', version_ref: git(work, 'rev-parse', 'HEAD') });
    expect(existsSync(join(WORKDIR, 'other'))).toBe(true);
    expect(existsSync(join(WORKDIR, 'file.txt'))).toBe(true);
  });

  test('a commit that never was', async () => {
    expect(await failure(gitPull, { WORKDIR: root, GET_DIR: 'x', version_ref: 'a'.repeat(40) })).toMatchObject({
      code: 'commit_not_found',
    });
  });

  test.each(['--upload-pack=touch x', 'main', 'abc', ''])('no version of ours: %p', async (ref) => {
    expect(await failure(gitPull, { WORKDIR: root, GET_DIR: 'x', version_ref: ref })).toMatchObject({
      code: 'bad_version',
    });
  });

  test('no token is written anywhere', async () => {
    const dir = await pull({ version_ref: git(work, 'rev-parse', 'HEAD'), param_token: 'hunter22' });
    expect(readFileSync(join(dir, 'app/.git/config'), 'utf8')).not.toContain('hunter22');
  });
});

describe('git-push', () => {
  async function checkout(): Promise<string> {
    const WORKDIR = mkdtempSync(join(root, 'workdir-'));
    await run(gitPull, { WORKDIR, GET_DIR: 'app', version_ref: git(work, 'rev-parse', 'HEAD') });
    writeFileSync(join(WORKDIR, 'app/made.txt'), 'made');
    git(join(WORKDIR, 'app'), 'add', '-A');
    git(join(WORKDIR, 'app'), 'commit', '--quiet', '-m', 'made in a build');
    return WORKDIR;
  }

  test('commits and a tag, to the default branch', async () => {
    const WORKDIR = await checkout();
    const { stdout } = await run(gitPush, { WORKDIR, GET_DIR: 'app', put_tag: 'v1' });
    const ref = git(join(WORKDIR, 'app'), 'rev-parse', 'HEAD');
    expect(JSON.parse(stdout)).toMatchObject({ version: { ref }, metadata: { message: 'made in a build' } });
    expect(git(bare, 'rev-parse', 'main', 'v1').split('\n')).toEqual([ref, ref]);
  });

  test('refused when others were faster, unless it may rebase', async () => {
    const WORKDIR = await checkout();
    commit('faster', 'other.txt');
    expect(await failure(gitPush, { WORKDIR, GET_DIR: 'app' })).toMatchObject({ code: 'push_rejected' });
    await run(gitPush, { WORKDIR, GET_DIR: 'app', put_rebase: 'true' });
    expect(git(bare, 'log', '--format=%s', 'main').split('\n')).toEqual(['made in a build', 'faster', 'first']);
  });

  test('what is no repository', async () => {
    const WORKDIR = mkdtempSync(join(root, 'workdir-'));
    expect(await failure(gitPush, { WORKDIR, GET_DIR: '.' })).toMatchObject({ code: 'no_repository' });
  });
});

test.each([
  '--force',
  'a b',
  'a..b',
  '/a',
  'a/',
  'a//b',
  '.a',
  'a/.b',
  'a.lock',
  '@',
  'a@{1}',
  'a:b',
  'a^',
  'a\nb',
  '',
])('no name of a branch: %p', (name) => {
  expect(() => checkRefName(name, 'branch')).toThrow(CodedError);
});

test.each(['main', 'feature/x-1', 'v1.2', 'ü', 'a@b'])('a name of a branch: %p', (name) => {
  expect(() => checkRefName(name, 'branch')).not.toThrow();
});

test.each(['ext::sh -c date', '--upload-pack=x', 'https://a\nb'])('no url for git: %p', async (url) => {
  expect(await failure(gitCheck, { param_url: url })).toMatchObject({ code: 'bad_url' });
});
