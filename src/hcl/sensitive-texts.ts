/**
 * Which texts an evaluation makes of sensitive values, for whoever has to keep them out of sight.
 *
 * A value that is marked sensitive is often mostly harmless: a script of a hundred lines with one token in it. So what is told is not the
 * result but the pieces, where they come into being: what is taken out of a sensitive value, what a function makes of one. Of a template only
 * what is put into it is told, never the text around it. And where a secret only decides which of two open texts is taken, both stay open.
 */
import { innerValues, type Value } from './value.ts';

export interface SensitiveTexts {
  /** The text is sensitive from end to end. It is told once. */
  made(text: string): void;
  /** Whatever is sensitive in the text has been told already; the rest of it is not. */
  composed(text: string): void;
  isSettled(text: string): boolean;
}

export function createSensitiveTexts(tell: (text: string) => void): SensitiveTexts {
  const settled = new Set<string>();
  return {
    made(text) {
      if (settled.has(text)) return;
      settled.add(text);
      tell(text);
    },
    composed: (text) => void settled.add(text),
    isSettled: (text) => settled.has(text),
  };
}

/** All the texts in a value that are sensitive: when the value leaves the evaluation as it is. */
export function settleWithin(value: Value, texts: SensitiveTexts): void {
  for (const { text, sensitive } of textsIn(value, false)) if (sensitive) texts.made(text);
}

/** The texts in a value that stand in the open, but are about to be marked since something sensitive chose them. */
export function settleChosen(value: Value, texts: SensitiveTexts): void {
  for (const { text, sensitive } of textsIn(value, false)) if (!sensitive) texts.composed(text);
}

/**
 * What a function made of sensitive arguments. A text that it hands on is what it was before. Of one that it put together of lines it got
 * (`indent`, `join`), only the lines that are new count.
 */
export function settleResult(result: string, args: readonly Value[], texts: SensitiveTexts): void {
  if (texts.isSettled(result)) return;
  const inputs = args.flatMap((value) => [...textsIn(value, false)]);
  const same = inputs.filter(({ text }) => text === result);
  if (same.some(({ sensitive }) => sensitive)) texts.made(result);
  else if (same.length === 0) settleNewLines(result, inputs, texts);
  texts.composed(result);
}

function settleNewLines(result: string, inputs: readonly TextWithin[], texts: SensitiveTexts): void {
  for (const { text, sensitive } of inputs) if (sensitive) texts.made(text);
  const known = new Set(inputs.flatMap(({ text }) => linesOf(text)));
  const fresh = linesOf(result).filter((line) => !known.has(line));
  if (fresh.length > 0) texts.made(fresh.length === linesOf(result).length ? result : fresh.join('\n'));
}

const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim());

interface TextWithin {
  readonly text: string;
  readonly sensitive: boolean;
}

function* textsIn(value: Value, outer: boolean): Generator<TextWithin> {
  const sensitive = outer || value.sensitive;
  if (value.kind === 'string') yield { text: value.value, sensitive };
  else for (const inner of innerValues(value)) yield* textsIn(inner, sensitive);
}
