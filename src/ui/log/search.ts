import { MAX_DRAWN } from './line-text.ts';

/** What can be searched: a LogModel, or lines in a test. */
interface Searchable {
  readonly length: number;
  text(index: number): string;
}

export interface Match {
  /** Index among the loaded lines. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export const MAX_MATCHES = 5_000;

/**
 * Where the words stand, from line `from` on, at most `MAX_MATCHES`. Capital letters matter when the query has one. Only what is drawn of a
 * line is searched.
 */
export function findMatches(log: Searchable, query: string, from = 0, limit = MAX_MATCHES): Match[] {
  if (query === '') return [];
  const exact = query !== query.toLowerCase();
  const matches: Match[] = [];
  for (let line = from; line < log.length && matches.length < limit; line++) {
    const text = log.text(line).slice(0, MAX_DRAWN);
    // A letter whose lower case has another length would shift the places: such a line is searched as it is.
    const lower = exact ? text : text.toLowerCase();
    const where = lower.length === text.length ? lower : text;
    for (let at = where.indexOf(query); at >= 0; at = where.indexOf(query, at + query.length)) {
      matches.push({ line, start: at, end: at + query.length });
      if (matches.length >= limit) break;
    }
  }
  return matches;
}
