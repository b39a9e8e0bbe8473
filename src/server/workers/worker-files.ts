/**
 * Answers what workers ask about large things, protocol/worker-files.ts. Who asks comes from the token, what he may do from the attempt: it must be
 * his, under the fencing number he says, and in force. He reads what his team's artifacts and his pipeline's caches refer to, and nothing else; and
 * they come to refer to what he has brought, so that a digest he has heard of opens nothing.
 */
import { z } from 'zod';
import { type BlobStore, blobNotFound, DIGEST_PATTERN } from '../../blobs/blobs.ts';
import type { UploadKey, Uploads } from '../../blobs/uploads.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { AttemptId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import {
  type cacheDone,
  FENCING_HEADER,
  findCache,
  type foundCache,
  namedCache,
  PIECE_BYTES,
  type UploadState,
  WORKER_FILES_PATH,
} from '../../protocol/worker-files.ts';
import type { Sender } from '../../queue/queue.ts';
import type { AttemptPlace } from '../../store/artifacts.ts';
import type { Store } from '../../store/store.ts';
import { blobResponse } from '../artifacts/blob-response.ts';
import { notFound, problemOf, problemResponse } from '../http/problems.ts';
import { ofFork } from '../repository-builds/of-fork.ts';

export interface WorkerFileParts {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly uploads: Uploads;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type WorkerFileHandler = (request: Request, from: Sender) => Promise<Response>;

export function createWorkerFiles(parts: WorkerFileParts): WorkerFileHandler {
  const { store, blobs, uploads, clock, logger } = parts;

  async function placeOf(attempt: string, request: Request, from: Sender): Promise<AttemptPlace> {
    const place = await store.attemptPlace(attempt as AttemptId);
    const fencing = Number(request.headers.get(FENCING_HEADER));
    if (place !== undefined && place.workerId === from.worker && place.fencing === fencing && place.inForce)
      return place;
    throw new CodedError('worker.not_in_force', 'the attempt is not this worker’s, or not any more', {
      hint: 'another worker may have the build by now; what this one runs is stopped at its next renewal',
    });
  }

  async function upload(key: UploadKey, method: string, last: string | undefined, url: URL, request: Request) {
    const brought = () => store.noteBrought(key.sender as AttemptId, key.digest);
    if (method === 'POST' && last === undefined) {
      const state = await uploads.begin(key);
      if (state.complete) await brought();
      return json(state);
    }
    if (method === 'POST' && last === 'finish') {
      await uploads.finish(key);
      await brought();
      return json({ offset: key.size, complete: true });
    }
    if (method === 'PUT' && last === undefined) {
      const offset = numberOf(url, 'offset');
      return json({ offset: await uploads.append(key, offset, await pieceOf(request)), complete: false });
    }
    throw notFound(`${method} ${url.pathname}`);
  }

  async function cache(
    attempt: AttemptId,
    place: AttemptPlace,
    what: string | undefined,
    request: Request,
  ): Promise<Response> {
    const { pipelineId } = place;
    const now = clock.now();
    if (what === 'find') {
      const { scope, key, prefixes } = await bodyOf(findCache, request);
      const found = await store.findCache({ pipelineId, scope }, { key, prefixes }, now);
      const known = found && { key: found.key, digest: found.digest, size: found.size };
      return json<z.infer<typeof foundCache>>({ ...(known !== undefined && { cache: known }) });
    }
    const named = await bodyOf(namedCache, request);
    const scope = { pipelineId, scope: named.scope };
    if (what === 'save') {
      const isHere = (await store.hasBrought(attempt, named.digest)) && (await blobs.stat(named.digest)) !== undefined;
      if (!isHere) throw blobNotFound(named.digest);
      return json<z.infer<typeof cacheDone>>({ done: await store.saveCache(scope, named, now) });
    }
    if (what === 'drop') {
      await store.dropCache(scope, named.key, named.digest);
      return json<z.infer<typeof cacheDone>>({ done: true });
    }
    throw notFound(`a call caches/${what}`);
  }

  async function answer(request: Request, from: Sender): Promise<Response> {
    const url = new URL(request.url);
    const [attempt = '', kind, name = '', last] = url.pathname.slice(WORKER_FILES_PATH.length + 1).split('/');
    const place = await placeOf(attempt, request, from);
    // It reads the caches that there are, which are its own pipeline's, and leaves nothing.
    if (place.fork && (kind === 'uploads' || name === 'save' || name === 'drop'))
      throw ofFork('no caches and artifacts of its own');
    if (kind === 'caches' && request.method === 'POST') return cache(attempt as AttemptId, place, name, request);
    if (!DIGEST_PATTERN.test(name)) throw notFound(`${request.method} ${url.pathname}`);
    if (kind === 'uploads') {
      const known = (await store.hasBrought(attempt as AttemptId, name)) || (await store.mayRead(place, name));
      const key = { sender: attempt, digest: name, size: numberOf(url, 'size'), known };
      return upload(key, request.method, last, url, request);
    }
    if (kind === 'blobs' && request.method === 'GET') {
      if (!(await store.mayRead(place, name))) throw blobNotFound(name);
      return blobResponse(blobs, name, request.headers.get('range') ?? undefined);
    }
    throw notFound(`${request.method} ${url.pathname}`);
  }

  return async (request, from) => {
    try {
      return await answer(request, from);
    } catch (error) {
      const problem = problemOf(error, 'a worker’s request for files');
      if (problem.status >= 500) {
        logger.error(`${request.method} ${new URL(request.url).pathname}: ${errorText(error)}`, {
          worker: from.worker,
        });
      }
      return problemResponse(problem);
    }
  };
}

const json = <T = UploadState>(value: T): Response => Response.json(value);

function numberOf(url: URL, name: string): number {
  const text = url.searchParams.get(name) ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CodedError('api.bad_request', `query.${name}: a whole number is needed`);
}

async function pieceOf(request: Request): Promise<Uint8Array> {
  const length = Number(request.headers.get('content-length') ?? Number.NaN);
  if (!(length <= PIECE_BYTES)) {
    throw new CodedError('api.too_large', `a piece has ${PIECE_BYTES} bytes at most, and says how many`);
  }
  return new Uint8Array(await request.arrayBuffer());
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CodedError('api.bad_request', `the body is not JSON: ${errorText(error)}`);
  }
}

async function bodyOf<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
  const parsed = schema.safeParse(jsonOf(new TextDecoder().decode(await pieceOf(request))));
  if (parsed.success) return parsed.data;
  throw new CodedError('api.bad_request', z.prettifyError(parsed.error));
}
