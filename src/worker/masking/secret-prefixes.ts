import type { SecretForm } from './secret-forms.ts';
import { blockAt, breakLength } from './secret-index.ts';

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
/** Most places are ruled out by a table of the first four bytes of all forms. */
const BLOCK = 4;

/** Answers where a text ends in what could be the beginning of a secret. */
export interface PrefixIndex {
  /** The first place from which on the text is a beginning (and not the whole) of a form; the text's length if there is none. */
  heldFrom(text: Uint8Array): number;
}

export function createPrefixIndex(forms: readonly SecretForm[]): PrefixIndex {
  const plain = createPrefixSet(forms.filter((form) => !form.wrapped));
  const wrapped = createPrefixSet(forms.filter((form) => form.wrapped));

  function heldFrom(text: Uint8Array): number {
    return Math.min(heldByPlain(text), heldByWrapped(text));
  }

  function heldByPlain(text: Uint8Array): number {
    for (let from = Math.max(0, text.length - plain.longest + 1); from < text.length; from++) {
      const count = Math.min(BLOCK, text.length - from);
      if (plain.mayBegin(blockAt(text, from), count) && plain.isBeginning(text.subarray(from))) return from;
    }
    return text.length;
  }

  function heldByWrapped(text: Uint8Array): number {
    for (let from = reachBack(text, wrapped.longest - 1); from < text.length; from++) {
      if (isBreak(text[from]) || !mayBeginWrapped(text, from)) continue;
      const joined = withoutBreaks(text.subarray(from));
      if (joined !== undefined && wrapped.isBeginning(joined)) return from;
    }
    return text.length;
  }

  /** `mayBegin` of the first four bytes from there on that are no line breaks. */
  function mayBeginWrapped(text: Uint8Array, from: number): boolean {
    let word = 0;
    let count = 0;
    for (let at = from; at < text.length && count < BLOCK; at++) {
      const byte = text[at] ?? 0;
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) continue;
      word |= byte << (8 * count++);
    }
    return wrapped.mayBegin(word, count);
  }

  return { heldFrom };
}

interface PrefixSet {
  readonly longest: number;
  /** False: no form begins with the first `count` bytes (up to four) of this block. */
  mayBegin(block: number, count: number): boolean;
  /** Whether a form begins with the text and goes on. */
  isBeginning(text: Uint8Array): boolean;
}

function createPrefixSet(forms: readonly SecretForm[]): PrefixSet {
  const sorted = forms.map((form) => form.bytes).sort(Buffer.compare);
  const bits = Math.min(22, Math.max(10, Math.ceil(Math.log2(sorted.length * 16 + 1))));
  const present = new Uint8Array(2 ** bits);
  const hash = (block: number): number => Math.imul(block, 0x9e3779b1) >>> (32 - bits);
  const beginnings = new Set<number>();
  for (const bytes of sorted) {
    present[hash(blockAt(bytes, 0))] = 1;
    for (let count = 1; count <= BLOCK; count++) beginnings.add(keyOf(blockAt(bytes.subarray(0, count), 0), count));
  }

  /** The first of the sorted forms that is not before the text: if any begins with the text, this one does. */
  function firstNotBefore(text: Uint8Array): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(sorted[middle] ?? text, text) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    longest: sorted.reduce((longest, bytes) => Math.max(longest, bytes.length), 1),
    mayBegin: (block, count) => (count < BLOCK || present[hash(block)] === 1) && beginnings.has(keyOf(block, count)),
    isBeginning(text) {
      const at = firstNotBefore(text);
      const isTheText = sorted[at]?.length === text.length && Buffer.compare(sorted[at], text) === 0;
      const form = sorted[isTheText ? at + 1 : at];
      return (
        form !== undefined && form.length > text.length && Buffer.compare(form.subarray(0, text.length), text) === 0
      );
    },
  };
}

/** One number for up to four bytes. */
function keyOf(block: number, count: number): number {
  return count * 2 ** 32 + (block >>> 0);
}

/** How far back from the end the text has this many bytes that are not part of a line break. */
function reachBack(text: Uint8Array, count: number): number {
  let from = text.length;
  for (let seen = 0; from > 0 && seen < count; ) {
    from--;
    if (!isBreak(text[from])) seen++;
  }
  return from;
}

function isBreak(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

/**
 * The text with its line breaks taken out; undefined if it begins with one or two follow each other: no encoding does that. A
 * carriage return at the very end may become a break.
 */
function withoutBreaks(text: Uint8Array): Uint8Array | undefined {
  if (!text.includes(LINE_FEED) && !text.includes(CARRIAGE_RETURN)) return text;
  const joined: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (at > 0) at += breakLength(text, at);
    const byte = text[at];
    if (byte === undefined || (byte === CARRIAGE_RETURN && at === text.length - 1 && at > 0)) break;
    if (isBreak(byte)) return undefined;
    joined.push(byte);
  }
  return Uint8Array.from(joined);
}
