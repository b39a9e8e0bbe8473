/** What a person may go to or do, by a few letters of its name. */
export interface PaletteEntry {
  /** Unique; what was chosen lately is remembered by it. */
  readonly id: string;
  readonly kind: 'page' | 'pipeline' | 'job' | 'action';
  readonly title: string;
  /** Words beside the title, which are looked through too. */
  readonly about: string;
}

const MOST = 50;

/** Entries that have every word of the query, best first; without a query what was chosen lately (newest first), then all in their order. */
export function rankEntries<Entry extends PaletteEntry>(
  entries: readonly Entry[],
  query: string,
  recent: readonly string[],
): readonly Entry[] {
  const words = query
    .toLowerCase()
    .split(/[\s/]+/)
    .filter(Boolean);
  const lately = (entry: Entry): number => {
    const at = recent.indexOf(entry.id);
    return at < 0 ? 0 : 1 - at / (recent.length + 1);
  };
  return entries
    .map((entry, order) => ({ entry, order, score: scoreOf(entry, words), lately: lately(entry) }))
    .filter(({ score }) => words.length === 0 || score > 0)
    .sort((one, other) => other.score + other.lately - (one.score + one.lately) || one.order - other.order)
    .slice(0, MOST)
    .map(({ entry }) => entry);
}

function scoreOf({ title, about }: PaletteEntry, words: readonly string[]): number {
  let sum = 0;
  for (const word of words) {
    const score = Math.max(fit(title.toLowerCase(), word) * 2, fit(about.toLowerCase(), word));
    if (score === 0) return 0;
    sum += score;
  }
  // Of two that fit alike, the shorter is meant.
  return sum === 0 ? 0 : sum + 1 / (title.length + 1);
}

/** 4: it is the text, 3: a word of it begins so, 2: it is in it, 1: its letters are, in this order; 0: it does not fit. */
function fit(text: string, word: string): number {
  if (text === word) return 4;
  const at = text.indexOf(word);
  if (at >= 0) return startsWord(text, word) ? 3 : 2;
  return hasLetters(text, word) ? 1 : 0;
}

function startsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return true;
  }
  return false;
}

function hasLetters(text: string, word: string): boolean {
  let from = 0;
  for (const letter of word) {
    const at = text.indexOf(letter, from);
    if (at < 0) return false;
    from = at + letter.length;
  }
  return true;
}
