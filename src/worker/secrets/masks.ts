import type { Json } from '../../lib/json.ts';

/** Takes bytes in the order they were written and gives them back with secrets replaced; it may hold some back until it knows. */
export interface MaskStream {
  push(bytes: Uint8Array): Uint8Array;
  /** What was held back. The stream can be used on. */
  flush(): Uint8Array;
}

/** The secret values of one build or check, and what replaces them in everything that leaves it. */
export interface Masks {
  /**
   * Every text and number in the value is masked from now on, in streams already open too. Gives warnings about what is too short for
   * that, without saying it.
   */
  add(value: Json): readonly string[];
  /** For messages: the text with secrets replaced. */
  text(text: string): string;
  stream(): MaskStream;
  /** Whether the text holds a secret. */
  finds(text: string): boolean;
}

/** The texts in a value that are worth masking: strings, and numbers as they are written. */
function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (value === null || typeof value === 'boolean') return [];
  return Object.values(value).flatMap((item) => textsIn(item));
}

const MASK = new TextEncoder().encode('***');
const SHORTEST = 3;

/** Masks values as they are, also when one is split over several writes. */
export function createMasks(): Masks {
  const secrets = new Set<string>();
  let needles: readonly Buffer[] = [];

  function stream(): MaskStream {
    let held = Buffer.alloc(0);
    function take(text: Buffer, final: boolean): Uint8Array {
      const out: Uint8Array[] = [];
      let at = 0;
      for (let from = 0; from < text.length; ) {
        const next = firstOf(text, from, needles);
        if (next === undefined) break;
        out.push(text.subarray(at, next.at), MASK);
        at = next.at + next.needle.length;
        from = at;
      }
      const keep = final ? 0 : longestBeginning(text.subarray(at), needles);
      out.push(text.subarray(at, text.length - keep));
      held = Buffer.from(text.subarray(text.length - keep));
      return Buffer.concat(out);
    }
    return {
      push: (bytes) => (needles.length === 0 && held.length === 0 ? bytes : take(Buffer.concat([held, bytes]), false)),
      flush: () => take(held, true),
    };
  }

  function text(whole: string): string {
    const once = stream();
    return Buffer.concat([once.push(Buffer.from(whole)), once.flush()]).toString();
  }

  return {
    add(value) {
      const texts = textsIn(value).filter((found) => found !== '');
      for (const found of texts) if (found.length >= SHORTEST) secrets.add(found);
      // Longer ones first: one that is the beginning of another must not leave the rest of it standing.
      needles = [...secrets].map((secret) => Buffer.from(secret)).sort((a, b) => b.length - a.length);
      return texts.some((found) => found.length < SHORTEST)
        ? ['a secret of fewer than three characters is not masked: that would hide half of the log']
        : [];
    },
    text,
    finds: (whole) => text(whole) !== whole,
    stream,
  };
}

function firstOf(text: Buffer, from: number, needles: readonly Buffer[]): { at: number; needle: Buffer } | undefined {
  let first: { at: number; needle: Buffer } | undefined;
  for (const needle of needles) {
    const at = text.indexOf(needle, from);
    if (at >= 0 && (first === undefined || at < first.at)) first = { at, needle };
  }
  return first;
}

/** How many bytes at the end could be the beginning of a secret. */
function longestBeginning(text: Buffer, needles: readonly Buffer[]): number {
  const most = Math.min(text.length, (needles[0]?.length ?? 1) - 1);
  for (let length = most; length > 0; length -= 1) {
    const end = text.subarray(text.length - length);
    if (needles.some((needle) => needle.length > length && needle.subarray(0, length).equals(end))) return length;
  }
  return 0;
}
