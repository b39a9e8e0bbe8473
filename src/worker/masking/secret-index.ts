import type { SecretForm } from './secret-forms.ts';

/** Tells where something was found: the bytes `from` to `to`, `to` excluded. In no particular order, and perhaps twice. */
export type Report = (from: number, to: number) => void;

export interface BlockIndex {
  search(text: Uint8Array, report: Report): void;
}

/**
 * How forms are looked for. Any form that is `shortest` bytes long has, wherever it stands, a block of `block` bytes that begins
 * at a multiple of `stride`.
 */
interface Sampling {
  readonly block: 3 | 4;
  readonly stride: number;
  readonly shortest: number;
}

const SAMPLINGS: readonly Sampling[] = [
  { block: 4, stride: 5, shortest: 8 },
  { block: 4, stride: 1, shortest: 4 },
  { block: 3, stride: 1, shortest: 3 },
];

/** One line break inside of this many bytes leaves eight of them in one piece; the next break is further away. */
const WRAPPED_WINDOW = 15;
/** The bytes after a block are compared at once with it. */
const FOLLOWING = 4;
const NO_BYTES = Buffer.alloc(0);
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Bits of the table per block in it: the more, the fewer looks at what is not there; but it should fit into a near cache. */
const BITS_PER_BLOCK = 16;
const LARGEST_TABLE_BITS = 24;

/** Splits the forms by what search fits them. */
export function createIndexes(forms: readonly SecretForm[]): BlockIndex[] {
  let longest = Number.POSITIVE_INFINITY;
  return SAMPLINGS.flatMap((sampling) => {
    const fitting = forms.filter(({ bytes }) => bytes.length >= sampling.shortest && bytes.length < longest);
    longest = sampling.shortest;
    return fitting.length === 0 ? [] : [createBlockIndex(fitting, sampling)];
  });
}

/**
 * A table of blocks of all forms, each with the forms it is from and its place in them. It holds, of every form, as many blocks
 * in a row as the search takes in one stride, so that one of them is seen. Most looks end at `present`, one bit per hash; of the
 * rest most end at `words`: what has the same hash lies side by side, each block with the four bytes that follow it in its form.
 */
function createBlockIndex(forms: readonly SecretForm[], { block, stride, shortest }: Sampling): BlockIndex {
  const places = forms.map((form) => (form.wrapped ? WRAPPED_WINDOW : shortest) - block + 1);
  const total = places.reduce((sum, count) => sum + count, 0);
  const bits = Math.min(LARGEST_TABLE_BITS, Math.max(12, Math.ceil(Math.log2(total * BITS_PER_BLOCK))));
  const shift = 32 - bits;
  const bucketShift = 4;
  const mask = block === 3 ? 0xffffff : -1;
  const wordAt = (bytes: Uint8Array, at: number): number => blockAt(bytes, at) & mask;
  const starts = chooseWindows(forms, places, block, (bytes, at) => hash(wordAt(bytes, at), shift), 2 ** bits);

  const present = new Uint8Array(2 ** (bits - 3));
  const bucketEnds = new Int32Array(2 ** (bits - bucketShift) + 1);
  const words = new Int32Array(2 * total);
  const formOf = new Int32Array(total);
  const placeOf = new Int32Array(total);
  eachBlock((value) => {
    present[value >>> 3] = (present[value >>> 3] ?? 0) | (1 << (value & 7));
    bucketEnds[value >>> bucketShift] = (bucketEnds[value >>> bucketShift] ?? 0) + 1;
  });
  for (let bucket = 1; bucket < bucketEnds.length; bucket++) {
    bucketEnds[bucket] = (bucketEnds[bucket] ?? 0) + (bucketEnds[bucket - 1] ?? 0);
  }
  const free = bucketEnds.slice();
  eachBlock((value, word, form, place) => {
    const bucket = value >>> bucketShift;
    const entry = (free[bucket] ?? 0) - 1;
    free[bucket] = entry;
    const bytes = forms[form]?.bytes ?? NO_BYTES;
    words[2 * entry] = word;
    words[2 * entry + 1] = blockAt(bytes, place + FOLLOWING);
    // Complemented if the form is too short for its following bytes to be compared.
    formOf[entry] = place + FOLLOWING + 4 <= bytes.length ? form : ~form;
    placeOf[entry] = place;
  });

  function eachBlock(visit: (value: number, word: number, form: number, place: number) => void): void {
    forms.forEach(({ bytes }, form) => {
      const start = starts[form] ?? 0;
      for (let place = start; place < start + (places[form] ?? 0); place++) {
        const word = wordAt(bytes, place);
        visit(hash(word, shift), word, form, place);
      }
    });
  }

  function verify(text: Uint8Array, at: number, word: number, value: number, report: Report): void {
    const bucket = value >>> bucketShift;
    const end = bucketEnds[bucket] ?? 0;
    const following = blockAt(text, at + FOLLOWING);
    const broken = hasLineFeed(following);
    for (let entry = bucket === 0 ? 0 : (bucketEnds[bucket - 1] ?? 0); entry < end; entry++) {
      if (words[2 * entry] !== word) continue;
      const id = formOf[entry] ?? 0;
      if (id >= 0 && !broken && words[2 * entry + 1] !== following) continue;
      const form = forms[id < 0 ? ~id : id];
      if (form !== undefined) reportMatch(text, at, form, placeOf[entry] ?? 0, report);
    }
  }

  return {
    search(text: Uint8Array, report: Report): void {
      const last = text.length - 4;
      let at = 0;
      for (; at <= last; at += stride) {
        // Written out: this loop is what the speed depends on.
        const word =
          ((text[at] as number) |
            ((text[at + 1] as number) << 8) |
            ((text[at + 2] as number) << 16) |
            ((text[at + 3] as number) << 24)) &
          mask;
        const value = Math.imul(word, 0x9e3779b1) >>> shift;
        if (((present[value >>> 3] as number) & (1 << (value & 7))) !== 0) verify(text, at, word, value, report);
      }
      for (; at <= text.length - block; at += stride) {
        const word = wordAt(text, at);
        verify(text, at, word, hash(word, shift), report);
      }
    },
  };
}

