/**
 * One reader's view of one attempt: where it is in the numbered events, the states of the steps so far, and the halves of characters that
 * wait for their other half.
 */
import type { AttemptId } from '../../lib/ids.ts';
import type { BuildStreamMessage } from '../../protocol/builds.ts';
import type { LogChunk, StoredEvent } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { Utf8Cutter } from '../live/utf8-cutter.ts';
import { StepFold } from './step-fold.ts';

const EVENT_PAGE = 1_000;
const CHUNK_PAGE_BYTES = 256 * 1024;
/** A log up to this long is sent whole to one who has nothing yet; of a longer one each step gets its share, from the end. */
const WHOLE_LOG_BYTES = 1024 * 1024;
const LEAST_TAIL_BYTES = 16 * 1024;
/** Of a reader who wants no more than the end: when it is so far behind, the rest is left out, but for this of each step. It is longer than a chunk. */
const FAR_BEHIND_BYTES = 1024 * 1024;
const KEPT_BYTES = 512 * 1024;

/** What a chunk becomes is the same for all who read it, and so is made, and encoded, once for all of them. */
const shared = new WeakMap<LogChunk, BuildStreamMessage>();

export interface Replayed {
  readonly seq: number;
  readonly message: BuildStreamMessage;
}

export class AttemptReplay {
  readonly id: AttemptId;
  readonly fold = new StepFold();
  /** Number of the last event that the reader has. */
  position: number;
  readonly #store: Store;
  readonly #cutters = new Map<string, Utf8Cutter>();
  /** How much of each step's log the reader was told. */
  readonly #told = new Map<string, number>();
  #resumed: boolean;
  /** Events up to here are in the states. */
  #folded = 0;

  constructor(store: Store, id: AttemptId, position: number) {
    this.#store = store;
    this.id = id;
    this.position = position;
    this.#resumed = position > 0;
  }

