import { ExactNumber } from '../exact-number.ts';
import type { FunctionParameter } from '../function.ts';
import type { Type } from '../type.ts';
import type { Value } from '../value.ts';

/** A parameter that must be given. */
export const parameter = (name: string, type: Type, doc: string): FunctionParameter => ({ name, type, doc });

/** A parameter that may be left out; it is one of the last. */
export const optional = (name: string, type: Type, doc: string): FunctionParameter => ({
  name,
  type,
  doc,
  optional: true,
});

/** A parameter that may be null. */
export const nullable = (name: string, type: Type, doc: string): FunctionParameter => ({
  name,
  type,
  doc,
  nullable: true,
});

/** An argument whose parameter is a string. */
export function textAt(args: readonly Value[], at: number): string {
  const value = args[at];
  if (value?.kind !== 'string') throw new Error(`argument ${at} is no string but ${value?.kind}`);
  return value.value;
}

/** An argument whose parameter is a number. */
export function numberAt(args: readonly Value[], at: number): ExactNumber {
  const value = args[at];
  if (value?.kind !== 'number') throw new Error(`argument ${at} is no number but ${value?.kind}`);
  return value.value;
}

const MOST_COUNTED = new ExactNumber(2).pow(63);

/** Whether it can count or point at elements: whole, and within what a machine counts with. */
export const isCount = (value: ExactNumber): boolean => value.isInteger() && value.abs().lessThan(MOST_COUNTED);

/** The elements of an argument whose parameter is a list or a set. */
export function elementsAt(args: readonly Value[], at: number): readonly Value[] {
  const elements = sequenceElements(args[at]);
  if (elements === undefined) throw new Error(`argument ${at} is no list but ${args[at]?.kind}`);
  return elements;
}

/** The elements of a list, set or tuple; undefined for anything else. */
export function sequenceElements(value: Value | undefined): readonly Value[] | undefined {
  return value?.kind === 'list' || value?.kind === 'set' || value?.kind === 'tuple' ? value.elements : undefined;
}

/** The entries of a map or object; undefined for anything else. */
export function entriesOf(value: Value | undefined): ReadonlyMap<string, Value> | undefined {
  return value?.kind === 'map' || value?.kind === 'object' ? value.entries : undefined;
}

/** The texts of a list of strings. */
export function textsAt(args: readonly Value[], at: number): readonly string[] {
  return elementsAt(args, at).map((_, index, all) => textAt(all, index));
}
