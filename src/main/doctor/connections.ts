/** What a server would be connected to: its port, its database, its broker; and the server that the command line talks to. */

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import { nameOf } from '../../store/sql/database-server.ts';
import { NOBODY_WATCHES } from '../../store/sql/database-watch.ts';
import { type BrokerSettings, brokerTitle, openBroker } from '../brokers.ts';
import { chooseDatabase, type DatabaseSettings } from '../choose-database.ts';
import { createStore } from '../open-store.ts';
import { type Finding, good, note, problem } from './finding.ts';

type Seen = Omit<Finding, 'about'>;

/** `servers`: addresses of those that this account runs here. */
export async function lookAtPort(host: string, port: number, servers: readonly string[]): Promise<Seen> {
  if (port === 0) return good('any free one');
  const failed = await tryListen(host, port);
  if (failed === undefined) return good(`${host}:${port} is free`);
  if (failed === 'EADDRINUSE') {
    const ours = servers.some((url) => new URL(url).port === String(port));
    return ours
      ? note(`${host}:${port} is that of a server of yours that runs`)
      : problem(`something else listens at ${host}:${port}`, 'stop it, or choose another with --port');
  }
  if (failed === 'EACCES')
    return problem(`${host}:${port} is not for this account`, 'choose one above 1023 with --port');
  return problem(`nothing can listen at ${host}:${port} (${failed})`, 'is --host an address of this machine?');
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errnoCode(error) ?? String(error)));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** Changes nothing: an empty database stays empty, an older schema older. `directory`: where SQLite's would be. */
export async function lookAtDatabase(settings: DatabaseSettings, directory: string): Promise<Seen> {
  const database = await chooseDatabase(settings);
  if (database.system === 'mem') return note('in memory: nothing of it is there after the server ends');
  if (database.system === 'sqlite') {
    const path = database.path ?? join(directory, 'pikoci.db');
    if (!existsSync(path)) return good(`SQLite in ${path}, which the first start makes`);
  }
  const name = 'address' in database ? nameOf(database.address) : (database.path ?? join(directory, 'pikoci.db'));
  const store = await createStore(database, directory, NOBODY_WATCHES);
  try {
    await store.requireSchema();
    return good(`${database.system}, ${name}`);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'store.schema_older') throw error;
    return note(`${name}: ${error.message}`, 'the next start brings it up to date, unless --run-migrations=false');
  } finally {
    await store.close();
  }
}

export async function lookAtBroker(settings: BrokerSettings & { readonly pubsubSystem: string }): Promise<Seen> {
  const broker = await openBroker(settings, 'pikoci doctor');
  const title = brokerTitle(settings.pubsubSystem) ?? settings.pubsubSystem;
  if (broker === undefined) return good(`none is needed: ${title}`);
  const connection = await broker.connect({ lost: () => undefined, undelivered: () => undefined });
  try {
    return good(`${title} answers`);
  } finally {
    await connection.close();
  }
}

/** Beyond it what a person reads in a log does not fit what he sees elsewhere. Builds and leases are right whatever the clock says. */
const CLOCK_OFF_MS = 5_000;

/** The clock here against that of a server. `undefined`: there is none to compare it with. */
export async function lookAtClock(url: string | undefined, now: () => number): Promise<Seen> {
  if (url === undefined) return note('there is no server to compare it with', 'name one with --url');
  const asked = now();
  const response = await fetch(new URL('/healthz', url), { redirect: 'manual' });
  const answered = now();
  const date = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(date)) return note(`${url} does not say what time it is there`);
  // The header has whole seconds.
  const off = date + 500 - (asked + answered) / 2;
  if (Math.abs(off) <= CLOCK_OFF_MS) return good(`as at ${url}`);
  const seconds = Math.round(Math.abs(off) / 1_000);
  return problem(
    `${seconds} s ${off > 0 ? 'behind' : 'ahead of'} that of ${url}`,
    'have both machines keep the time (chrony, systemd-timesyncd): times in logs do not fit together',
  );
}
