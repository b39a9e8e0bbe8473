import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitEnvironment } from './git-repository.ts';
import { startGitServer } from './git-server.ts';
import { startGitSshServer } from './git-ssh-server.ts';
import { testWith } from './required.ts';
import { mustRun, runCommand } from './run-command.ts';
import { sshAvailability } from './ssh-server.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('a commit that was pushed can be cloned over HTTP and from its file, and pushed to over HTTP', async () => {
  await using server = await startGitServer();
  await using home = temporaryDirectory('clone');
  const env = gitEnvironment(home.path);
  const app = await server.createRepository('app');
  const commit = await app.commit({ 'a/b.txt': 'one', 'run.sh': { content: '', executable: true } }, 'Begin');
  for (const [name, url] of [
    ['http', app.url],
    ['file', app.fileUrl],
  ] as const) {
    await mustRun('git', ['clone', '--quiet', '--depth=1', url, name], { cwd: home.path, env });
    expect(readFileSync(join(home.path, name, 'a/b.txt'), 'utf8')).toBe('one');
    expect(await mustRun('git', ['-C', name, 'rev-parse', 'HEAD'], { cwd: home.path, env })).toBe(commit);
  }
  const large = 'x'.repeat(3_000_000) + Math.random();
  await Bun.write(join(home.path, 'http/large.bin'), large);
  await mustRun('git', ['add', '.'], { cwd: join(home.path, 'http'), env });
  await mustRun('git', ['commit', '--quiet', '-m', 'Grow'], { cwd: join(home.path, 'http'), env });
  await mustRun('git', ['push', '--quiet'], { cwd: join(home.path, 'http'), env });
  await app.git('fetch', '--quiet');
  expect(await app.git('log', '-1', '--format=%s', 'origin/main')).toBe('Grow');
  expect(server.requests.some((line) => line.startsWith('POST /app.git/git-receive-pack'))).toBe(true);
});

test('a token is asked for, and a failure can be ordered', async () => {
  await using server = await startGitServer({ token: 's3cret' });
  await using home = temporaryDirectory('clone');
  const env = gitEnvironment(home.path);
  const app = await server.createRepository('app');
  await app.commit({ a: '1' }, 'Begin');
  const remote = (url: string) => runCommand('git', ['ls-remote', url], { env, cwd: home.path });
  expect((await remote(app.url)).code).toBe(128);
  const withToken = app.url.replace('http://', 'http://any:s3cret@');
  expect((await remote(withToken)).stdout).toContain('refs/heads/main');
  server.failWith(503);
  expect((await remote(withToken)).stderr).toContain('503');
  server.failWith(undefined);
  expect((await remote(withToken)).code).toBe(0);
});

testWith({ ssh: sshAvailability() })('the same repository can be cloned over SSH with its key', async () => {
  await using server = await startGitServer();
  await using ssh = await startGitSshServer();
  await using home = temporaryDirectory('clone');
  const app = await server.createRepository('app');
  const commit = await app.commit({ a: '1' }, 'Begin');
  const options = `-F none -o UserKnownHostsFile=${ssh.knownHostsFile} -o IdentitiesOnly=yes`;
  const env = { ...gitEnvironment(home.path), GIT_SSH_COMMAND: `ssh ${options} -i ${ssh.privateKeyFile}` };
  expect(await mustRun('git', ['ls-remote', ssh.urlOf(app), 'main'], { env })).toStartWith(commit);
});
