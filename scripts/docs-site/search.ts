/** Search over the sections of all pages. Runs in the browser. */

export interface Section {
  /** Title of its page. */
  readonly page: string;
  readonly heading: string;
  readonly address: string;
  readonly words: string;
}

export interface Found {
  readonly section: Section;
  /** Around the first place that fits, with the places in it: `[from, to]` in UTF-16 units. */
  readonly excerpt: string;
  readonly marks: readonly (readonly [number, number])[];
}

const MOST = 20;
const AROUND = 70;

/** Sections that have every word of the query, those first that have it in their heading. A word may be the beginning of one. */
export function searchSections(sections: readonly Section[], query: string): readonly Found[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [];
  return sections
    .map((section) => ({ section, score: scoreOf(section, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, MOST)
    .map(({ section }) => ({ section, ...excerptOf(section.words, wanted) }));
}

function scoreOf({ page, heading, words }: Section, wanted: readonly string[]): number {
  const [inHeading, inPage, inWords] = [heading, page, words].map((text) => text.toLowerCase()) as [
    string,
    string,
    string,
  ];
  let score = 0;
  for (const word of wanted) {
    const best = Math.max(
      place(inHeading, word) * 20,
      place(inPage, word) * 6,
      place(inWords, word) * (1 + Math.min(3, inWords.split(word).length - 1)),
    );
    if (best === 0) return 0;
    score += best;
  }
  // Where the words are all there is to a heading, it is what was meant.
  return inHeading === wanted.join(' ') ? score * 2 : score;
}

/** 0: not there, 1: inside of a word, 2: the beginning of one, 3: a whole one. */
function place(text: string, word: string): number {
  let best = 0;
  for (let at = text.indexOf(word); at >= 0 && best < 3; at = text.indexOf(word, at + 1)) {
    const begins = !isLetter(text[at - 1]);
    const ends = !isLetter(text[at + word.length]);
    best = Math.max(best, begins && ends ? 3 : begins ? 2 : 1);
  }
  return best;
}

const isLetter = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);

function excerptOf(words: string, wanted: readonly string[]): Pick<Found, 'excerpt' | 'marks'> {
  const lower = words.toLowerCase();
  const places = wanted.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
  const first = places.length === 0 ? 0 : Math.min(...places);
  const from = first <= AROUND ? 0 : words.indexOf(' ', first - AROUND) + 1;
  const excerpt = words.slice(from, from + AROUND * 3);
  const marks = wanted.flatMap((word) => {
    const at = excerpt.toLowerCase().indexOf(word);
    return at < 0 ? [] : [[at, at + word.length] as const];
  });
  return { excerpt, marks: marks.sort(([one], [other]) => one - other) };
}
