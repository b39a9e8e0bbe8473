/** Several servers on one database, behind a load balancer: what one knows the others show, and that one dies nobody notices. */
import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../src/client/client.ts';
import { deriveKey } from '../../src/server/secrets/derive-key.ts';
import { type Balancer, startBalancer } from '../servers/balancer.ts';
import { type NatsServer, natsAvailability, startNatsServer } from '../servers/nats-server.ts';
import { type PikociPlace, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { isRequired, testWith } from '../servers/required.ts';
import { endedBuild, listBuilds, logOf } from './builds.ts';
import { DATABASE_KINDS, type DatabaseServer } from './database-servers.ts';
import { eventually } from './eventually.ts';

/** Each of them has another way for servers to tell each other. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  postgresql: ['http', 'nats'],
  mysql: ['http'],
  mongodb: ['http'],
};

const SECRET = 'a secret of thirty-two characters';
/** Shows that cancelling does not wait for a renewal: those are 40 s apart. */
const LEASE = '4m';
const LINES = 400;
const SLOW = 30;

/** Counts, slowly at first, and waits in the middle for a file. */
const counting = (go: string): string =>
  `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo line $i; if [ $i -le ${SLOW} ]; then sleep 0.1; fi; if [ $i = ${LINES / 2} ]; then while [ ! -e ${go} ]; do sleep 0.05; done; fi; done`;

const pipeline = (path: string): string => `
job "count" {
  inputs {
    go {}
  }
  task "numbers" {
    run "shell" { cmd = "${counting(`${path}/$GO`)}" }
    env = { GO = input.go }
  }
}
job "quick" {
  task "hello" {
    run "shell" { cmd = "echo hello" }
  }
}
job "long" {
  task "sleep" {
    run "shell" { cmd = "echo begun; sleep 300" }
  }
}
`;

for (const kind of DATABASE_KINDS) {
  const servers = { executable: pikociAvailability(), [kind.server]: kind.availability, nats: natsAvailability() };
  const test = testWith(servers);
  const isThere = Object.values(servers).every(({ available }) => available);

  describe(`two servers on one database of ${kind.system}`, () => {
    let database: DatabaseServer;
    let made = 0;
    beforeAll(async () => {
      if (isThere || isRequired(kind.server, process.env.PIKOCI_TEST_REQUIRE)) database = await kind.start();
    }, 60_000);
    afterAll(() => database?.[Symbol.asyncDispose]());

    async function databaseFlags(place: PikociPlace): Promise<readonly string[]> {
      made += 1;
      await database.query(`create database shared_${made}`);
      place.write('password', `${database.password}\n`);
      return [
        ...['--db-system', kind.system, '--db-host', database.host, '--db-port', `${database.port}`],
        ...['--db-user', database.user, '--db-password-file', 'password', '--db-name', `shared_${made}`],
      ];
    }

    for (const system of CASES[kind.system] ?? []) {
      test(`over ${system}: logs, cancels and held questions through the other; both are killed in turn, then at once`, async () => {
        await using nats = await startNatsServer();
        await using balancer = await startBalancer();
        await using place = pikociPlace();
        place.write('pipeline.hcl', pipeline(place.path));
        const farm = await startFarm(place, balancer, system, nats, await databaseFlags(place));
        let [one, two] = await Promise.all([farm.server('one'), farm.server('two')]);
        farm.balance(one, two);
        const worker = await farm.worker('w1');

        // A build is seen through both, at once, and goes on when one of the two dies.
        const first = await farm.count(one, 'go-1');
        const readers = [farm.read(one, first), farm.read(two, first), farm.read(undefined, first)];
        await Promise.all(readers.map((reader) => reader.until(`line ${LINES / 2}\n`)));
        // Who had to look by himself would have it in one or two.
        for (const reader of readers) expect(reader.messages()).toBeGreaterThan(5);
        await one.kill9();
        farm.balance(two);
        writeFileSync(join(place.path, 'go-1'), '');
        expect((await endedBuild(two, 'pipeline', 'count', 1)).status).toBe('succeeded');
        await readers[1]?.ended;
        await readers[2]?.ended;
        for (const reader of readers.slice(1)) expect(reader.lines()).toEqual(farm.counted);
        expect(linesOf(await logOf(two, 'pipeline', 'count', 1))).toEqual(farm.counted);

        // The one worker is at the server that is left, or at either: whoever is asked for a build, it begins at once.
        one = await farm.server('one');
        farm.balance(one, two);
        for (const server of [one, two]) expect(await farm.leastWaitMs(server)).toBeLessThan(1_500);

        // What is cancelled at one stops at a worker of the other.
        for (const server of [one, two]) {
          const number = await farm.trigger(two, 'long');
          await eventually(
            'it has begun',
            async () => (await logOf(two, 'pipeline', 'long', number)).includes('begun') || undefined,
          );
          const asked = performance.now();
          const { code, stderr } = await server.cli('builds', 'cancel', '-p', 'pipeline', '-j', 'long', `${number}`);
          expect([code, stderr]).toEqual([0, '']);
          expect((await endedBuild(two, 'pipeline', 'long', number)).status).toBe('cancelled');
          expect(performance.now() - asked).toBeLessThan(20_000);
        }

        // Both at once.
        const last = await farm.count(two, 'go-2');
        const reader = farm.read(undefined, last);
        await reader.until(`line ${LINES / 2}\n`);
        await Promise.all([one.kill9(), two.kill9()]);
        writeFileSync(join(place.path, 'go-2'), '');
        [one, two] = await Promise.all([farm.server('one'), farm.server('two')]);
        farm.balance(one, two);
        expect((await endedBuild(one, 'pipeline', 'count', 2)).status).toBe('succeeded');
        await reader.ended;
        expect(reader.lines()).toEqual(farm.counted);
        expect(linesOf(await logOf(two, 'pipeline', 'count', 2))).toEqual(farm.counted);

        // Nothing twice, nothing lost.
        for (const [job, builds] of [
          ['count', 2],
          ['quick', 6],
          ['long', 2],
        ] as const) {
          const numbers = (await listBuilds(one, 'pipeline', job)).map(({ number }) => number);
          expect(numbers).toEqual(Array.from({ length: builds }, (_, index) => builds - index));
        }
        const attempts = await database.query('select max(attempts), min(attempts) from builds', `shared_${made}`);
        expect(attempts).toMatch(/1\D+1/);
        expect(await worker.stop()).toBe(0);
        await Promise.all([one.stop(), two.stop()]);
      }, 180_000);
    }

    if (kind.server === 'postgres')
      test('a server that must be alone, or that has other secrets, does not start beside another', async () => {
        await using place = pikociPlace();
        const flags = [...(await databaseFlags(place)), '--run-worker=false'];
        const secrets = ['--jwt-secret', SECRET, '--secret-key', SECRET];
        const refused = async (...more: readonly string[]): Promise<string> => {
          const { code, stderr } = await place.run(['server', '--port', '0', ...flags, '--data-dir', 'b', ...more]);
          expect(code).toBe(1);
          return stderr;
        };
        const alone = await place.startServer(...flags, ...secrets, '--data-dir', 'a', '--pubsub-system', 'mem');
        expect(await refused(...secrets)).toMatch(
          /must be alone: with --pubsub-system mem .*\n.*its time is over in \d+ s/,
        );
        // Its successor in the same directory need not wait.
        await alone.kill9();
        const first = await place.startServer(...flags, ...secrets, '--data-dir', 'a');
        expect(await refused(...secrets, '--blobs-system', 'fs')).toMatch(
          /this one must be alone: with --blobs-system fs/,
        );
        expect(await refused('--jwt-secret', SECRET)).toContain('with other secrets than this one');
        const second = await place.startServer(...flags, ...secrets, '--data-dir', 'b');
        const listed = (await second.json('servers', '--json')) as { address: string; status: string; self: boolean }[];
        expect(listed.map(({ status, self, address }) => [status, self, address]).sort()).toEqual(
          [
            ['running', false, first.url],
            ['running', true, second.url],
          ].sort(),
        );
        await second.stop();
        await first.stop();
      }, 60_000);
  });
}

const linesOf = (log: string): readonly string[] => log.split('\n').flatMap((line) => /^line \d+/.exec(line) ?? []);

/** Servers and workers of one place, and how a test speaks to them. */
async function startFarm(
  place: PikociPlace,
  balancer: Balancer,
  system: string,
  nats: NatsServer,
  database: readonly string[],
) {
  const broker = system === 'nats' ? ['--nats-server-url', nats.url] : [];
  const key = deriveKey(Buffer.from(SECRET), 'token of the local command line 1');
  const token = `pko_${Buffer.from(key).toString('base64url')}`;
  const workerToken = (await place.run(['worker-token', '--jwt-secret', SECRET])).stdout.trim();
  const portOf = ({ url }: RunningServer): number => Number(new URL(url).port);

  const farm = {
    counted: Array.from({ length: LINES }, (_, index) => `line ${index + 1}`),
    server: (name: string) =>
      place.startServer(
        ...[...database, '--jwt-secret', SECRET, '--secret-key', SECRET, '--data-dir', name, '--lease', LEASE],
        ...['--pubsub-system', system, ...broker, '--run-worker=false', '--pipeline-config', 'pipeline.hcl'],
        ...['--external-url', balancer.url],
      ),
    balance: (...of: readonly RunningServer[]) => balancer.setTargets(of.map(portOf)),
    async worker(name: string) {
      const worker = place.start([
        ...['worker', '--pubsub-system', system, ...broker, '--pikoci-url', balancer.url],
        ...['--worker-token', workerToken, '--name', name, '--data-dir', name],
      ]);
      await worker.waitForOutput(/connected to a server/);
      return worker;
    },
    async trigger(server: RunningServer, job: string, ...more: readonly string[]): Promise<number> {
      const args = ['jobs', 'trigger', '-p', 'pipeline', '-j', job, ...more, '--json'];
      return ((await server.json(...args)) as { number: number }).number;
    },
    /** Gives the build's id. */
    async count(server: RunningServer, go: string): Promise<string> {
      const number = await farm.trigger(server, 'count', '--input', `go=${go}`);
      const args = ['builds', 'get', '-p', 'pipeline', '-j', 'count', `${number}`, '--json'];
      return ((await server.json(...args)) as { id: string }).id;
    },
    /** From what somebody asked for a build to its begin. */
    async leastWaitMs(server: RunningServer): Promise<number> {
      const waits: number[] = [];
      for (let n = 0; n < 3; n += 1) {
        const number = await farm.trigger(server, 'quick');
        await endedBuild(server, 'pipeline', 'quick', number);
        const args = ['builds', 'get', '-p', 'pipeline', '-j', 'quick', `${number}`, '--json'];
        const build = (await server.json(...args)) as { createdAt: number; startedAt: number };
        waits.push(build.startedAt - build.createdAt);
      }
      return Math.min(...waits);
    },
    /** Follows a build through that server, or through whichever the balancer gives. */
    read(server: RunningServer | undefined, build: string) {
      const stop = new AbortController();
      let text = '';
      let messages = 0;
      let look = (): void => undefined;
      const client = createClient({ baseUrl: server?.url ?? balancer.url, token });
      const ended = (async () => {
        for await (const { message } of client.stream('watchBuild', { params: { build } }, { signal: stop.signal })) {
          if (message.event !== 'log') continue;
          text += message.text;
          messages += 1;
          look();
        }
      })();
      ended.catch(() => undefined);
      return {
        ended,
        until: (part: string) =>
          new Promise<void>((resolve) => {
            look = () => {
              if (text.includes(part)) resolve();
            };
            look();
          }),
        lines: () => linesOf(text),
        messages: () => messages,
      };
    },
  };
  return farm;
}
