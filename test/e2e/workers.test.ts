/** Workers on other machines, as their operator meets them: tokens good and bad, drained, revoked, copied, and what each says. */
import { expect } from 'bun:test';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerTokenView, WorkerView } from '../../src/protocol/workers.ts';
import { type PikociPlace, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild } from './builds.ts';
import { eventually } from './eventually.ts';

const onServer = testWith({ executable: pikociAvailability() });
const SECRET = 'a secret of at least thirty-two characters';

const pipeline = (go: string): string => `
job "plain" {
  task "wait" {
    run "shell" { cmd = "until test -e ${go}; do sleep 0.1; done" }
  }
}
job "gpu" {
  tags = ["gpu"]
  task "go" {
    run "shell" { cmd = "echo on a gpu" }
  }
}
`;

async function served(place: PikociPlace): Promise<RunningServer> {
  place.write('pipeline.hcl', pipeline(join(place.path, 'go')));
  place.write('config.hcl', `jwt_secret = "${SECRET}"\n`);
  const flags = ['--config', 'config.hcl', '--pubsub-system', 'http', '--run-worker=false'];
  return place.startServer(...flags, '--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
}

async function token(place: PikociPlace, ...flags: readonly string[]): Promise<{ text: string; id: string }> {
  const made = await place.run(['worker-token', ...flags], { env: { PIKOCI_JWT_SECRET: SECRET } });
  expect(made).toMatchObject({ code: 0 });
  return { text: made.stdout.trim(), id: /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(made.stderr)?.[0] ?? '' };
}

const list = async (server: RunningServer): Promise<readonly WorkerView[]> =>
  (await server.json('workers', 'list', '--json')) as WorkerView[];

const untilWorker = (server: RunningServer, name: string, status: string): Promise<WorkerView> =>
  eventually(`worker ${name} is ${status}\n${server.output()}`, async () =>
    (await list(server)).find((worker) => worker.name === name && worker.status === status),
  );

onServer(
  'workers come with tokens, take what they are for, are drained, revoked, and forgotten',
  async () => {
    await using place = pikociPlace();
    const server = await served(place);
    const [good, other] = [await token(place), await token(place, '--tags', 'gpu')];
    const start = (name: string, text: string, ...flags: readonly string[]) => {
      place.write(`${name}.token`, text);
      const where = ['--pikoci-url', server.url, '--worker-token-file', `${name}.token`, '--data-dir', name];
      return place.start(['worker', '--name', name, ...where, ...flags]);
    };

    // An exclusive worker leaves alone what does not ask for its tag, and explain says so.
    const special = start('special', other.text, '--tags', 'gpu', '--exclusive', '--queues', 'jobs');
    expect(await untilWorker(server, 'special', 'running')).toMatchObject({
      tags: ['gpu'],
      exclusive: true,
      kinds: ['build'],
      via: 'http',
      token: other.id,
    });
    await server.cli('jobs', 'trigger', 'plain', '-p', 'pipeline');
    await server.cli('jobs', 'trigger', 'gpu', '-p', 'pipeline');
    expect(await endedBuild(server, 'pipeline', 'gpu', 1)).toMatchObject({ status: 'succeeded' });
    const explained = await server.cli('explain', '-p', 'pipeline', '-j', 'plain');
    expect(explained.stdout).toContain('each takes only what asks for one of its tags: special (gpu)');

    // Another takes it, is drained with what it runs, and is told to leave when it has finished.
    const plain = start('plain', good.text);
    await eventually('plain runs the build', async () => (await list(server)).find(({ busy }) => busy === 1));
    const drained = server.cli('workers', 'drain', 'plain', '--leave', '--wait', '--reason', 'new disks');
    await plain.waitForOutput(/drained by admin: finishing what runs, then leaving/);
    expect(await untilWorker(server, 'plain', 'draining')).toMatchObject({
      busy: 1,
      drain: { by: 'admin', reason: 'new disks', leave: true },
    });
    place.write('go', '');
    expect(await drained).toMatchObject({ code: 0, stdout: expect.stringContaining('plain is gone') });
    expect(await plain.exited).toBe(0);
    expect(await endedBuild(server, 'pipeline', 'plain', 1)).toMatchObject({ status: 'succeeded' });

    // Back, it is drained still, and stays; resumed, it works.
    const back = start('plain', good.text);
    await back.waitForOutput(/drained by admin: finishing what runs, taking nothing new/, 60_000);
    expect((await server.cli('workers', 'resume', 'plain')).stdout).toContain('plain takes work again');
    await server.cli('jobs', 'trigger', 'plain', '-p', 'pipeline');
    expect(await endedBuild(server, 'pipeline', 'plain', 2)).toMatchObject({ status: 'succeeded' });

    // A copy of its data directory is another's place.
    cpSync(join(place.path, 'plain'), join(place.path, 'copy'), {
      recursive: true,
      filter: (path) => !path.endsWith('.lock'),
    });
    const copy = start('copy', good.text);
    expect(await copy.exited).toBe(1);
    expect(copy.output()).toContain('another process is this worker already: plain');

    // Revoked: turned away at once, and again when it tries.
    expect(await server.json('workers', 'tokens', '--json')).toMatchObject([
      {},
      {},
    ] satisfies Partial<WorkerTokenView>[]);
    expect((await server.cli('workers', 'revoke', good.id)).stdout).toContain('revoked; it was of plain');
    expect(await back.exited).toBe(1);
    expect(back.output()).toContain('the server refused this worker: the worker token was revoked');
    const again = start('plain', good.text);
    expect(await again.exited).toBe(1);
    expect(again.output()).toContain('the worker token was revoked');
    expect(await list(server)).toMatchObject([
      { name: 'plain', status: 'gone' },
      { name: 'special', status: 'running' },
    ]);
    expect((await server.cli('workers', 'prune', '--older-than', '0s')).stdout).toMatch(/^forgot plain /);
    await special.stop();
  },
  180_000,
);

onServer(
  'a worker that is not let in says why, once, and the server goes on',
  async () => {
    await using place = pikociPlace();
    const server = await served(place);
    const foreign = await place.run(['worker-token'], { env: { PIKOCI_JWT_SECRET: `${SECRET} of somebody else` } });
    const good = (await token(place)).text;
    const expired = (await token(place, '--expires', '1s')).text;
    const run = (text: string, ...flags: readonly string[]) =>
      place.run(['worker', '--pikoci-url', server.url, '--data-dir', 'w', ...flags], {
        env: text === '' ? {} : { PIKOCI_WORKER_TOKEN: text },
      });
    await Bun.sleep(1_100);
    const cases: readonly (readonly [string, string, readonly string[]])[] = [
      ['', 'a worker needs a token', []],
      ['garbage', 'the worker token is not one of this server', []],
      ['pkw_garbage', 'the worker token cannot be read', []],
      [foreign.stdout.trim(), 'the worker token is not one of this server', []],
      [expired, 'the worker token has expired', []],
      [good, '--exclusive without a tag', ['--exclusive']],
      [good, '--queues: there is no "everything"', ['--queues', 'everything']],
    ];
    for (const [text, why, flags] of cases) {
      const { code, stderr } = await run(text, ...flags);
      expect([why, code === 0]).toEqual([why, false]);
      expect(stderr).toContain(why);
      expect(stderr.split(why)).toHaveLength(2);
    }
    // Nobody there: said once, and tried on until somebody is.
    const lonely = place.start([
      'worker',
      '--pikoci-url',
      'http://127.0.0.1:1',
      '--worker-token',
      good,
      '--data-dir',
      'l',
    ]);
    await lonely.waitForOutput(/not connected to a server, trying again/);
    await Bun.sleep(2_000);
    expect(lonely.output().match(/not connected/g)).toHaveLength(1);
    await lonely.stop();
    expect(server.output().match(/a worker was refused/g)?.length).toBe(1);
    expect(existsSync(join(place.path, 'w', 'worker-id'))).toBe(true);
    expect(await list(server)).toEqual([]);
  },
  120_000,
);
