/** Users, teams, tokens and signing in, by the command line against a whole server. */
import { expect, test } from 'bun:test';
import { job, model, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const pipelines = { app: model([], [job('deploy', [task('1')])]) };
const PASSWORD = 'correct horse battery';

test('a user is made, given a role, signs in, makes a token; all of it stands in the audit log', async () => {
  await using all = await startRemoteWorld(pipelines, { 'p.hcl': 'app', password: `${PASSWORD}\n` });
  const { pikoci, run, url } = all;
  await pikoci('pipelines', 'set', '--pipeline-config', 'p.hcl');
  const made = await pikoci('users', 'create', 'ada', '--display-name', 'Ada L.', '--password-file', 'password');
  expect(made).toMatchObject({ code: 0, out: 'user ada: made\n' });
  expect(await pikoci('users', 'create', 'ada')).toMatchObject({ code: 1, err: expect.stringContaining('already') });
  expect((await pikoci('users', 'list')).out).toMatch(/^ada +Ada L\. +active +with a password +never$/m);

  const bad = await run(['login', '--url', url, '--user', 'ada'], { input: 'something else' });
  expect(bad).toMatchObject({ code: 1, err: expect.stringContaining('do not belong together') });
  const login = await run(['login', '--url', url], { answer: () => 'ada', hidden: async () => PASSWORD });
  expect(login.out).toBe(`signed in to ${url} as ada\n`);
  // From now on it is ada who asks.
  expect((await pikoci('pipelines', 'list')).code).toBe(1);
  const mine = JSON.parse((await pikoci('tokens', 'list', '--json')).out);
  expect(mine).toMatchObject([{ name: expect.stringMatching(/^pikoci login on /), user: 'ada' }]);
  expect((await pikoci('users', 'list')).err).toContain('administrators of the server');
  expect((await pikoci('tokens', 'create', 'bot')).err).toContain('a token cannot do this');

  expect((await pikoci('logout', '--url', url)).out).toBe(`signed out of ${url}\n`);
  expect(await pikoci('logout', '--url', url)).toMatchObject({ code: 2 });
  expect(await pikoci('teams', 'grant', 'main', 'ada', 'boss')).toMatchObject({ code: 2 });
  expect((await pikoci('teams', 'grant', 'main', 'ada', 'write')).out).toBe('ada has the role write in team main\n');
  expect((await pikoci('teams', 'members', 'main')).out).toMatch(/^ada +Ada L\. +write$/m);
  expect(JSON.parse((await pikoci('tokens', 'list', '--all', '--json')).out)).toEqual([]);

  await run(['login', '--url', url, '--user', 'ada', '--password-file', 'password']);
  expect((await pikoci('jobs', 'trigger', 'deploy', '-p', 'p')).code).toBe(0);
  expect((await pikoci('pipelines', 'expose', 'p')).err).toContain('needs the role maintain');
  await pikoci('logout', '--url', url);
  expect((await pikoci('pipelines', 'expose', 'p')).out).toContain('everybody');
  const audit = JSON.parse((await pikoci('audit', '--json')).out);
  expect(
    audit.map((one: { actor: string; action: string; target: string }) => [one.actor, one.action, one.target]),
  ).toEqual([
    ['admin', 'exposePipeline', 'pipeline p'],
    ['ada', 'triggerJob', 'job p/deploy'],
    ['admin', 'setMember', 'member ada as write'],
    ['admin', 'setPipeline', 'team main'],
  ]);
  expect((await pikoci('audit', '--all', '--action', 'signIn')).out).toMatch(/ada +signIn/);
});

test('users are changed, disabled and deleted; the last administrator stays', async () => {
  await using all = await startRemoteWorld(pipelines, {});
  const { pikoci, url } = all;
  const link = (await pikoci('users', 'create', 'bob', '--link')).out.split('\n')[1] ?? '';
  expect(new URL(link).pathname).toBe('/auth/once');
  expect((await pikoci('users', 'set', 'bob', '--admin', 'true', '--email', 'bob@example.test')).out).toBe(
    'bob: administrator\n',
  );
  expect(await pikoci('users', 'set', 'bob')).toMatchObject({ code: 2 });
  expect(await pikoci('users', 'set', 'bob', '--admin', 'yes')).toMatchObject({ code: 2 });
  expect((await pikoci('users', 'disable', 'bob')).out).toBe('bob: disabled\n');
  const last = await pikoci('users', 'delete', 'admin');
  expect(last).toMatchObject({ code: 1, err: expect.stringContaining('the last administrator') });
  expect((await pikoci('users', 'enable', 'bob')).out).toBe('bob: administrator\n');
  expect((await pikoci('users', 'delete', 'bob')).out).toBe('user bob: deleted\n');
  expect(await pikoci('users', 'get', 'bob')).toMatchObject({ code: 1, err: expect.stringContaining('no user "bob"') });
  expect(await pikoci('teams', 'create', 'a b')).toMatchObject({ code: 1 });
  expect((await pikoci('teams', 'create', 'blue')).out).toBe('team blue: made\n');
  expect(await pikoci('teams', 'create', 'blue')).toMatchObject({ code: 1, err: expect.stringContaining('already') });
  expect((await pikoci('teams', 'list')).out).toBe('TEAM\nblue\nmain\n');
  expect(await pikoci('login', '--url', url)).toMatchObject({ code: 2, err: expect.stringContaining('--user') });
  expect(await pikoci('login')).toMatchObject({ code: 2, err: expect.stringContaining('--url') });
});
