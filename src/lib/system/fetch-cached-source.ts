import type { FetchProblem, FetchProblemCode } from './fetch-answer.ts';
import { type FetchSourceOptions, fetchSource } from './fetch-source.ts';
import type { KeptSource, SourceCache } from './source-cache.ts';

export interface FetchCachedOptions extends Omit<FetchSourceOptions, 'known'> {
  readonly cache: SourceCache;
  /** The SHA-256 that the text must have, in hex: then a kept text is as good as the address itself, and nothing is asked. */
  readonly pinned?: string | undefined;
}

/**
 * Fetches a source, or takes the kept text of it when that is certain to be the right one: it has the sum that is pinned, or the server
 * says that nothing has changed. Throws only for bugs.
 */
export async function fetchCachedSource(
  address: string,
  { cache, pinned, ...options }: FetchCachedOptions,
): Promise<{ readonly kind: 'text'; readonly text: string } | FetchProblem> {
  const right = pinned === undefined ? undefined : await cache.text(pinned);
  if (right !== undefined) return { kind: 'text', text: right };
  const kept = await cache.find(address);
  const fetched = await fetchSource(address, { ...options, known: askable(kept) });
  switch (fetched.kind) {
    case 'unchanged':
      // It was asked only because something is kept.
      if (kept === undefined) throw new Error(`nothing is kept of ${address}, and nothing came`);
      await cache.keep(address, kept.text, kept.fingerprint);
      return { kind: 'text', text: kept.text };
    case 'text':
      await cache.keep(address, fetched.text, fetched.fingerprint);
      return { kind: 'text', text: fetched.text };
    case 'problem':
      return kept === undefined || !MAY_PASS.has(fetched.code) ? fetched : withKept(fetched, kept, pinned);
  }
}

function askable(kept: KeptSource | undefined): KeptSource['fingerprint'] | undefined {
  const { etag, lastModified } = kept?.fingerprint ?? {};
  return etag === undefined && lastModified === undefined ? undefined : kept?.fingerprint;
}

/** Trouble in which a kept text would help. */
const MAY_PASS: ReadonlySet<FetchProblemCode> = new Set(['source_timeout', 'source_unreachable', 'source_untrusted']);

function withKept(problem: FetchProblem, kept: KeptSource, pinned: string | undefined): FetchProblem {
  const when = new Date(kept.at).toISOString().slice(0, 16).replace('T', ' ');
  const why =
    pinned === undefined
      ? 'is not used, for nothing says that it is still right: pikoci lock (or sha256 = "…") pins the text, and a pinned one that is kept needs no network'
      : 'has another SHA-256 than the one that is pinned';
  return { ...problem, hint: `${problem.hint ?? ''} A copy of ${when} UTC is kept here but ${why}.`.trim() };
}
