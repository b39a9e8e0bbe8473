/**
 * A build as a stream of messages: what is, then what happens. In steps:
 *
 * 1. The reader subscribes to the news of this server, so that nothing falls between reading and listening.
 * 2. It gets a snapshot with the end of the log, or, when it comes back with the id of the last message it had, what it missed.
 * 3. News that fits on what it has is handed on from memory. News that does not (it was too slow, or another server stored it) makes it
 *    read from the store, from where it is. It looks there every few seconds anyway.
 *    One who asked for that gets the end of a log instead of all that it missed of it, when that is much: it sees what is printed now.
 * 4. When the build has ended and everything was sent, `end`.
 *
 * The id of a message is `attempt number.event number`.
 */
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId, BuildId } from '../../lib/ids.ts';
import type { BuildStreamMessage, BuildView } from '../../protocol/builds.ts';
import { isEnded } from '../../protocol/status.ts';
import type { AttemptRecord, BuildDetail } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { StreamItem } from '../http/call.ts';
import type { BuildChannels, BuildNews } from '../live/build-channels.ts';
import type { StorageHealth } from '../storage-health.ts';
import { AttemptReplay } from './attempt-replay.ts';
import type { BuildViews } from './build-views.ts';
import { attemptView } from './step-fold.ts';

/** How long news may fail to come before the store is asked. */
const POLL_MS = 5_000;
/** What a pending build waits for changes with other builds and with workers, of which its own channel says nothing. Of approvals it tells. */
const POLL_WAITING_MS = 1_000;

export interface WatchParts {
  readonly store: Store;
  readonly channels: BuildChannels;
  readonly views: BuildViews;
  readonly storage: Pick<StorageHealth, 'problem'>;
  readonly pollMs?: number | undefined;
}

/** What a reader gets who falls behind what is printed: `all` of it, later, or only the `tail`, at once. It can fetch the rest by its place. */
export type Behind = 'all' | 'tail';

export interface StreamPosition {
  readonly attempt: number;
  readonly seq: number;
}

/** Reads the id of a message; `undefined` when there is none. Throws `api.bad_request`. */
export function parsePosition(text: string | undefined): StreamPosition | undefined {
  if (text === undefined || text === '') return undefined;
  const match = /^(\d{1,9})\.(\d{1,12})$/.exec(text);
  if (match !== null) return { attempt: Number(match[1]), seq: Number(match[2]) };
  throw new CodedError('api.bad_request', `"${text.slice(0, 50)}" is not the id of a message of a build's stream`, {
    hint: 'leave it out to begin with a snapshot',
  });
}

