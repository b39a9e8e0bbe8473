/**
 * What an attempt can do with large things, wherever they are kept: on a server, over HTTP (http-files.ts) or over the
 * queue alone (queue-files.ts), or on this machine (local-files.ts, for `pikoci run`).
 *
 * Everything is retried within while it makes sense; what is thrown is final: CodedErrors of the server (`upload.too_large`, `blobs.not_found` …),
 * `files.unreachable`, or the signal's reason.
 */
import type { CacheEntry, FindCache, NamedCache } from '../../protocol/worker-files.ts';

export interface PackedFile {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
}

/** Bytes moved so far, of all. */
export type Progress = (bytes: number, total: number) => void;

export interface BuildFiles {
  /** Brings a file there; one that is there already is not sent. */
  upload(file: PackedFile, signal: AbortSignal, progress?: Progress): Promise<void>;
  /** Fetches a blob into a new file. What arrives is checked: `blobs.corrupt` when it is not what it should be. */
  download(
    blob: { readonly digest: string; readonly size: number },
    to: string,
    signal: AbortSignal,
    progress?: Progress,
  ): Promise<void>;
  findCache(wanted: FindCache, signal: AbortSignal): Promise<CacheEntry | undefined>;
  /** False: there is one of that key already. */
  saveCache(cache: NamedCache, signal: AbortSignal): Promise<boolean>;
  /** One that turned out to be broken. */
  dropCache(cache: NamedCache, signal: AbortSignal): Promise<void>;
}
