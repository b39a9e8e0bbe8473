/** Where the text of a type comes from: `pikoci://NAME`, a file beside the pipeline, or an address on the web. */
import type { Range } from '../hcl/position.ts';
import type { TextPlace } from './bundle-path.ts';

/** The kinds of block that may have a `source`. */
export const SOURCE_KINDS = [
  'resource_type',
  'runner_type',
  'service_type',
  'secret_type',
  'notification_type',
] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** What a lock file has entries of. */
export const LOCKED_KINDS = [...SOURCE_KINDS, 'module'] as const;
export type LockedKind = (typeof LOCKED_KINDS)[number];

/** A source that was resolved from a built-in or the web, for the lock file. */
export interface UsedSource {
  readonly kind: LockedKind;
  /** As the pipeline writes it. */
  readonly address: string;
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  readonly builtin: boolean;
}

/** The text behind it. */
export interface ResolvedSource {
  /** What messages call it. */
  readonly file: string;
  readonly text: string;
  readonly builtin: boolean;
  /** What its block must be called, for it was asked for by that name; absent: anything. */
  readonly name?: string;
}

/** A `source` attribute, and the `sha256` beside it. */
export interface SourceReference {
  readonly kind: LockedKind;
  readonly source: string;
  readonly sha256: string | undefined;
  readonly at: Range;
  readonly sha256At: Range | undefined;
  /** Where the text lies that names it; absent: the pipeline's own file. */
  readonly from?: TextPlace;
}

/** Reaches the web for `https://` and `http://` sources. The real one is lib/system/fetch-source.ts. */
export interface SourceLoader {
  /**
   * Gives the text, or why there is none; it does not throw for what the address does. `pinned`, a SHA-256 in hex, is what the text should
   * have: a text that is kept under it may be given without asking. Whether the text has it, the caller looks.
   */
  fetch(url: string, pinned?: string): Promise<FetchedSource>;
}

export type FetchedSource =
  | { readonly kind: 'text'; readonly text: string }
  /** `code` is permanent: `source_refused`, `source_not_found`, `source_timeout` and the others of lib/system/fetch-answer.ts. */
  | { readonly kind: 'problem'; readonly code: string; readonly message: string; readonly hint?: string };

/** The types that come with pikoci (builtins/catalogue.ts). */
export interface Builtins {
  /** The text of a built-in, aliases too; `name` is its own name and `file` what messages call it. */
  find(kind: SourceKind, name: string): BuiltinSource | undefined;
  names(kind: SourceKind): readonly string[];
}

export interface BuiltinSource {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** For where nothing may be fetched: every address is refused. */
export const noFetching: SourceLoader = {
  fetch: async (url) => ({
    kind: 'problem',
    code: 'source_refused',
    message: `${url} is not fetched here.`,
  }),
};
