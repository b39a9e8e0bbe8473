/** Where the versions of a report stand among those that are known. Pure. */

export interface Known {
  readonly position: number;
}

export interface Places<T extends Known> {
  /** By digest, of those that are new. */
  readonly added: ReadonlyMap<string, number>;
  /** Known ones that get another place. */
  readonly moved: readonly { readonly known: T; readonly position: number }[];
  /** New ones that are older than anything known of the report: they were there before and nobody told of them. */
  readonly history: ReadonlySet<string>;
}

interface Report<T extends Known> {
  /** Oldest first, none twice. */
  readonly digests: readonly string[];
  readonly known: ReadonlyMap<string, T>;
  /** The highest position that was ever given. */
  readonly last: number;
}

/** New ones behind all that is known; what is known stays where it is. */
export function appendVersions<T extends Known>({ digests, known, last }: Report<T>): Places<T> {
  const fresh = digests.filter((digest) => !known.has(digest));
  return {
    added: new Map(fresh.map((digest, index) => [digest, last + 1 + index])),
    moved: [],
    history: new Set(),
  };
}

/**
 * The report's order counts: a new one goes before those that it comes before.
 *
 * 1. From the front, what is known and stands in the right order keeps its place.
 * 2. If all that is left is new, it goes behind.
 * 3. Else all that is left gets new places, behind everything, in the order of the report: there is no room between two places.
 */
export function orderVersions<T extends Known>(report: Report<T>): Places<T> {
  const { digests, known, last } = report;
  let kept = 0;
  let before = -1;
  for (const digest of digests) {
    const found = known.get(digest);
    if (found === undefined || found.position < before) break;
    before = found.position;
    kept += 1;
  }
  const left = digests.slice(kept);
  const firstKnown = digests.findIndex((digest) => known.has(digest));
  const history = new Set(digests.slice(0, Math.max(0, firstKnown)));
  if (!left.some((digest) => known.has(digest))) return { ...appendVersions(report), history };
  const added = new Map<string, number>();
  const moved: { known: T; position: number }[] = [];
  for (const [index, digest] of left.entries()) {
    const position = last + 1 + index;
    const found = known.get(digest);
    if (found === undefined) added.set(digest, position);
    else moved.push({ known: found, position });
  }
  return { added, moved, history };
}