  /** Brings the states up to event `upTo` without telling the reader. */
  async foldUpTo(upTo: number): Promise<void> {
    for await (const event of this.#events(this.#folded, upTo)) this.fold.apply(event);
    this.#folded = Math.max(this.#folded, upTo);
    for (const [step, size] of await this.#store.logSizes(this.id)) this.fold.logged(step, size.bytes);
  }

  /** Logs up to event `upTo` for one who has nothing yet: all of it, or the end of each step's. */
  async *tail(upTo: number): AsyncGenerator<Replayed> {
    const sizes = await this.#store.logSizes(this.id);
    const total = [...sizes.values()].reduce((sum, size) => sum + size.bytes, 0);
    if (total <= WHOLE_LOG_BYTES) {
      for await (const chunk of this.#chunks({ afterSeq: 0 }, upTo)) yield* this.#log(chunk);
    } else {
      const share = Math.max(LEAST_TAIL_BYTES, Math.floor(WHOLE_LOG_BYTES / sizes.size));
      for (const [step, size] of sizes) yield* this.#stepTail(step, Math.max(0, size.bytes - share), upTo);
    }
    for (const [step, cutter] of this.#cutters) {
      if (this.fold.get(step)?.status !== 'running') yield* this.#flush(step, cutter, upTo, 0);
    }
    this.position = upTo;
  }

  /** Everything after `position` up to event `upTo`, from the store. */
  async *missed(upTo: number): AsyncGenerator<Replayed> {
    if (this.#folded < this.position) await this.foldUpTo(this.position);
    const events: StoredEvent[] = [];
    for await (const event of this.#events(this.position, upTo)) events.push(event);
    for await (const chunk of this.#chunks({ afterSeq: this.position }, upTo)) {
      while ((events[0]?.seq ?? Number.POSITIVE_INFINITY) < chunk.seq) yield* this.#event(events.shift());
      yield* this.#log(chunk);
    }
    for (const event of events) yield* this.#event(event);
    this.position = upTo;
    this.#folded = Math.max(this.#folded, upTo);
  }

  /** Whether a reader of the newest lines is better off with `skipAhead` than with `missed`. */
  async isFarBehind(): Promise<boolean> {
    const sizes = await this.#store.logSizes(this.id);
    // One who came back with a number: it gets all that it missed, and from then on we know what it has.
    if (this.#resumed) for (const [step, { bytes }] of sizes) this.#told.set(step, bytes);
    this.#resumed = false;
    let missing = 0;
    for (const [step, { bytes }] of sizes) missing += bytes - (this.#told.get(step) ?? 0);
    return missing > FAR_BEHIND_BYTES;
  }

  /** All events up to `upTo`, and of each step's log that is behind the end of it: the reader has all of that, or must begin again where it was. */
  async *skipAhead(upTo: number): AsyncGenerator<Replayed> {
    if (this.#folded < this.position) await this.foldUpTo(this.position);
    for await (const event of this.#events(this.position, upTo)) yield* this.#event(event);
    for (const [step, { bytes }] of await this.#store.logSizes(this.id)) {
      const told = this.#told.get(step) ?? 0;
      if (bytes - told > KEPT_BYTES) yield* this.#stepTail(step, bytes - KEPT_BYTES, upTo);
      else if (bytes > told) {
        for await (const chunk of this.#chunks({ afterSeq: this.position, step }, upTo)) yield* this.#log(chunk);
      }
    }
    this.position = upTo;
    this.#folded = Math.max(this.#folded, upTo);
  }

  /** News from memory, which begins at `position + 1` or before. */
  async *news(upTo: number, events: readonly StoredEvent[], chunks: readonly LogChunk[]): AsyncGenerator<Replayed> {
    const waiting = events.filter((event) => event.seq > this.position);
    for (const chunk of chunks) {
      if (chunk.seq <= this.position) continue;
      while ((waiting[0]?.seq ?? Number.POSITIVE_INFINITY) < chunk.seq) yield* this.#event(waiting.shift());
      yield* this.#log(chunk);
    }
    for (const event of waiting) yield* this.#event(event);
    this.position = Math.max(this.position, upTo);
    this.#folded = Math.max(this.#folded, upTo);
  }

  async *#stepTail(step: string, fromOffset: number, upTo: number): AsyncGenerator<Replayed> {
    let first = fromOffset > 0;
    for await (const chunk of this.#chunks({ afterSeq: 0, step, fromOffset }, upTo)) {
      if (first && chunk.offset > 0) {
        const { offset, firstLine } = chunk;
        yield { seq: chunk.seq, message: { event: 'log_skipped', attempt: this.id, step, offset, firstLine } };
        // The character that the cut went through stays with what was skipped.
        this.#cutters.set(step, new Utf8Cutter());
      }
      first = false;
      yield* this.#log(chunk);
    }
  }

  async *#event(stored: StoredEvent | undefined): AsyncGenerator<Replayed> {
    if (stored === undefined) return;
    const state = this.fold.apply(stored);
    if (state === undefined) return;
    const cutter = this.#cutters.get(state.step);
    if (stored.event.kind === 'step_ended' && cutter !== undefined) {
      // Under the number before: who has this one must have the state that follows, too.
      yield* this.#flush(state.step, cutter, stored.seq - 1, stored.event.at);
    }
    yield { seq: stored.seq, message: { event: 'step', attempt: this.id, state } };
  }

  async *#log(chunk: LogChunk): AsyncGenerator<Replayed> {
    const { step, seq, at, firstLine } = chunk;
    let cutter = this.#cutters.get(step);
    if (cutter === undefined) {
      cutter = new Utf8Cutter(await this.#bytesBefore(chunk));
      this.#cutters.set(step, cutter);
    }
    const end = chunk.offset + chunk.bytes.byteLength;
    this.fold.logged(step, end);
    this.#told.set(step, end);
    const wasClean = cutter.isClean;
    const known = wasClean ? shared.get(chunk) : undefined;
    if (known !== undefined) {
      yield { seq, message: known };
      return;
    }
    const { offset, text } = cutter.push(chunk.offset, chunk.bytes);
    if (text === '') return;
    const message = { event: 'log', attempt: this.id, step, offset, firstLine, at, text } as const;
    if (wasClean && cutter.isClean) shared.set(chunk, message);
    yield { seq, message };
  }

  /** The reader may have been cut off in the middle of a character: it needs its first bytes again. */
  async #bytesBefore({ step, offset }: LogChunk): Promise<Uint8Array> {
    if (offset === 0) return new Uint8Array();
    const length = Math.min(3, offset);
    return (await this.#store.readLog(this.id, step, offset - length, length)).bytes;
  }

  *#flush(step: string, cutter: Utf8Cutter, seq: number, at: number): Generator<Replayed> {
    const { offset, text } = cutter.end();
    if (text === '') return;
    const firstLine = 0;
    yield { seq, message: { event: 'log', attempt: this.id, step, offset, firstLine, at, text } };
  }

  async *#events(after: number, upTo: number): AsyncGenerator<StoredEvent> {
    for (;;) {
      const page = await this.#store.listEvents(this.id, after, EVENT_PAGE);
      for (const event of page) {
        if (event.seq > upTo) return;
        after = event.seq;
        yield event;
      }
      if (page.length < EVENT_PAGE) return;
    }
  }

  async *#chunks(
    from: { afterSeq: number; step?: string; fromOffset?: number },
    upTo: number,
  ): AsyncGenerator<LogChunk> {
    let { afterSeq } = from;
    for (;;) {
      const page = await this.#store.listLogChunks(this.id, { ...from, afterSeq, limitBytes: CHUNK_PAGE_BYTES });
      if (page.length === 0) return;
      for (const chunk of page) {
        if (chunk.seq > upTo) return;
        afterSeq = chunk.seq;
        yield chunk;
      }
    }
  }
}
