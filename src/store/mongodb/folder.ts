/** Brings the journal into the collections of rows, in the background, and forgets what of it nobody needs any more. */
import type { Journal } from './journal.ts';
import type { Mirror } from './mirror.ts';
import type { RowCollections } from './row-collections.ts';
import type { State } from './state.ts';

const TURN = 'folding';
const TURN_MS = 30_000;
/** After something was committed. */
const AFTER_MS = 1_000;
const TRIM_EVERY_MS = 600_000;
/** A server that was away for less goes on where it was. */
const KEPT_MS = 3_600_000;
const KEPT_ENTRIES = 1_000;

export interface FolderParts {
  readonly journal: Journal;
  readonly state: State;
  readonly rows: RowCollections;
  readonly mirror: Mirror;
  readonly now: () => Promise<number>;
  /** This server. */
  readonly holder: string;
  /** How long after a change; `'never'` is for tests. */
  readonly afterMs?: number | 'never' | undefined;
}

export class Folder {
  readonly #parts: FolderParts;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #closed = false;
  #trimmedAt = 0;
  #takenAt = Number.NEGATIVE_INFINITY;

  constructor(parts: FolderParts) {
    this.#parts = parts;
  }

  /** There is something new, sooner or later. */
  wake(): void {
    const { afterMs = AFTER_MS } = this.#parts;
    if (this.#closed || this.#timer !== undefined || afterMs === 'never') return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#working = this.#working
        // Whoever uses the database hears of its failures; here it is tried again with the next change.
        .then(() => this.fold())
        .catch(() => undefined);
    }, afterMs);
    this.#timer.unref();
  }

  /** What there is up to now, unless another server is at it. `quickly`: what takes long is left for later. */
  async fold(quickly = false): Promise<void> {
    const { journal, state, rows, mirror } = this.#parts;
    for (let more = true; more; ) {
      if (!(await this.#takeTurn())) return;
      const kept = await state.tables();
      const found = await journal.after(kept?.seq ?? 0);
      const last = found.entries.at(-1);
      if (last === undefined) break;
      if (kept === undefined || found.entries.some(({ change }) => change.kind === 'statements')) {
        if (quickly) return;
        await mirror.fresh();
        await rows.rewrite(mirror.copy, kept, () => this.#takeTurn());
        continue;
      }
      await rows.fold(found.entries, kept);
      await state.moveTables(kept.generation, last);
      more = found.more;
    }
    await this.#trim();
  }

  /** Whether it is ours still. Asked of MongoDB now and then. */
  async #takeTurn(): Promise<boolean> {
    const { state, holder, now } = this.#parts;
    if (performance.now() - this.#takenAt < TURN_MS / 3) return true;
    const asked = performance.now();
    if (!(await state.takeTurn(TURN, holder, await now(), TURN_MS))) return false;
    this.#takenAt = asked;
    return true;
  }

  async #trim(): Promise<void> {
    const now = await this.#parts.now();
    if (now - this.#trimmedAt < TRIM_EVERY_MS) return;
    this.#trimmedAt = now;
    const kept = await this.#parts.state.tables();
    if (kept === undefined) return;
    const first = await this.#parts.journal.trim(kept.seq, new Date(now - KEPT_MS), KEPT_ENTRIES);
    if (first !== undefined) await this.#parts.rows.forgetGone(first, kept.generation);
  }

  /** Brings the rest in, if there is time. */
  async close(): Promise<void> {
    this.#closed = true;
    const waiting = this.#timer !== undefined;
    clearTimeout(this.#timer);
    await this.#working;
    if (waiting) await this.fold(true).catch(() => undefined);
    await this.#parts.state.leaveTurn(TURN, this.#parts.holder).catch(() => undefined);
  }
}
