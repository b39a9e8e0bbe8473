/**
 * The workers beside a server, each a child process with a directory of its own below the data directory. One is enough until another server takes over: then
 * the worker of the old one finishes what it runs, and the new server's own begins at once in another of these places.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { lockDirectory } from '../lib/system/lock-file.ts';
import { createPrivateFile, readPrivateFile } from '../lib/system/private-file.ts';
import { deriveKey } from '../server/secrets/derive-key.ts';
import { type ChildWorker, startChildWorker } from './child-worker.ts';
import type { DataDirectory } from './data-directory.ts';
import { type FlagValues, secretNames } from './flags.ts';
import { serverFlags } from './server-flags.ts';

type Settings = FlagValues<typeof serverFlags>;

/** Where a worker of this data directory may be, and how the server knows it. */
export interface WorkerPlace {
  readonly name: string;
  readonly directory: string;
  readonly token: string;
  /** The worker is the same one after a restart: its journal says what it owes. */
  readonly worker: string;
}

/** As many may run builds of servers that were replaced as there are places; the next has to wait for one of them. */
const PLACES = 4;
/** A worker is taken for dead after so many leases, and after this at least: it says something every 10 s. */
const SILENT_LEASES = 3;
const LEAST_SILENCE_MS = 35_000;

/** The first is where the worker of a server is that replaced none. */
export async function workerPlaces(
  directory: DataDirectory,
  jwtSecret: Uint8Array,
): Promise<readonly [WorkerPlace, ...WorkerPlace[]]> {
  const place = async (number: number): Promise<WorkerPlace> => ({
    name: number === 1 ? 'local' : `local-${number}`,
    directory: join(directory.path, number === 1 ? 'worker' : `worker-${number}`),
    token: Buffer.from(deriveKey(jwtSecret, `token of the local worker ${number}`)).toString('base64url'),
    worker: await workerId(join(directory.server, number === 1 ? 'worker-id' : `worker-id-${number}`)),
  });
  const others = Array.from({ length: PLACES - 1 }, (_, index) => place(index + 2));
  return [await place(1), ...(await Promise.all(others))];
}

/** One where no worker is; the first when there is one everywhere. */
export function freePlace(places: readonly [WorkerPlace, ...WorkerPlace[]]): WorkerPlace {
  return places.find(({ directory }) => !isTaken(directory)) ?? places[0];
}

export interface LocalWorkersParts {
  readonly settings: Settings;
  /** A server that keeps nothing cannot come back. */
  readonly keepsNothing: boolean;
  readonly socket: string;
  readonly slots: number;
  readonly logger: Logger;
  /** When a worker was heard last, by `performance.now()`. */
  readonly heardAt: (worker: string) => number | undefined;
}

function startLocalWorker(place: WorkerPlace, parts: LocalWorkersParts): ChildWorker {
  const { settings, logger, heardAt } = parts;
  return startChildWorker({
    args: [
      '--supervised',
      ...(parts.keepsNothing ? ['--orphan-after', '0s'] : []),
      ...['--pubsub-system', 'http', '--pikoci-url', `unix:${parts.socket}`],
      ...['--name', place.name],
      ...['--data-dir', place.directory],
      ...['--concurrency', String(parts.slots)],
      ...['--cleanup-timeout', `${settings.cleanupTimeout}ms`],
      ...['--log-level', settings.logLevel],
      ...settings.workerTags.flatMap((tag) => ['--tags', tag]),
      ...(settings.workerExclusive ? ['--exclusive'] : []),
      ...settings.workerQueues.flatMap((queue) => ['--queues', queue]),
      ...settings.passEnv.flatMap((name) => ['--pass-env', name]),
    ],
    environment: {
      ...WITHOUT_SECRETS,
      PIKOCI_WORKER_TOKEN: place.token,
      PIKOCI_WORKER_TOKEN_FILE: undefined,
      PIKOCI_WORKER_ID: place.worker,
    },
    logger,
    silence: {
      limitMs: Math.max(SILENT_LEASES * settings.lease, LEAST_SILENCE_MS),
      heardAt: () => heardAt(place.worker),
    },
  });
}

/**
 * The worker of a server, at `place`. In the other places may be what a worker left that was killed with its server: steps that run, services, logs that nobody has. A worker settles
 * that and leaves at once; where one is at work, this one finds the directory locked, and the other does it.
 */
export function startLocalWorkers(
  places: readonly WorkerPlace[],
  place: WorkerPlace,
  parts: LocalWorkersParts,
): ChildWorker {
  const worker = startLocalWorker(place, parts);
  const settling = places
    .filter((other) => other !== place && existsSync(other.directory))
    .map((other) => startLocalWorker(other, parts));
  const settled = Promise.all(settling.map((one) => one.drain()));
  const all = async (ended: Promise<void>): Promise<void> => void (await Promise.all([ended, settled]));
  return {
    ...worker,
    drain: () => all(worker.drain()),
    stop: (graceMs) => all(Promise.all([worker, ...settling].map((one) => one.stop(graceMs))).then(() => undefined)),
  };
}

/** What only the server has to know is not left where the commands of builds run. */
const WITHOUT_SECRETS: Readonly<Record<string, undefined>> = Object.fromEntries(
  secretNames(serverFlags).map((name) => [name, undefined]),
);

function isTaken(directory: string): boolean {
  if (!existsSync(directory)) return false;
  try {
    lockDirectory(directory, 'pikoci server').release();
    return false;
  } catch (error) {
    if (error instanceof CodedError && error.code === 'data_dir.locked') return true;
    throw error;
  }
}

async function workerId(path: string): Promise<string> {
  await createPrivateFile(path, newId());
  const id = (await readPrivateFile(path))?.trim();
  if (id === undefined || id === '') {
    throw new CodedError('data_dir.damaged', `${path} is empty`, { hint: 'remove it; the worker gets a new id' });
  }
  return id;
}
