/** How a worker reaches its servers: the queue, and beside it, for artifacts and caches, HTTP. */
import { readFile } from 'node:fs/promises';
import { CodedError } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { fileError } from '../lib/system/file-error.ts';
import { createHttpClient } from '../lib/system/http-client.ts';
import { readWorkerToken, WORKER_TOKEN_PREFIX, workerBearer } from '../protocol/worker-token.ts';
import { createHttpWorkerQueue, type ServerAddress } from '../queue/http/http-worker-queue.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { createHttpFiles } from '../worker/files/http-files.ts';
import { createQueueFiles } from '../worker/files/queue-files.ts';
import type { WorkerOptions } from '../worker/worker.ts';
import { BROKER_SYSTEMS, openBroker } from './brokers.ts';
import type { FlagValues } from './flags.ts';
import { tellConnection, tellForeign } from './tell-connection.ts';
import type { workerFlags } from './worker-flags.ts';

export type WorkerSettings = FlagValues<typeof workerFlags>;

export interface OpenWorkerQueue {
  readonly queue: WorkerQueue;
  readonly files: NonNullable<WorkerOptions['files']>;
}

/** `id`: which of the processes that share the token this is. */
export async function openWorkerQueue(settings: WorkerSettings, id: string, logger: Logger): Promise<OpenWorkerQueue> {
  const token = await workerToken(settings);
  const { pikociUrl } = settings;
  const broker = await openBroker(settings, `pikoci worker ${settings.name ?? ''}`.trim());
  if (broker === undefined) {
    const servers = serverAddresses(pikociUrl);
    const bearer = bearerOf(token, id);
    const queue = createHttpWorkerQueue({ servers, token: bearer });
    if (!settings.supervised) tellStates(queue, logger);
    return { queue, files: filesOf(servers, bearer) };
  }
  const credentials = readWorkerToken(token);
  const { createBrokerWorkerQueue } = await import('../queue/broker/broker-worker-queue.ts');
  const queue = createBrokerWorkerQueue({ broker, credentials, worker: id, onForeign: tellForeign(logger) });
  tellStates(queue, logger);
  if (pikociUrl === undefined) {
    const maxBytes = settings.maxSizeOverQueue * 1024 * 1024;
    return { queue, files: ({ attempt, fencing }) => createQueueFiles({ queue, maxBytes, attempt, fencing }) };
  }
  return { queue, files: filesOf(serverAddresses(pikociUrl), workerBearer(credentials, id)) };
}

function filesOf(servers: ServerAddresses, bearer: string): NonNullable<WorkerOptions['files']> {
  const client = createHttpClient(servers, { authorization: `Bearer ${bearer}` });
  return ({ attempt, fencing }) => createHttpFiles({ client, attempt, fencing });
}

function tellStates(queue: WorkerQueue, logger: Logger): void {
  const tell = tellConnection(logger, 'a server');
  queue.onState((state) => {
    if (state.kind === 'connected') tell('connected');
    if (state.kind === 'connecting') tell(state);
  });
}

/** The worker beside a server has a token of another kind: all of it is shown. */
function bearerOf(token: string, id: string): string {
  return token.startsWith(WORKER_TOKEN_PREFIX) ? workerBearer(readWorkerToken(token), id) : token;
}

type ServerAddresses = readonly [ServerAddress, ...ServerAddress[]];

/** Several have commas between; a path may have commas in it. */
function serverAddresses(given: string | undefined): ServerAddresses {
  const [first, ...others] = (given?.startsWith('unix:') ? [given] : (given ?? '').split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (first === undefined) {
    throw new CodedError('usage.missing', 'a worker needs to know its server', {
      hint: `give --pikoci-url https://… (or PIKOCI_URL), or --pubsub-system ${BROKER_SYSTEMS.join(' or ')}`,
    });
  }
  return [serverAddress(first), ...others.map(serverAddress)];
}

function serverAddress(url: string): ServerAddress {
  if (url.startsWith('unix:')) return { socket: url.slice('unix:'.length) };
  if (!/^https?:\/\/[^/]/.test(url)) {
    throw new CodedError('usage.bad_value', `--pikoci-url: "${url}" is not an address of a server`, {
      hint: 'write https://…, http://… or unix:/path',
    });
  }
  return { url };
}

async function workerToken({ workerToken: given, workerTokenFile: file }: WorkerSettings): Promise<string> {
  if (given !== undefined && file !== undefined) {
    throw new CodedError('usage.bad_value', '--worker-token and --worker-token-file say the same in two ways', {
      hint: 'leave one of them out',
    });
  }
  if (given !== undefined) return given.trim();
  if (file === undefined) {
    throw new CodedError('usage.missing', 'a worker needs a token', {
      hint: 'make one with pikoci worker-token, and set PIKOCI_WORKER_TOKEN or give --worker-token-file',
    });
  }
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
