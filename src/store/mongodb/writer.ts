/**
 * Who writes on the copy, one after the other. Those who wait while MongoDB answers are done together: each in a savepoint of one transaction, whose changes become one entry of the
 * journal. Only when that has its number does the transaction commit, and only then do they hear that it is done; when another server has taken the number, all of it is undone, the
 * other's changes come in, and they are to run again.
 */
import { CodedError } from '../../lib/coded-error.ts';
import { UNSTORABLE } from '../sql/server-failures.ts';
import { sqliteFailure } from '../sql/sqlite/sqlite-errors.ts';
import type { CopyFile } from './copy-file.ts';
import type { Change, Position, Statement } from './entry.ts';

/** A transaction was undone only because of others: it is to run again. */
export class Overtaken extends Error {
  constructor() {
    super('another server was quicker');
  }
}

/**
 * Who stood still for so long (a process that was stopped) between his look at the journal and his entry may not take a number: by then the journal could have been trimmed
 * behind it, and the number be free again.
 */
const STOOD_STILL_MS = 600_000;

/** Transactions of one entry, at most. */
const MOST_TOGETHER = 64;

export interface WriterParts {
  readonly copy: () => CopyFile;
  readonly append: (seq: number, change: Change) => Promise<Position | undefined>;
  /** Brings in what others did. Nobody writes meanwhile. */
  readonly catchUp: () => Promise<void>;
  readonly written: () => void;
}

type Waiting = { readonly alone: boolean; readonly go: () => void };

/** Transactions that share their fate. */
class Batch {
  readonly statements: Statement[] = [];
  readonly ended = Promise.withResolvers<void>();
  readonly begun = performance.now();
  size = 0;
  changesTables = false;
}

export interface Turn {
  readonly statements: Statement[];
  changesTables: boolean;
}

export class Writer {
  readonly #parts: WriterParts;
  readonly #line: Waiting[] = [];
  #taken = false;
  #batch: Batch | undefined;
  /** After one could not be written: who is to blame is found by doing each alone. */
  #singly = 0;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Waits until it is our turn, and begins. */
  async begin(): Promise<Turn> {
    await this.#wait(false);
    try {
      const { writer } = this.#parts.copy();
      if (this.#batch === undefined) writer.exec('begin immediate');
      writer.exec('savepoint one');
    } catch (error) {
      await this.#leave();
      throw sqliteFailure(error, this.#parts.copy().path);
    }
    this.#batch ??= new Batch();
    return { statements: [], changesTables: false };
  }

  /** Resolves when what it did is in the journal. Error: `Overtaken`. */
  async commit(turn: Turn): Promise<void> {
    const batch = this.#mine();
    try {
      this.#parts.copy().writer.exec('release one');
    } catch (error) {
      await this.rollback(turn);
      throw sqliteFailure(error, this.#parts.copy().path);
    }
    batch.statements.push(...turn.statements);
    batch.changesTables ||= turn.changesTables;
    batch.size += 1;
    const { promise } = batch.ended;
    await Promise.all([promise, this.#leave()]);
  }

  /** It is undone; those before it in the same transaction are not. Error: `Overtaken`, when what it saw of theirs came to nothing. */
  async rollback(turn: Turn): Promise<void> {
    const batch = this.#mine();
    const { writer } = this.#parts.copy();
    // SQLite ends a transaction by itself after some failures: a full disk.
    if (writer.isTransaction) writer.exec('rollback to one; release one');
    if (turn.changesTables) batch.changesTables = true;
    const seen = batch.size > 0 ? batch.ended.promise : undefined;
    await Promise.all([seen, this.#leave()]);
  }

  /** Does something to the copy beside which nobody writes. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    await this.#wait(true);
    try {
      return await work();
    } finally {
      await this.#leave();
    }
  }

  #mine(): Batch {
    if (this.#batch === undefined) throw new Error('there is no transaction');
    return this.#batch;
  }

  async #wait(alone: boolean): Promise<void> {
    if (this.#taken) await new Promise<void>((go) => this.#line.push({ alone, go }));
    this.#taken = true;
  }

  /** Hands over to the next; what is ready is written first, unless the next can join it. */
  async #leave(): Promise<void> {
    const next = this.#line[0];
    const batch = this.#batch;
    const joins = next !== undefined && !next.alone && this.#singly === 0 && this.#parts.copy().writer.isTransaction;
    if (batch !== undefined && (!joins || batch.size >= MOST_TOGETHER || batch.changesTables)) {
      this.#batch = undefined;
      this.#singly = Math.max(0, this.#singly - 1);
      // Whoever is in it hears how it ended.
      batch.ended.promise.catch(() => undefined);
      await this.#end(batch).then(batch.ended.resolve, batch.ended.reject);
    }
    const first = this.#line.shift();
    if (first === undefined) this.#taken = false;
    else first.go();
  }

  async #end(batch: Batch): Promise<void> {
    const copy = this.#parts.copy();
    const { writer } = copy;
    if (!writer.isTransaction) throw new Overtaken();
    const before = copy.position;
    try {
      const change = this.#changeOf(batch, copy);
      if (change === undefined) {
        writer.exec('rollback');
        return;
      }
      if (performance.now() - batch.begun > STOOD_STILL_MS) throw new Overtaken();
      const position = await this.#parts.append(before.seq + 1, change);
      if (position === undefined) throw new Overtaken();
      copy.moveTo(position);
      writer.exec('commit');
      this.#parts.written();
    } catch (error) {
      copy.undo(before);
      if (error instanceof Overtaken) await this.#parts.catchUp();
      if (batch.size > 1 && error instanceof CodedError && error.code === UNSTORABLE.code) {
        this.#singly = batch.size;
        throw new Overtaken();
      }
      throw sqliteFailure(error, copy.path);
    } finally {
      if (batch.changesTables) this.#parts.copy().watchTables();
    }
  }

  #changeOf(batch: Batch, copy: CopyFile): Change | undefined {
    const rows = copy.takeChanges();
    if (batch.changesTables) {
      return batch.statements.length === 0 ? undefined : { kind: 'statements', statements: batch.statements };
    }
    return rows.length === 0 ? undefined : { kind: 'rows', rows };
  }
}
