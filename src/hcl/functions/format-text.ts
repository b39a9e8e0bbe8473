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
        return padNumber(verb, number.value.isNegative(), wholeNumber(verb, number.value));
      });
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return converted(verb, text, NUMBER, (number) => {
        if (number.kind !== 'number') return '';
        return padNumber(verb, number.value.isNegative(), formatDouble(number.value.abs(), letter, verb.precision));
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

function writeAny(verb: Verb): string | FunctionFailure {
  const { value } = verb;
  switch (value.kind) {
    case 'string':
      return verb.flags.includes('#') ? pad(verb, quoted(cut(verb, value.value))) : pad(verb, cut(verb, value.value));
    case 'number':
      return verb.flags.includes('#')
        ? pad(verb, toJsonText(value))
        : padNumber(verb, value.value.isNegative(), formatDouble(value.value.abs(), 'g', verb.precision));
    case 'bool':
      return pad(verb, String(value.value));
    default:
      return pad(verb, toJsonText(value));
  }
}

function wholeNumber(verb: Verb, value: ExactNumber): string {
  const whole = BigInt(value.abs().toFixed(0));
  const marked = verb.flags.includes('#');
  switch (verb.letter) {
    case 'b':
      return `${marked ? '0b' : ''}${whole.toString(2)}`;
    case 'o':
      return `${marked ? '0' : ''}${whole.toString(8)}`;
    case 'x':
      return `${marked ? '0x' : ''}${whole.toString(16)}`;
    case 'X':
      return `${marked ? '0X' : ''}${whole.toString(16).toUpperCase()}`;
    default:
      return whole.toString();
  }
}

function padNumber(verb: Verb, negative: boolean, digits: string): string {
  const sign = negative ? '-' : verb.flags.includes('+') ? '+' : verb.flags.includes(' ') ? ' ' : '';
  if (!verb.flags.includes('0') || verb.flags.includes('-')) return pad(verb, sign + digits);
  return sign + digits.padStart(verb.width - sign.length, '0');
}

/** The precision of a text is the most characters it may have. */
const cut = (verb: Verb, text: string): string =>
  verb.precision === undefined ? text : characters(text).slice(0, verb.precision).join('');

function pad(verb: Verb, text: string): string {
  const missing = ' '.repeat(Math.max(0, verb.width - characters(text).length));
  return verb.flags.includes('-') ? text + missing : missing + text;
}

const quoted = (text: string): string => toJsonText(stringValue(text));
