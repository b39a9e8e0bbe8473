/** Hears how the database fares, to tell people of a disk that is full or a server that is gone. */
export interface DatabaseWatch {
  /** A CodedError `store.*`, or whatever else was thrown. */
  failed(error: unknown): void;
  /** A transaction was committed. */
  written(): void;
}

export const NOBODY_WATCHES: DatabaseWatch = { failed: () => undefined, written: () => undefined };
