/** Everything there is, from one store into another. */
import type { AppendOptions } from './attempt-store.ts';

/** What a row has in a column. */
export type Cell = string | number | null | Uint8Array;

/** Some rows of a table, a value for each column. */
export interface TablePage {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The blobs that these rows refer to. */
  readonly blobs: readonly string[];
}

export interface Snapshot {
  /** Of the tables: what imports it needs to know it. */
  readonly schema: number;
  /** Whether something in it is encrypted with the secret key. */
  readonly holdsSealedValues: boolean;
  /** Table by table, each behind those it refers to. */
  readonly pages: AsyncGenerator<TablePage>;
  /** To be called in any case. */
  close(): Promise<void>;
}

/**
 * Left out are caches, which builds make again, the feed, which is about what happens now, and blobs kept in the database, which come by
 * the port of blobs.
 */
export interface TransferStore {
  /** The newest schema that `beginImport` takes. */
  readonly schema: number;
  /** One consistent look, beside which others go on reading and writing. `directory`: where a store that lives in memory may lay a copy down meanwhile. */
  openSnapshot(directory: string): Promise<Snapshot>;
  /**
   * Prepares for rows of this schema. The store must have nothing in it (`import.not_empty`) but what a start without a pipeline leaves, or an import that was not finished:
   * that is thrown away. Until `finishImport` whoever opens the store is refused with `store.unfinished_import`.
   */
  beginImport(schema: number): Promise<void>;
  importPage(page: Omit<TablePage, 'blobs'>): Promise<void>;
  /** Brings what came to the schema of today. What was running there was not brought along: it is ended as lost, and tried again or not as after a restart. */
  finishImport(options: AppendOptions): Promise<void>;
}
