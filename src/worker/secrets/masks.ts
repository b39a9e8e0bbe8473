import type { Json } from '../../lib/json.ts';
import { createMasker } from '../masking/masker.ts';

/** Takes bytes in the order they were written and gives them back with secrets replaced; it may hold some back until it knows. */
export interface MaskStream {
  push(bytes: Uint8Array): Uint8Array;
  /** What was held back. The stream can be used on. */
  flush(): Uint8Array;
  /** What was held back, if it ends with a line: for when nothing more came for a while. */
  settle(): Uint8Array;
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

export function createMasks(): Masks {
  const masker = createMasker([]);
  return {
    add: (value) => textsIn(value).flatMap((text) => masker.add(text) ?? []),
    text: (text) => masker.maskText(text),
    finds: (text) => masker.maskText(text) !== text,
    stream: () => masker.another(),
  };
}
