/** What one committed transaction changed, as the journal keeps it. */

/** What a row has in a column. */
export type Cell = string | number | null | Uint8Array;

/** One row as it is now, or that it is gone. */
export interface RowChange {
  readonly table: string;
  /** The values of its primary key. */
  readonly key: readonly Cell[];
  /** Absent: it is gone. */
  readonly row?: Readonly<Record<string, Cell>>;
}

/** A statement that changed something. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly Cell[];
}

/** Rows as they are afterwards; or, where tables were made or changed, the statements, which do the same to the same tables. */
export type Change =
  | { readonly kind: 'rows'; readonly rows: readonly RowChange[] }
  | { readonly kind: 'statements'; readonly statements: readonly Statement[] };

/** Where a copy stands: the number of an entry, and which one it was. */
export interface Position {
  /** 0: before all. */
  readonly seq: number;
  readonly uid: string;
}

export type Entry = Position & { readonly change: Change };

export const BEGINNING: Position = { seq: 0, uid: '' };

/** Of a row among others of its table: the value itself where the key is one. */
export const keyText = (key: readonly Cell[]): Cell => (key.length === 1 ? (key[0] ?? null) : JSON.stringify(key));
