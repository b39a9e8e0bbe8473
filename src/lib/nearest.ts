/**
 * How many single-character changes (insert, delete, replace, swap of neighbours) turn one text into the other: the optimal string
 * alignment distance.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The candidate a person most likely meant, or `undefined` when none is near (a third of the letters may be wrong, at least one). */
export function nearest(wanted: string, candidates: Iterable<string>): string | undefined {
  const text = wanted.toLowerCase();
  let found: string | undefined;
  let best = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    if (Math.abs(other.length - text.length) >= best) continue;
    const distance = editDistance(text, other);
    // Something of the word must be right: "b" was not meant by "a".
    if (distance < best && distance < Math.max(text.length, other.length)) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}
