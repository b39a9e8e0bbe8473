import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { makeCertificate, opensslAvailability } from '../../../test/servers/https-server.ts';
import {
  type RedisServer,
  type RedisServerOptions,
  redisAvailability,
  startRedisServer,
} from '../../../test/servers/redis-server.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { runCommand } from '../../../test/servers/run-command.ts';
import { temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import type { Broker } from '../broker/broker.ts';
import { describeBrokerTrouble } from '../broker/broker-trouble.fixture.ts';
import { type BrokerWorld, createBrokerWorld, whyNot } from '../broker/broker-world.fixture.ts';
import { askUntilAnswered, bytes, text } from '../contract/observe.ts';
import { createRedisBroker, type RedisOptions } from './redis-broker.ts';
import { redisProblem, refuseUnfit } from './redis-problems.ts';

const availability = redisAvailability();
const withRedis = testWith({ redis: availability });
const at = (url: string, more: Partial<RedisOptions> = {}): Broker =>
  createRedisBroker({ url, clientName: 'pikoci test', ...more });

describe.skipIf(!availability.available && !isRequired('redis', process.env.PIKOCI_TEST_REQUIRE))('redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  describeBrokerTrouble({
    title: 'the Redis server',
    server: () => server,
    brokerAt: (port) => at(`redis://127.0.0.1:${port}`),
    rubbishBytes: 100_000_000,
  });
});

