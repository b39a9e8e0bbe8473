import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Prepared statements kept; the least recently used is dropped. */
const MOST = 400;

export interface Prepared {
  readonly statement: StatementSync;
  readonly givesRows: boolean;
}

/** Prepared statements of one connection. */
export class Statements {
  readonly #db: DatabaseSync;
  /** By their text, the most recently used last. */
  readonly #kept = new Map<string, Prepared>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  of(text: string): Prepared {
    let prepared = this.#kept.get(text);
    if (prepared === undefined) {
      const statement = this.#db.prepare(text);
      prepared = { statement, givesRows: statement.columns().length > 0 };
      const oldest = this.#kept.size >= MOST ? this.#kept.keys().next().value : undefined;
      if (oldest !== undefined) this.#kept.delete(oldest);
    } else this.#kept.delete(text);
    this.#kept.set(text, prepared);
    return prepared;
  }

  /** When tables have changed. */
  forget(): void {
    this.#kept.clear();
  }
}
