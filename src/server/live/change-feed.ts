/**
 * The feed of changes, for the pages of this server. One loop reads the store's feed, turns ids into names once, and hands each message to
 * every reader; a reader that comes back reads what it missed from the store.
 */
import { CodedError } from '../../lib/coded-error.ts';
import type { JobId, PipelineId, ResourceId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { FeedMessage } from '../../protocol/api.ts';
import type { FeedEntry, PipelineRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Owned } from '../auth/principal.ts';
import type { StreamItem } from '../http/call.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';

const POLL_MS = 2_000;
const BATCH = 500;
/** A reader further behind loads everything again instead. */
const MAX_MISSED = 2_000;
const MAX_HELD = 1_000;

interface Item extends StreamItem<FeedMessage> {
  /** Whose it is; absent: nobody's. */
  readonly owned?: Owned | undefined;
}

export interface ChangeFeed extends Loop {
  /** Changes of the teams that `sees` says, from now on or behind the message with this id, until `signal` aborts. */
  follow(
    after: string | undefined,
    sees: (owned: Owned) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<StreamItem<FeedMessage>>;
}

export function createChangeFeed(store: Store, timers: Timers, logger: Logger): ChangeFeed {
  /** Up to where the readers were told; `undefined` while there are none. */
  let cursor: number | undefined;
  const readers = new Set<(items: readonly Item[]) => void>();
  const names = createNames(store);

  const loop = createLoop({
    name: 'feed',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      while (cursor !== undefined) {
        const entries = await store.listFeed(cursor, BATCH);
        const last = entries.at(-1);
        if (last === undefined) break;
        const items = await itemsOf(entries, names);
        for (const take of readers) take(items);
        // The first reader begins anew, where the feed stands then.
        cursor = readers.size > 0 ? last.cursor : undefined;
      }
      return undefined;
    },
  });

  async function* missed(after: number, upTo: number): AsyncGenerator<Item> {
    const entries = await store.listFeed(after, MAX_MISSED + 1);
    const first = entries[0];
    // Entries in between were dropped, the cursor is of another database, or there are too many.
    const gap = after > upTo || entries.length > MAX_MISSED || (first !== undefined && first.cursor > after + 1);
    if (gap) yield { id: String(upTo), message: { event: 'reset' } };
    else
      yield* await itemsOf(
        entries.filter((entry) => entry.cursor <= upTo),
        names,
      );
  }

  return {
    ...loop,
    async *follow(after, sees, signal) {
      const from = parseCursor(after);
      const held: Item[] = [];
      let overflowed = false;
      let wake = (): void => undefined;
      const take = (items: readonly Item[]): void => {
        held.push(...items);
        if (held.length > MAX_HELD) {
          held.length = 0;
          overflowed = true;
        }
        wake();
      };
      readers.add(take);
      const stop = (): void => wake();
      signal.addEventListener('abort', stop);
      try {
        const begin = await store.latestCursor();
        cursor ??= begin;
        loop.wake();
        let sent = begin;
        if (from === undefined) yield { id: String(begin), message: { event: 'reset' } };
        else yield* only(missed(from, begin), sees);
        while (!signal.aborted) {
          if (overflowed) {
            overflowed = false;
            yield { message: { event: 'reset' } };
          }
          const item = held.shift();
          if (item === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
              if (signal.aborted) resolve();
            });
            continue;
          }
          if (Number(item.id) <= sent) continue;
          sent = Number(item.id);
          if (isSeen(item, sees)) yield item;
        }
      } finally {
        readers.delete(take);
        if (readers.size === 0) cursor = undefined;
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

async function* only(items: AsyncIterable<Item>, sees: (owned: Owned) => boolean): AsyncGenerator<Item> {
  for await (const item of items) if (isSeen(item, sees)) yield item;
}

function isSeen({ owned }: Item, sees: (owned: Owned) => boolean): boolean {
  return owned === undefined || sees(owned);
}

function parseCursor(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CodedError('api.bad_request', `"${text.slice(0, 50)}" is not the id of a message of the feed`);
}

interface Names {
  pipeline(id: PipelineId): Promise<PipelineRecord | undefined>;
  job(pipeline: PipelineId, id: JobId): Promise<string | undefined>;
  resource(id: ResourceId): Promise<string | undefined>;
  build(id: NonNullable<FeedEntry['buildId']>): ReturnType<Store['getBuildRecord']>;
}

/** Several entries about the same thing in a row are told once, under the id of the last. */
async function itemsOf(entries: readonly FeedEntry[], names: Names): Promise<Item[]> {
  const newest = new Map<string, FeedEntry>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.topic, entry.pipelineId, entry.jobId, entry.resourceId, entry.buildId]);
    newest.delete(key);
    newest.set(key, entry);
  }
  const items = [...newest.values()].map(
    async (entry): Promise<Item> => ({
      id: String(entry.cursor),
      ...(await messageOf(entry, names)),
    }),
  );
  return Promise.all(items);
}

async function messageOf(entry: FeedEntry, names: Names): Promise<Omit<Item, 'id'>> {
  const pipeline = entry.pipelineId === undefined ? undefined : await names.pipeline(entry.pipelineId);
  const build = entry.buildId === undefined ? undefined : await names.build(entry.buildId);
  const job =
    build?.job ??
    (entry.jobId !== undefined && entry.pipelineId !== undefined
      ? await names.job(entry.pipelineId, entry.jobId)
      : undefined);
  const resource = entry.resourceId === undefined ? undefined : await names.resource(entry.resourceId);
  const message: FeedMessage = {
    event: 'changed',
    topic: entry.topic,
    ...(pipeline !== undefined && { team: pipeline.team, pipeline: pipeline.name }),
    ...(job !== undefined && { job }),
    ...(resource !== undefined && { resource }),
    ...(entry.buildId !== undefined && { build: entry.buildId }),
    ...(build !== undefined && { number: build.number, status: build.status }),
  };
  return { message, owned: pipeline };
}

const MAX_NAMES = 5_000;

/** Names do not change while a thing exists; a pipeline is looked up again, because it may have been deleted. */
function createNames(store: Store): Names {
  const jobs = new Map<JobId, string>();
  const resources = new Map<ResourceId, string>();
  return {
    pipeline: (id) => store.getPipeline(id),
    build: (id) => store.getBuildRecord(id),
    async job(pipeline, id) {
      if (!jobs.has(id)) {
        if (jobs.size > MAX_NAMES) jobs.clear();
        for (const job of await store.listJobs(pipeline)) jobs.set(job.id, job.name);
      }
      return jobs.get(id);
    },
    async resource(id) {
      if (!resources.has(id)) {
        if (resources.size > MAX_NAMES) resources.clear();
        const found = await store.getResource(id);
        if (found !== undefined) resources.set(id, found.address);
      }
      return resources.get(id);
    },
  };
}
