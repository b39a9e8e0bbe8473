/** Runs every pipeline over one database and one queue: a server, and one worker by that queue. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Client, createClient } from '../../src/client/client.ts';
import { findLocalServers, localServersDir } from '../../src/lib/system/local-token.ts';
import { isEnded } from '../../src/protocol/status.ts';
import type { DatabaseServer } from '../e2e/database-servers.ts';
import { eventually } from '../e2e/eventually.ts';
import type { RunningBroker } from '../servers/brokers.ts';
import { findProgram } from '../servers/find-program.ts';
import { type PikociPlace, pikociPlace } from '../servers/pikoci.ts';
import { temporaryDirectory } from '../servers/temporary-directory.ts';
import type { Pair } from './pairs.ts';
import { type PairJob, type PairPipeline, PIPELINES, SECRET } from './pipelines.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const JWT_SECRET = 'a secret of thirty-two characters';
const BUILD_MS = 90_000;

/** What a pair runs on, started already; one of each serves many pairs. */
export interface PairServers {
  readonly database: DatabaseServer | undefined;
  readonly broker: RunningBroker | undefined;
}

/** Resolves with what did not go as it should, in words; with nothing when all did. */
export async function runPair({ database, queue }: Pair, servers: PairServers): Promise<string[]> {
  await using home = temporaryDirectory('home');
  const name = `pair_${database.system}_${queue.system}`;
  await servers.database?.query(`create database ${name}`);
  const env: Record<string, string> = {
    ...{ PATH: process.env.PATH ?? '', HOME: home.path, TMPDIR: home.path },
    ...{ PIKOCI_JWT_SECRET: JWT_SECRET, PIKOCI_VAR_mode: 'process' },
    ...(servers.broker && queue.variable !== undefined && { [queue.variable]: servers.broker.url }),
  };
  if (servers.database !== undefined) {
    const url = new URL(servers.database.url);
    url.pathname = `/${name}`;
    env.PIKOCI_DB_URL = url.href;
  }
  await using place = pikociPlace({ environment: env });
  const runnable = PIPELINES.filter(({ needs = [] }) => needs.every((program) => findProgram(program) !== undefined));
  const server = await place.startServer(
    ...(servers.database === undefined ? ['--db-system', database.system] : []),
    ...['--pubsub-system', queue.system, `--run-worker=${queue.system === 'mem'}`, '--concurrency', '4'],
    ...runnable.flatMap((pipeline) => ['--pipeline-config', copyOf(place, pipeline)]),
  );
  if (queue.system !== 'mem') {
    const token = place.write('token', (await place.run(['worker-token'])).stdout);
    const worker = place.start([
      ...['worker', '--pubsub-system', queue.system, '--worker-token-file', token, '--pikoci-url', server.url],
      ...['--data-dir', join(place.path, 'worker'), '--concurrency', '4'],
    ]);
    await worker.waitForOutput(/connected to a server/);
  }
  const secret = place.write('secret', SECRET.value);
  const set = await server.cli('secrets', 'set', SECRET.name, '--from-file', secret);
  if (set.code !== 0) return [`pikoci secrets set: ${set.stderr}`];
  const client = await clientOf(place);
  const said = await Promise.all(
    runnable.map(async ({ name: pipeline, jobs }) => {
      const troubles: string[] = [];
      await checkResources(client, pipeline);
      for (const job of jobs) troubles.push(...(await runJob(client, pipeline, job)));
      return troubles;
    }),
  );
  return said.flat();
}

/** By that name it is set; not a byte of it is another. */
function copyOf(place: PikociPlace, { name, file }: PairPipeline): string {
  const directory = join(place.path, 'pipelines');
  mkdirSync(directory, { recursive: true });
  const copy = join(directory, `${name}.hcl`);
  copyFileSync(join(ROOT, file), copy);
  return copy;
}

async function clientOf(place: PikociPlace): Promise<Client> {
  const [found] = await findLocalServers(localServersDir(place.environment, place.path));
  if (found === undefined) throw new Error('the server has left no token');
  return createClient({ baseUrl: found.url, token: found.token });
}

/** Now, and not when its schedule says: a job cannot be triggered before. */
async function checkResources(client: Client, pipeline: string): Promise<void> {
  const params = { team: 'main', pipeline };
  const list = async () =>
    (await client.call('listResources', { params })).filter(({ neverChecked }) => neverChecked !== true);
  for (const { address } of await list()) await client.call('checkResource', { params: { ...params, address } });
  await eventually(`the resources of ${pipeline} are checked`, async () => {
    const resources = await list();
    return resources.every(({ lastCheckAt }) => lastCheckAt !== null) || undefined;
  });
}

async function runJob(client: Client, pipeline: string, wanted: PairJob): Promise<string[]> {
  const { job, inputs, follows, status = 'succeeded', log, never = [] } = wanted;
  const params = { team: 'main', pipeline, job };
  const body = inputs === undefined ? {} : { inputs };
  const triggered = follows === undefined ? (await client.call('triggerJob', { params, body })).number : 1;
  const ended = await eventually(
    `${pipeline}/${job} ends`,
    async () => {
      const { items } = await client.call('listJobBuilds', { params });
      return items.find(({ number, status: now }) => number === triggered && isEnded(now));
    },
    { timeoutMs: BUILD_MS, everyMs: 100 },
  );
  const text = await (await client.bytes('buildLog', { params: { build: ended.id } })).text();
  return [
    ...(ended.status === status ? [] : [`${pipeline}/${job} is ${ended.status}, not ${status}:\n${text}`]),
    ...log.filter((part) => !text.includes(part)).map((part) => `${pipeline}/${job} did not print "${part}":\n${text}`),
    ...never.filter((part) => text.includes(part)).map((part) => `${pipeline}/${job} printed "${part}"`),
  ];
}