export async function* watchBuild(
  parts: WatchParts,
  id: BuildId,
  after: StreamPosition | undefined,
  signal: AbortSignal,
  behind: Behind = 'all',
): AsyncGenerator<StreamItem<BuildStreamMessage>> {
  const reader = parts.channels.subscribe(id);
  const close = (): void => reader.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    const watch = new BuildWatch(parts, id, after, behind);
    yield* after === undefined ? watch.snapshot() : watch.catchUp();
    while (!watch.over && !signal.aborted) {
      const news = await reader.next(parts.pollMs ?? (watch.waits ? POLL_WAITING_MS : POLL_MS));
      if (signal.aborted) return;
      const missed = reader.takeMissed();
      yield* news?.kind === 'events' && !missed && watch.fits(news) ? watch.news(news) : watch.catchUp();
    }
    if (watch.over) yield { message: { event: 'end' } };
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

type EventNews = Extract<BuildNews, { kind: 'events' }>;

class BuildWatch {
  /** The build has ended, and the reader has all of it. */
  over = false;
  /** For others, or for a worker. */
  waits = false;
  readonly #parts: WatchParts;
  readonly #id: BuildId;
  readonly #after: StreamPosition | undefined;
  readonly #behind: Behind;
  readonly #replays = new Map<AttemptId, AttemptReplay>();
  readonly #numbers = new Map<AttemptId, number>();
  /** What the reader was told last of the build and of each attempt, to say it again only when it changed. */
  readonly #told = new Map<string, string>();

  constructor(parts: WatchParts, id: BuildId, after: StreamPosition | undefined, behind: Behind) {
    this.#parts = parts;
    this.#behind = behind;
    this.#id = id;
    this.#after = after;
  }

  async *snapshot(): AsyncGenerator<StreamItem<BuildStreamMessage>> {
    const build = await this.#read();
    if (build === undefined) return;
    const attempts = [];
    for (const attempt of build.attemptList) {
      const replay = this.#replayOf(attempt);
      await replay.foldUpTo(attempt.lastEvent);
      attempts.push(attemptView(attempt, replay.fold));
      this.#changed(attempt.id, attemptKey(attempt));
    }
    const view = await this.#parts.views.detail(build, attempts);
    this.#changed('build', this.#buildKey(build, view));
    const newest = build.attemptList.at(-1);
    let last: StreamItem<BuildStreamMessage> = { message: { event: 'snapshot', build: view } };
    // Only the last message has an id: one who is cut off before it begins again.
    for (const attempt of build.attemptList) {
      for await (const { message } of this.#replayOf(attempt).tail(attempt.lastEvent)) {
        yield last;
        last = { message };
      }
    }
    yield { ...last, id: newest === undefined ? '0.0' : `${newest.number}.${newest.lastEvent}` };
    this.#judge(build);
  }

  /** From the store: what changed of the build and its attempts, and every event behind those the reader has. */
  async *catchUp(): AsyncGenerator<StreamItem<BuildStreamMessage>> {
    const build = await this.#read();
    if (build === undefined) return;
    const view = build.startedAt === undefined || build.status === 'pending' ? await this.#view(build) : undefined;
    if (this.#changed('build', this.#buildKey(build, view))) {
      yield { message: { event: 'build', build: view ?? (await this.#view(build)) } };
    }
    for (const attempt of build.attemptList) {
      const replay = this.#replayOf(attempt);
      const upTo = attempt.lastEvent;
      const fresh = !this.#told.has(attempt.id);
      const changed = this.#changed(attempt.id, attemptKey(attempt));
      const open = isOpen(attempt);
      if (changed && (fresh || open)) {
        await replay.foldUpTo(replay.position);
        yield { message: { event: 'attempt', attempt: attemptView(attempt, replay.fold) } };
      }
      if (upTo > replay.position) {
        if (this.#behind === 'tail' && (await replay.isFarBehind())) yield* this.#skip(attempt, replay);
        else yield* this.#numbered(attempt.number, replay.missed(upTo));
      }
      // Said after its last events, so that steps which were cut off are told from those that ended.
      if (changed && !open) {
        await replay.foldUpTo(upTo);
        yield { message: { event: 'attempt', attempt: attemptView(attempt, replay.fold) } };
      }
    }
    this.#judge(build);
  }

  async *#skip({ number, lastEvent }: AttemptRecord, replay: AttemptReplay) {
    let last: StreamItem<BuildStreamMessage> | undefined;
    for await (const { message } of replay.skipAhead(lastEvent)) {
      if (last !== undefined) yield last;
      last = { message };
    }
    // Only the last one has an id: one who is cut off before it is still where it was.
    if (last !== undefined) yield { ...last, id: `${number}.${lastEvent}` };
  }

  fits(news: EventNews): boolean {
    const replay = this.#replays.get(news.attempt);
    return replay !== undefined && news.from <= replay.position + 1;
  }

  async *news(news: EventNews): AsyncGenerator<StreamItem<BuildStreamMessage>> {
    const replay = this.#replays.get(news.attempt);
    if (replay === undefined) return;
    yield* this.#numbered(this.#numbers.get(news.attempt) ?? 0, replay.news(news.to, news.events, news.chunks));
  }

  async *#numbered(
    number: number,
    items: AsyncIterable<{ seq: number; message: BuildStreamMessage }>,
  ): AsyncGenerator<StreamItem<BuildStreamMessage>> {
    for await (const { seq, message } of items) yield { id: `${number}.${seq}`, message };
  }

  async #read(): Promise<BuildDetail | undefined> {
    const build = await this.#parts.store.getBuild(this.#id);
    // It was deleted with its pipeline while somebody looked.
    if (build === undefined) this.over = true;
    return build;
  }

  #replayOf(attempt: AttemptRecord): AttemptReplay {
    let replay = this.#replays.get(attempt.id);
    if (replay === undefined) {
      replay = new AttemptReplay(this.#parts.store, attempt.id, this.#positionOf(attempt));
      this.#replays.set(attempt.id, replay);
      this.#numbers.set(attempt.id, attempt.number);
    }
    return replay;
  }

  /** Attempts before the one the reader stopped in, it has whole. */
  #positionOf(attempt: AttemptRecord): number {
    if (this.#after === undefined || attempt.number > this.#after.attempt) return 0;
    return attempt.number < this.#after.attempt ? attempt.lastEvent : Math.min(this.#after.seq, attempt.lastEvent);
  }

  /** While the database cannot be written, what it says of the build may be old: the reader is told, and told when that is over. */
  #buildKey(build: BuildDetail, view: BuildView | undefined): string {
    return buildKey(build) + (this.#parts.storage.problem()?.code ?? '') + JSON.stringify(view?.wait ?? null);
  }

  #view(build: BuildDetail): Promise<BuildView> {
    return this.#parts.views.one(build, build.inputs);
  }

  #changed(what: string, now: string): boolean {
    const before = this.#told.get(what);
    this.#told.set(what, now);
    return before !== now;
  }

  #judge(build: BuildDetail): void {
    this.over = isEnded(build.status) && !build.attemptList.some(isOpen);
    this.waits = build.status === 'pending';
  }
}

function isOpen({ status }: AttemptRecord): boolean {
  return status !== 'ended' && status !== 'lost';
}

function buildKey(build: BuildDetail): string {
  const { status, startedAt, endedAt, problem, notBefore, inputs, seen, votes } = build;
  const versions = inputs.map((input) => input.versionId);
  return JSON.stringify([status, startedAt, endedAt, problem, notBefore, versions, seen, votes]);
}

function attemptKey({ status, outcome, startedAt, endedAt, problem }: AttemptRecord): string {
  return JSON.stringify([status, outcome, startedAt, endedAt, problem]);
}
