/** `pikoci secrets` against a whole server. */
import { expect, test } from 'bun:test';
import { job, model, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const pipelines = { app: model([], [job('deploy', [task('1')])]) };

test('set by file, by a pipe, by a prompt; listed; deleted; never on the command line', async () => {
  await using all = await startRemoteWorld(pipelines, {
    'p.hcl': 'app',
    token: 'correct-horse\n',
    empty: '\n',
    short: 'x',
  });
  const { pikoci, run, world } = all;
  await pikoci('pipelines', 'set', '--pipeline-config', 'p.hcl');
  expect(await pikoci('secrets', 'list')).toMatchObject({
    code: 0,
    out: expect.stringContaining('pikoci secrets set'),
  });
  expect((await pikoci('secrets', 'set', 'token', '--from-file', 'token')).out).toBe(
    'secret token of team main: kept\n',
  );
  expect((await run(['secrets', 'set', 'token', '-p', 'p'], { input: 'a pipe\n' })).out).toBe(
    'secret token of pipeline p: kept\n',
  );
  const asked: string[] = [];
  const hidden = async (question: string) => {
    asked.push(question);
    return 'typed';
  };
  expect((await run(['secrets', 'set', 'token'], { hidden })).out).toBe('secret token of team main: changed\n');
  expect(asked).toEqual(['value of token: ']);
  expect((await pikoci('secrets', 'set', 'tiny', '--from-file', 'short')).err).toContain('not masked');

  const bare = await pikoci('secrets', 'set', 'token', 'correct-horse');
  expect(bare).toMatchObject({ code: 2, err: expect.stringContaining('everyone on this machine') });
  expect(bare.err + bare.out).not.toContain('correct-horse');
  expect(await pikoci('secrets', 'set', 'token')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--from-file'),
  });
  expect(await pikoci('secrets', 'set', 'token', '--from-file', 'empty')).toMatchObject({ code: 2 });
  expect(await pikoci('secrets', 'set', 'token', '--from-file', 'none')).toMatchObject({ code: 2 });
  expect(await pikoci('secrets', 'set', 'a b', '--from-file', 'token')).toMatchObject({ code: 1 });

  const { out } = await pikoci('secrets', 'list', '-p', 'p', '--json');
  expect(JSON.parse(out).map((one: { name: string; scope: string }) => [one.name, one.scope])).toEqual([
    ['token', 'pipeline'],
    ['tiny', 'team'],
    ['token', 'team'],
  ]);
  expect((await pikoci('secrets', 'list', '-p', 'p')).out).toMatch(/token +pipeline p +.* admin/);
  expect((await pikoci('secrets', 'delete', 'token', '-p', 'p')).out).toBe('secret token of pipeline p: deleted\n');
  expect(await pikoci('secrets', 'delete', 'token', '-p', 'p')).toMatchObject({ code: 1 });
  const team = (await world.store.listTeams())[0];
  expect(await world.store.listSecrets({ teamId: team!.id })).toHaveLength(2);
});