/** Four bytes as a number; those past the end count as 0. */
export function blockAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** Whether one of the four bytes is a line feed: then a wrapped form may go on after it. */
function hasLineFeed(word: number): boolean {
  const zero = word ^ 0x0a0a0a0a;
  return ((zero - 0x01010101) & ~zero & 0x80808080) !== 0;
}

function hash(word: number, shift: number): number {
  return Math.imul(word, 0x9e3779b1) >>> shift;
}

/**
 * Which part of each form goes into the table: its beginning, middle or end, whichever has the rarest blocks. Ten thousand
 * tokens that all begin with `https://` would otherwise all be compared at each `https://` of the log.
 */
function chooseWindows(
  forms: readonly SecretForm[],
  places: readonly number[],
  block: number,
  hashAt: (bytes: Uint8Array, at: number) => number,
  hashes: number,
): Int32Array {
  const counts = new Uint32Array(hashes);
  const furthest = (form: number): number => (forms[form]?.bytes.length ?? 0) - (places[form] ?? 0) - block + 1;
  const candidate = (form: number, which: number): number => (furthest(form) * which) >> 1;

  forms.forEach(({ bytes }, form) => {
    for (let which = 0; which < 3; which++) {
      const start = candidate(form, which);
      for (let at = start; at < start + (places[form] ?? 0); at++) {
        const value = hashAt(bytes, at);
        counts[value] = (counts[value] ?? 0) + 1;
      }
    }
  });
  return Int32Array.from(forms, ({ bytes }, form) => {
    let best = 0;
    let smallestCrowd = Number.POSITIVE_INFINITY;
    for (let which = 0; which < 3; which++) {
      const start = candidate(form, which);
      let crowd = 0;
      for (let at = start; at < start + (places[form] ?? 0); at++)
        crowd = Math.max(crowd, counts[hashAt(bytes, at)] ?? 0);
      if (crowd < smallestCrowd) [best, smallestCrowd] = [start, crowd];
    }
    return best;
  });
}

/** Reports the form if it stands in the text with the byte at `place` of the form at `at` of the text. */
function reportMatch(text: Uint8Array, at: number, form: SecretForm, place: number, report: Report): void {
  const bytes = form.bytes;
  let from = at;
  for (let index = place - 1; index >= 0; index--) {
    from--;
    if (form.wrapped && text[from] === LINE_FEED) from -= text[from - 1] === CARRIAGE_RETURN ? 2 : 1;
    if (text[from] !== bytes[index]) return;
  }
  let to = at;
  for (let index = place; index < bytes.length; index++) {
    if (form.wrapped && index > place) to += breakLength(text, to);
    if (text[to] !== bytes[index]) return;
    to++;
  }
  report(from, to);
}

/** The length of the line break at this place, 0 if there is none. */
export function breakLength(text: Uint8Array, at: number): number {
  if (text[at] === LINE_FEED) return 1;
  return text[at] === CARRIAGE_RETURN && text[at + 1] === LINE_FEED ? 2 : 0;
}
