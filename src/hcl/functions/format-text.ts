import { conversionMessage, convert, isConversionError } from '../convert.ts';
import type { ExactNumber } from '../exact-number.ts';
import { type FunctionFailure, failure } from '../function.ts';
import { BOOL, NUMBER, STRING, type Type } from '../type.ts';
import { stringValue, type Value } from '../value.ts';
import { toJsonText } from '../value-json.ts';
import { formatDouble } from './format-double.ts';
import { characters } from './letters.ts';

interface Verb {
  readonly letter: string;
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly value: Value;
  /** Which argument it takes, from 0. */
  readonly at: number;
}

const VERB = /%([-+# 0]*)(\d*)(?:\.(\d*))?(?:\[([1-9]\d*)\])?([a-zA-Z%])?/y;
const WIDEST = 10_000;

/**
 * `format`'s language, which is Go's as HCL has it: `%[flags][width][.precision][[index]]letter` with the letters
 * v t b d o x X e E f g G s q and %. `args` are what the verbs take; all of them must be taken.
 */
export function formatText(template: string, args: readonly Value[]): string | FunctionFailure {
  let result = '';
  let next = 0;
  let most = 0;
  for (let at = 0; at < template.length; ) {
    const percent = template.indexOf('%', at);
    if (percent < 0) {
      result += template.slice(at);
      break;
    }
    result += template.slice(at, percent);
    VERB.lastIndex = percent;
    const [text = '%', flags = '', width = '', precision, index, letter] = VERB.exec(template) ?? [];
    if (letter === undefined)
      return failure(
        `The verb ${JSON.stringify(text)} is not complete; a letter says how to write the value. A percent sign is written %%.`,
        0,
      );
    at = percent + text.length;
    if (letter === '%') {
      result += '%';
      continue;
    }
    if (index !== undefined) next = Number(index) - 1;
    const value = args[next];
    if (value === undefined)
      return failure(
        `${text} takes argument ${next + 1}, and there ${args.length === 1 ? 'is 1' : `are ${args.length}`}.`,
        0,
      );
    if (Number(width) > WIDEST || Number(precision ?? 0) > WIDEST)
      return failure(`${text} is wider than ${WIDEST} characters.`, 0);
    const verb: Verb = {
      letter,
      flags,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      value,
      at: next,
    };
    const written = write(verb, text);
    if (typeof written !== 'string') return written;
    result += written;
    next += 1;
    most = Math.max(most, next);
  }
  if (most < args.length) return failure(`Only ${most} of ${args.length} arguments are used by the text.`, most + 1);
  return result;
}

function write(verb: Verb, text: string): string | FunctionFailure {
  const { letter, value } = verb;
  if (letter === 'v') return writeAny(verb);
  if (value.kind === 'null') return failure(`${text} cannot write a null; %v can.`, verb.at + 1);
  switch (letter) {
    case 't':
      return converted(verb, text, BOOL, (bool) => (bool.kind === 'bool' ? String(bool.value) : ''));
    case 's':
      return converted(verb, text, STRING, (string) =>
        pad(verb, string.kind === 'string' ? cut(verb, string.value) : ''),
      );
    case 'q':
      return converted(verb, text, STRING, (string) =>
        pad(verb, string.kind === 'string' ? quoted(cut(verb, string.value)) : ''),
      );
    case 'd':
    case 'b':
    case 'o':
    case 'x':
    case 'X':
      return converted(verb, text, NUMBER, (number) => {
        if (number.kind !== 'number' || !number.value.isInteger())
          return failure(`${text} writes whole numbers, and this is none.`, verb.at + 1);
        return padNumber(verb, number.value.isNegative(), prefixOf(verb), wholeNumber(verb, number.value));
      });
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return converted(verb, text, NUMBER, (number) => {
        if (number.kind !== 'number') return '';
        return padNumber(verb, number.value.isNegative(), '', formatDouble(number.value.abs(), letter, verb.precision));
      });
    default:
      return failure(`There is no verb %${letter}; there are %v %s %q %d %f %e %g %b %o %x %t and %%.`, 0);
  }
}

function converted(
  verb: Verb,
  text: string,
  type: Type,
  next: (value: Value) => string | FunctionFailure,
): string | FunctionFailure {
  const value = convert(verb.value, type);
  if (isConversionError(value))
    return failure(`${text} writes a ${type.kind}. ${conversionMessage(value)}`, verb.at + 1);
  return next(value);
}

/** Neither a sign nor a precision is heeded here; they are for the verbs of one type. */
function writeAny(verb: Verb): string | FunctionFailure {
  const { value } = verb;
  switch (value.kind) {
    case 'string':
      return pad(verb, verb.flags.includes('#') ? quoted(value.value) : value.value);
    case 'number': {
      if (verb.flags.includes('#')) return pad(verb, toJsonText(value));
      const sign = value.value.isNegative() ? '-' : '';
      return pad(verb, sign + formatDouble(value.value.abs(), 'g', undefined));
    }
    case 'bool':
      return pad(verb, String(value.value));
    default:
      return pad(verb, toJsonText(value));
  }
}

/** What tells the base of a whole number, with `#`. */
function prefixOf({ letter, flags }: Verb): string {
  return flags.includes('#') ? (PREFIXES[letter] ?? '') : '';
}

const PREFIXES: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };
const BASES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16, X: 16 };

/** The precision of a whole number is the least digits it has; none at all for a zero of precision zero. */
function wholeNumber({ letter, precision = 1 }: Verb, value: ExactNumber): string {
  const whole = BigInt(value.abs().toFixed(0));
  if (whole === 0n && precision === 0) return '';
  const digits = whole.toString(BASES[letter] ?? 10).padStart(precision, '0');
  return letter === 'X' ? digits.toUpperCase() : digits;
}

/** Zeros stand between the sign and the digits, spaces before both. */
function padNumber(verb: Verb, negative: boolean, prefix: string, digits: string): string {
  const sign = (negative ? '-' : verb.flags.includes('+') ? '+' : verb.flags.includes(' ') ? ' ' : '') + prefix;
  const isWhole = verb.letter in BASES || verb.letter === 'd';
  const hasZeros = verb.flags.includes('0') && !verb.flags.includes('-') && !(isWhole && verb.precision !== undefined);
  if (!hasZeros) return pad(verb, sign + digits, ' ');
  return sign + digits.padStart(verb.width - sign.length, '0');
}

/** The precision of a text is the most characters it may have; zero is none. */
const cut = (verb: Verb, text: string): string =>
  verb.precision === undefined || verb.precision === 0 ? text : characters(text).slice(0, verb.precision).join('');

function pad(verb: Verb, text: string, filler = verb.flags.includes('0') ? '0' : ' '): string {
  const missing = filler.repeat(Math.max(0, verb.width - characters(text).length));
  return verb.flags.includes('-') ? text + missing : missing + text;
}

const quoted = (text: string): string => toJsonText(stringValue(text));
