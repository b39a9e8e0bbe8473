import type { Diagnostic } from './diagnostic.ts';
import type { Range } from './position.ts';
import type { SensitiveTexts } from './sensitive-texts.ts';
import type { Type } from './type.ts';
import type { Value } from './value.ts';

/**
 * A function of the language. The evaluator converts every argument to its parameter's type, refuses nulls (unless
 * `nullable`), answers with an unknown value where an argument is unknown, and makes the result sensitive where an argument
 * is. So a function need only think about plain values, unless it asks for more (`seesUnknown`, `marks`).
 */
export type HclFunction = EagerFunction | LazyFunction;

interface Documented {
  readonly name: string;
  readonly group: FunctionGroup;
  /** One or two sentences for the reference and the editor. */
  readonly doc: string;
  /** What the result is, in words, where its type says too little. */
  readonly result?: string;
  /** Each is run as a test: the expression, and the expression its value equals. */
  readonly examples: readonly FunctionExample[];
  readonly parameters: readonly FunctionParameter[];
  /** Takes any number of further arguments. */
  readonly rest?: FunctionParameter;
}

export const FUNCTION_GROUPS = [
  'strings',
  'collections',
  'numbers',
  'encoding',
  'hashes',
  'time',
  'types',
  'files',
  'network',
] as const;
export type FunctionGroup = (typeof FUNCTION_GROUPS)[number];

export interface FunctionExample {
  readonly source: string;
  readonly result: string;
}

export interface FunctionParameter {
  readonly name: string;
  readonly type: Type;
  readonly doc: string;
  readonly nullable?: boolean;
  /** May be left out. Only for the last ones. */
  readonly optional?: boolean;
}

export interface EagerFunction extends Documented {
  readonly kind: 'eager';
  /** The type of the result: what an unknown result is unknown of. */
  readonly returns: Type | ((args: readonly Value[]) => Type);
  /**
   * By default an argument that is unknown anywhere makes the result unknown. `inside`: unknown elements of known collections
   * are handed over, as when only the length counts. `everywhere`: unknown arguments too.
   */
  readonly seesUnknown?: 'inside' | 'everywhere';
  /**
   * By default an argument has no mark, and one sensitive element makes the whole result sensitive. `inner`: elements keep their own marks.
   * `all`: the argument itself does, too.
   */
  readonly marks?: 'inner' | 'all';
  /** `texts` is for a function that evaluates something itself. */
  readonly call: (args: readonly Value[], texts?: SensitiveTexts) => Value | FunctionFailure;
}

/** Decides by itself which arguments are evaluated: `try` and `can`. */
export interface LazyFunction extends Documented {
  readonly kind: 'lazy';
  readonly call: (args: readonly LazyArgument[]) => Value | FunctionFailure;
}

export interface LazyArgument {
  readonly range: Range;
  readonly evaluate: () => { readonly value: Value; readonly diagnostics: readonly Diagnostic[] };
}

/** The arguments make no sense: a sentence, and which argument (from 0) it is about. */
export interface FunctionFailure {
  readonly kind: 'failure';
  readonly message: string;
  readonly argument?: number;
  readonly suggestion?: string;
}

export const failure = (message: string, argument?: number, suggestion?: string): FunctionFailure => ({
  kind: 'failure',
  message,
  ...(argument !== undefined && { argument }),
  ...(suggestion !== undefined && { suggestion }),
});
