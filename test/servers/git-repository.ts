import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mustRun } from './run-command.ts';

/** Files of a commit by path; `null` removes one, `executable` sets its mode. */
export type Files = Readonly<
  Record<string, string | null | { readonly content: string; readonly executable: boolean }>
>;

/** Git that knows nothing of this machine's or this account's settings. */
export function gitEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
  };
}

/** A bare repository, as a server has it, and a clone of it in which a test plays the developer. Its branch is `main`. */
export class GitRepository {
  readonly name: string;
  /** Over HTTP, without credentials in it. */
  readonly url: string;
  readonly fileUrl: string;
  readonly #clone: string;
  readonly #home: string;

  private constructor(name: string, url: string, bare: string, clone: string, home: string) {
    this.name = name;
    this.url = url;
    this.fileUrl = `file://${bare}`;
    this.#clone = clone;
    this.#home = home;
  }

  static async create(at: { name: string; url: string; bare: string; clone: string; home: string }) {
    const env = gitEnvironment(at.home);
    await mustRun('git', ['init', '--quiet', '--bare', '--initial-branch=main', at.bare], { env });
    for (const setting of ['http.receivepack', 'uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant']) {
      await mustRun('git', ['-C', at.bare, 'config', setting, 'true'], { env });
    }
    await mustRun('git', ['init', '--quiet', '--initial-branch=main', at.clone], { env });
    await mustRun('git', ['-C', at.clone, 'remote', 'add', 'origin', at.bare], { env });
    return new GitRepository(at.name, at.url, at.bare, at.clone, at.home);
  }

  /** Commits these changes, pushes the branch, and answers the new commit's id. */
  async commit(files: Files, message: string): Promise<string> {
    const commit = await this.commitOnly(files, message);
    await this.push();
    return commit;
  }

  /** The same without the push. */
  async commitOnly(files: Files, message: string): Promise<string> {
    for (const [path, change] of Object.entries(files)) {
      const file = join(this.#clone, path);
      if (change === null) {
        rmSync(file);
        continue;
      }
      mkdirSync(dirname(file), { recursive: true });
      const { content, executable } = typeof change === 'string' ? { content: change, executable: false } : change;
      writeFileSync(file, content, { mode: executable ? 0o755 : 0o644 });
    }
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--allow-empty', `--message=${message}`);
    return this.git('rev-parse', 'HEAD');
  }

  /** Pushes the current branch, or the one named, past the HTTP server. */
  async push(branch = 'HEAD', ...options: readonly string[]): Promise<void> {
    await this.git('push', '--quiet', ...options, 'origin', branch);
  }

  /** Any git command in the developer's clone. */
  git(...args: readonly string[]): Promise<string> {
    return mustRun('git', args, { cwd: this.#clone, env: gitEnvironment(this.#home) });
  }
}