/** A Redis, and an installation over it. */
async function startWorld(options: RedisServerOptions = {}) {
  const server = await startRedisServer(options);
  const world = createBrokerWorld();
  return {
    server,
    world,
    as: (user: string): string => `redis://${user}@127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A question and its answer, which is that all is well. */
async function isWell(world: BrokerWorld, servers: Broker, workers: Broker = servers): Promise<void> {
  world.startServer(servers).queue.serve(async (body) => body);
  expect(text(await askUntilAnswered(world.connectWorker(workers), bytes('?')))).toBe('?');
}

withRedis('a wrong password, and none, are said so, on both sides, and not repeated', async () => {
  await using redis = await startWorld({ args: ['--requirepass', 'right'] });
  const wrong = redis.world.startServer(at(redis.as(':wr0ng')));
  await wrong.states.untilLength(1);
  const why = await whyNot(redis.world.connectWorker(at(redis.as(':wr0ng'))));
  expect(why).toMatch(/^the Redis server at 127\.0\.0\.1:\d+ does not let us in: WRONGPASS/);
  expect(why + wrong.states.items.join()).not.toContain('wr0ng');
  expect(wrong.states.items[0]).toBe(why);
  expect(await whyNot(redis.world.connectWorker(at(redis.server.url)))).toContain('does not let us in: NOAUTH');
  await isWell(redis.world, at(redis.as(':right')));
});

withRedis('the password is in no output, DEBUG or not', async () => {
  await using redis = await startWorld({ args: ['--requirepass', 'hunter2'] });
  const broker = join(import.meta.dir, 'redis-broker.ts');
  const url = redis.as(':hunter2');
  const script = `const { createRedisBroker } = await import('${broker}');
    const connection = await createRedisBroker({ url: '${url}', clientName: 'x' }).connect({});
    await connection.close();
    console.log('connected');`;
  const { stdout, stderr } = await runCommand(process.execPath, ['-e', script], {
    env: { ...process.env, DEBUG: '*', DEBUG_COLORS: 'false' },
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'connected\n', stderr: '' });
});

withRedis('a user needs our channels and four commands; one who may less is told so', async () => {
  const commands = ['-@all', '+publish', '+subscribe', '+unsubscribe', '+pubsub|channels'];
  const user = (name: string, ...rules: string[]): string[] => ['--user', name, 'on', '>p', 'resetchannels', ...rules];
  await using redis = await startWorld({
    args: [
      ...user('ci', '&pikoci.*', ...commands),
      ...user('guest', '&other.*', ...commands),
      ...user('mute', '&pikoci.*', '-@all'),
    ],
  });
  await isWell(redis.world, at(redis.as('ci:p')));
  for (const name of ['guest', 'mute']) {
    expect(await whyNot(redis.world.connectWorker(at(redis.as(`${name}:p`))))).toContain('does not let us in: NOPERM');
  }
});

withRedis('memory that is full is no matter: nothing is kept there', async () => {
  await using redis = await startWorld({ args: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'] });
  expect(await redis.server.control('set', 'x', 'y')).toContain('OOM');
  await isWell(redis.world, at(redis.server.url));
});

withRedis('whoever reads too slowly is dropped by Redis: it is said what that may be, and goes on', async () => {
  await using redis = await startWorld({ args: ['--client-output-buffer-limit', 'pubsub 256kb 0 0'] });
  const { queue, states } = redis.world.startServer(at(redis.server.url));
  queue.serve(async (body) => body);
  await queue.ready;
  const stranger = await at(redis.server.url).connect({ lost: () => undefined, undelivered: () => undefined });
  const [mailbox = ''] = (await redis.server.control('pubsub', 'channels')).split('\n');
  expect(mailbox).toStartWith('pikoci.');
  stranger.send(mailbox, new Uint8Array(1_000_000));
  await states.until((items) => items.length >= 3);
  expect(states.items[1]).toMatch(/was lost: it closed the connection \(.*client-output-buffer-limit\)$/);
  expect(states.items[2]).toBe('connected');
  await stranger.close();
  expect(text(await askUntilAnswered(redis.world.connectWorker(at(redis.server.url)), bytes('?')))).toBe('?');
});

withRedis(
  'a replica is unfit, and passed over where its primary is named, too; one that becomes a replica is left',
  async () => {
    await using redis = await startWorld();
    await using replica = await startWorld({ args: ['--replicaof', '127.0.0.1', String(redis.server.port)] });
    expect(await whyNot(redis.world.connectWorker(at(replica.server.url)))).toMatch(
      /is not fit for this queue: it is a replica \(name its primary/,
    );
    const both = at(`${replica.server.url},${redis.server.url}`);
    await isWell(redis.world, both);
    // What a Sentinel does when it makes the other one the primary.
    const { queue, states } = redis.world.startServer(both);
    queue.serve(async (body) => body);
    await states.untilLength(1);
    await replica.server.control('replicaof', 'no', 'one');
    await redis.server.control('replicaof', '127.0.0.1', String(replica.server.port));
    await states.untilLength(3);
    expect(states.items[1]).toContain('it is a replica');
    await isWell(redis.world, both);
  },
);

withRedis('one of a cluster is unfit', async () => {
  await using redis = await startWorld({ args: ['--cluster-enabled', 'yes'] });
  expect(await whyNot(redis.world.connectWorker(at(redis.server.url)))).toContain('it is part of a Redis Cluster');
});

withRedis('while it loads what it has on its disk, it carries messages already', async () => {
  const slow = [
    '--rdbcompression',
    'no',
    '--key-load-delay',
    '20000',
    '--loading-process-events-interval-bytes',
    '1024',
  ];
  await using redis = await startWorld({ args: [...slow, '--enable-debug-command', 'yes'] });
  await redis.server.control('debug', 'populate', '200', 'key', '2000');
  await redis.server.control('save');
  await redis.server.kill9();
  await redis.server.start();
  expect(await redis.server.control('get', 'x')).toContain('LOADING');
  await isWell(redis.world, at(redis.server.url));
  expect(await redis.server.control('get', 'x')).toContain('LOADING');
});

testWith({ redis: availability, openssl: opensslAvailability() })(
  'over TLS, with an authority that is trusted and a certificate of ours, and never without it where it is asked for',
  async () => {
    await using directory = temporaryDirectory('redis-tls');
    const tls = await makeCertificate(directory.path);
    await using redis = await startWorld({ tls, args: ['--tls-auth-clients', 'yes'] });
    const url = `rediss://localhost:${redis.server.port}`;
    const ours = { caFile: tls.certificate, certFile: tls.certificate, keyFile: tls.key };
    await isWell(redis.world, at(url, ours));
    expect(await whyNot(redis.world.connectWorker(at(url)))).toMatch(/cannot be reached: .*certificate/);
    expect(await whyNot(redis.world.connectWorker(at(url, { caFile: tls.certificate })))).toContain(
      'cannot be reached',
    );
    await using plain = await startWorld();
    const why = await whyNot(redis.world.connectWorker(at(`rediss://:hunter2@localhost:${plain.server.port}`)));
    expect(why).toContain('cannot be reached');
    expect(why).not.toContain('hunter2');
  },
);

test('what it is, and what it does not know, is said in words', () => {
  const said = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return String(error);
    }
    return '';
  };
  const answer = (mode: string, role: string): unknown => ['server', 'redis', 'mode', mode, 'role', role];
  expect(said(() => refuseUnfit('it', answer('standalone', 'master')))).toBe('');
  expect(said(() => refuseUnfit('it', answer('sentinel', 'master')))).toContain('it is a Sentinel');
  expect(redisProblem('it', new Error('ERR unknown command `HELLO`, with args beginning with: ')).hint).toContain(
    'Redis 6',
  );
});
