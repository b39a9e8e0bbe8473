/** The working copy and the journal together: what is read here is as new as the question, and what is written here is in MongoDB. */
import type { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../../lib/coded-error.ts';
import { sqliteFailure } from '../sql/sqlite/sqlite-errors.ts';
import type { CopyFile } from './copy-file.ts';
import type { Entry } from './entry.ts';
import type { Journal } from './journal.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { Writer } from './writer.ts';

/** So soon after a look the next entry cannot have been trimmed: whether it is there says whether there is anything. */
const BY_NUMBER_MS = 600_000;

export interface MirrorParts {
  readonly mongo: MongoConnection;
  readonly journal: Journal;
  /** Opens the copy there is. */
  readonly open: () => Promise<CopyFile>;
  /** Makes a new one from what MongoDB has, in the place of the old one. */
  readonly load: (old: CopyFile) => Promise<CopyFile>;
  /** There is something new in the journal. */
  readonly advanced: () => void;
}

export class Mirror {
  readonly writer: Writer;
  readonly #parts: MirrorParts;
  readonly #readers: (() => void)[] = [];
  #reading = false;
  #copy: CopyFile | undefined;
  #opening: Promise<void> | undefined;
  /** How often something had gone wrong when the copy was last known to be of this journal. */
  #sure = -1;
  /** Up to when it is known that nothing was missed. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
    this.writer = new Writer({
      copy: () => this.copy,
      append: (seq, change) => parts.journal.append(seq, change),
      catchUp: () => this.#catchUp(true),
      written: () => {
        parts.mongo.written();
        parts.advanced();
      },
    });
  }

  get copy(): CopyFile {
    if (this.#copy === undefined) throw new Error('the store is closed');
    return this.#copy;
  }

  open(): Promise<void> {
    this.#opening ??= this.#parts.open().then(
      (copy) => {
        this.#copy = copy;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  async close(): Promise<void> {
    if (this.#copy === undefined) return;
    await this.writer.alone(async () => {
      await this.#takeReader();
      this.#copy?.close();
      this.#copy = undefined;
      this.#freeReader();
    });
  }

  /** Resolves when the copy has all that was committed anywhere before this was called. Those who ask at once are answered by one look. */
  fresh(): Promise<void> {
    if (this.#looking === undefined) {
      this.#looking = this.#catchUp(false).finally(() => {
        this.#looking = undefined;
      });
      return this.#looking;
    }
    this.#next ??= this.#looking
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.fresh();
      });
    return this.#next;
  }

  /** Reads what is committed, in one look. */
  async read<T>(work: (db: DatabaseSync, copy: CopyFile) => Promise<T> | T): Promise<T> {
    await this.fresh();
    await this.#takeReader();
    try {
      return await work(this.copy.reader, this.copy);
    } finally {
      this.#freeReader();
    }
  }

  /** The same for who gives it back himself. */
  async beginRead(): Promise<CopyFile> {
    await this.fresh();
    await this.#takeReader();
    try {
      this.copy.reader.exec('begin');
      return this.copy;
    } catch (error) {
      this.#freeReader();
      throw sqliteFailure(error, this.copy.path);
    }
  }

  endRead(): void {
    const { reader } = this.copy;
    if (reader.isTransaction) reader.exec('rollback');
    this.#freeReader();
  }

  async #takeReader(): Promise<void> {
    if (this.#reading) await new Promise<void>((resolve) => this.#readers.push(resolve));
    this.#reading = true;
  }

  #freeReader(): void {
    const next = this.#readers.shift();
    if (next === undefined) this.#reading = false;
    else next();
  }

  /** `alone`: nobody writes meanwhile. */
  async #catchUp(alone: boolean): Promise<void> {
    const { mongo, journal } = this.#parts;
    const quietly = <T>(work: () => Promise<T>): Promise<T> => (alone ? work() : this.writer.alone(work));
    const { doubts } = mongo;
    if (doubts !== this.#sure) {
      await quietly(() => this.#makeSure());
      this.#sure = doubts;
    }
    const begun = performance.now();
    if (begun - this.#lookedAt < BY_NUMBER_MS) {
      const next = await journal.at(this.copy.position.seq + 1);
      if (next === undefined) {
        this.#lookedAt = begun;
        return;
      }
      await quietly(() => this.#take([next]));
    }
    for (;;) {
      const { entries, more } = await journal.after(this.copy.position.seq);
      if (entries.length > 0) await quietly(() => this.#take(entries));
      if (!more) break;
    }
    this.#lookedAt = begun;
  }

  async #take(entries: readonly Entry[]): Promise<void> {
    const fresh = entries.filter(({ seq }) => seq > this.copy.position.seq);
    const [first] = fresh;
    if (first === undefined) return;
    // Those between are not kept any more: it was away for too long.
    if (first.seq !== this.copy.position.seq + 1) return this.#loadAnew();
    this.copy.apply(fresh);
    this.#parts.advanced();
  }

  /** Whether the journal still has the entry where the copy stands: a server may have lost what it had not yet written, or was restored from a backup. */
  async #makeSure(): Promise<void> {
    const { seq, uid } = this.copy.position;
    if (seq === 0 || (await this.#parts.journal.uidOf(seq)) === uid) return;
    await this.#loadAnew();
  }

  async #loadAnew(): Promise<void> {
    await this.#takeReader();
    try {
      const old = this.copy;
      this.#copy = await this.#parts.load(old);
    } finally {
      this.#freeReader();
    }
  }
}

/** A statement by one of the copy's connections. */
export function failureOnCopy(error: unknown, copy: CopyFile): unknown {
  const failure = sqliteFailure(error, copy.path);
  return failure instanceof CodedError ? failure : error;
}
