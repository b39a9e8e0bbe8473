/** Inputs of a job: what a person gives who starts it by hand, and what a build has of them (LANGUAGE.md §4). */
import { z } from 'zod';
import { convert, isConversionError } from '../hcl/convert.ts';
import { BOOL, describeType, listType, NUMBER, STRING, type Type } from '../hcl/type.ts';
import { fromJson, toJson } from '../hcl/value-json.ts';
import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import { nearest } from '../lib/nearest.ts';

const json = z.json() as z.ZodType<Json>;

export const inputType = z.enum(['string', 'number', 'bool', 'list(string)']);
export type InputType = z.infer<typeof inputType>;

export const jobInput = z.object({
  name: z.string(),
  type: inputType,
  description: z.string().optional(),
  /** Of the type. */
  default: json.optional(),
  /** Values that may be given; of a list, what its elements may be. */
  options: z.array(json).optional(),
  required: z.boolean(),
  /** Kept encrypted, masked in logs, and in no command's environment by itself. */
  sensitive: z.boolean(),
});
export type JobInput = z.infer<typeof jobInput>;

/** By name. An input that was not given and has no default is null. */
export type InputValues = Readonly<Record<string, Json>>;

export const INPUT_TYPES: Readonly<Record<InputType, Type>> = {
  string: STRING,
  number: NUMBER,
  bool: BOOL,
  'list(string)': listType(STRING),
};

/** Longest text of one value: Linux gives a command no variable of twice that size. */
const LONGEST_VALUE = 64 * 1024;

/** What a command's environment calls it: `INPUT_DRY_RUN`. */
export const inputVariable = (name: string): string => `INPUT_${name.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}`;

/**
 * The values of a build: what was given, converted to the types, and defaults for the rest. Errors: `input.unknown`, `input.missing`, `input.bad_value`,
 * `input.too_long`, each naming the input and what is allowed. No message has a sensitive value.
 */
export function inputValues(job: string, inputs: readonly JobInput[], given: InputValues): InputValues {
  const names = inputs.map((input) => input.name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, names);
    const all = names.length === 0 ? 'it takes none' : `its inputs are: ${names.join(', ')}`;
    throw new CodedError('input.unknown', `the job "${job}" has no input "${unknown.slice(0, 100)}"`, {
      hint: near === undefined ? all : `did you mean "${near}"?`,
    });
  }
  return Object.fromEntries(
    inputs.map((input) => {
      const value = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
      const isGiven = value !== undefined && value !== null && !(value === '' && input.required);
      if (isGiven) return [input.name, checkedValue(input, value)];
      if (input.default === undefined && input.required) throw missing(input);
      return [input.name, input.default ?? null];
    }),
  );
}

function missing(input: JobInput): CodedError {
  return new CodedError('input.missing', `the input "${input.name}" needs a value`, { hint: allowed(input) });
}

function checkedValue(input: JobInput, given: Json): Json {
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  const size = new TextEncoder().encode(text).length;
  if (size > LONGEST_VALUE) {
    throw new CodedError('input.too_long', `the value of the input "${input.name}" has ${size} bytes`, {
      hint: `it may have ${LONGEST_VALUE}; what is larger belongs into a resource, or a file of the repository`,
    });
  }
  if (/\0|\\u0000/.test(text)) throw badValue(input, given, 'has a zero byte, which no environment can hold');
  const type = INPUT_TYPES[input.type];
  const converted = convert(fromJson(given), type);
  if (isConversionError(converted)) {
    throw badValue(input, given, `is no ${describeType(type)}`);
  }
  const value = toJson(converted);
  const wrong = notAnOption(input, value);
  if (wrong !== undefined) throw badValue(input, wrong, 'is not one of its options');
  return value;
}

/** The value, or the element of a list, that the options do not have. */
export function notAnOption({ options }: Pick<JobInput, 'options'>, value: Json): Json | undefined {
  if (options === undefined) return undefined;
  const items = Array.isArray(value) ? value : [value];
  return items.find((item) => !options.includes(item));
}

const SHOWN = 80;

function badValue(input: JobInput, value: Json, what: string): CodedError {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = input.sensitive
    ? 'what was given'
    : JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
  const near = input.options === undefined ? undefined : nearest(text, input.options.map(String));
  const hint = near === undefined ? allowed(input) : `did you mean "${near}"? ${allowed(input)}`;
  return new CodedError('input.bad_value', `input "${input.name}": ${shown} ${what}`, { hint });
}

/** What may be given, in words. */
export function allowed({ type, options }: Pick<JobInput, 'type' | 'options'>): string {
  if (options !== undefined) {
    const list = options.map((option) => JSON.stringify(option)).join(', ');
    return type === 'list(string)' ? `a list of some of: ${list}` : `one of: ${list}`;
  }
  const words: Readonly<Record<InputType, string>> = {
    string: 'a text',
    number: 'a number, such as 3 or 0.5',
    bool: 'true or false',
    'list(string)': 'a list of texts: ["a", "b"]',
  };
  return words[type];
}

/** A value as it was typed, for a list as often as it was: `["a","b"]` is a list, too. What is wrong with it `inputValues` says. */
export function typedValue({ type }: Pick<JobInput, 'type'>, texts: readonly string[]): Json {
  const [first = '', ...more] = texts;
  if (type !== 'list(string)') return more.at(-1) ?? first;
  if (more.length > 0 || !first.trimStart().startsWith('[')) return [...texts];
  try {
    return json.parse(JSON.parse(first));
  } catch {
    return [first];
  }
}
