/** Git over SSH on loopback. Whoever has the key may run git's server commands on the repositories of a `GitServer`, and nothing else. */
import type { GitRepository } from './git-repository.ts';
import { type SshServer, startSshServer } from './ssh-server.ts';

export interface GitSshServer extends SshServer {
  /** `ssh://USER@127.0.0.1:PORT/…`. */
  urlOf(repository: GitRepository): string;
}

export async function startGitSshServer(): Promise<GitSshServer> {
  const server = await startSshServer('git shell -c "$SSH_ORIGINAL_COMMAND"');
  const root = `ssh://${server.account}@127.0.0.1:${server.port}`;
  return { ...server, urlOf: ({ fileUrl }) => `${root}${fileUrl.slice('file://'.length)}` };
}
