import { ExactNumber } from '../exact-number.ts';
import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { DYNAMIC, NUMBER } from '../type.ts';
import { numberValue, type Value } from '../value.ts';
import { numberAt, parameter, textAt } from './arguments.ts';

const number = parameter('number', NUMBER, 'A number.');

function plain(
  name: string,
  doc: string,
  source: string,
  result: string,
  change: (value: ExactNumber) => ExactNumber,
): HclFunction {
  return {
    kind: 'eager',
    name,
    group: 'numbers',
    doc,
    examples: [{ source, result }],
    parameters: [number],
    returns: NUMBER,
    call: (args) => numberValue(change(numberAt(args, 0))),
  };
}

function extreme(name: 'max' | 'min', doc: string, source: string, result: string): HclFunction {
  return {
    kind: 'eager',
    name,
    group: 'numbers',
    doc,
    examples: [{ source, result }],
    parameters: [],
    rest: parameter('numbers', NUMBER, 'Numbers; of a list, write them list...'),
    returns: NUMBER,
    call: (args) => {
      if (args.length === 0) return failure('There must be at least one number.');
      const numbers = args.map((_, at) => numberAt(args, at));
      return numberValue(name === 'max' ? ExactNumber.max(...numbers) : ExactNumber.min(...numbers));
    },
  };
}

/** Exact where the exponent is a whole number and not negative; otherwise as exact as a double. */
function pow(args: readonly Value[]): Value | FunctionFailure {
  const [base, exponent] = [numberAt(args, 0), numberAt(args, 1)];
  if (base.isZero() && exponent.isNegative()) return failure('Zero has no negative power.', 1);
  if (exponent.isInteger() && !exponent.isNegative() && exponent.lessThanOrEqualTo(100_000))
    return finite(base.pow(exponent));
  return finite(new ExactNumber(base.toNumber() ** exponent.toNumber()));
}

function log(args: readonly Value[]): Value | FunctionFailure {
  const [value, base] = [numberAt(args, 0), numberAt(args, 1)];
  if (!value.isPositive() || value.isZero()) return failure('Only numbers greater than zero have a logarithm.', 0);
  if (base.isNegative() || base.equals(1)) return failure('The base must not be negative, and not 1.', 1);
  return finite(new ExactNumber(Math.log(value.toNumber()) / Math.log(base.toNumber())));
}

const finite = (value: ExactNumber): Value | FunctionFailure =>
  value.isFinite() ? numberValue(value) : failure('The result is no number, or too large.');

const MOST_DIGITS = 1000;
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Up to base 36 capital and small letters are the same; above, small ones come before capital ones. */
function parseint(args: readonly Value[]): Value | FunctionFailure {
  if (args[0]?.kind !== 'string') return failure('What is parsed must be a string.', 0);
  const [text, baseNumber] = [textAt(args, 0), numberAt(args, 1)];
  if (!baseNumber.isInteger() || baseNumber.lessThan(2) || baseNumber.greaterThan(62)) {
    return failure('The base must be a whole number from 2 to 62.', 1);
  }
  const base = baseNumber.toNumber();
  const digits = /^[+-]/.test(text) ? text.slice(1) : text;
  if (digits === '' || digits.length > MOST_DIGITS) {
    return failure(`${JSON.stringify(text.slice(0, 40))} is no whole number of base ${base}.`, 0);
  }
  let value = 0n;
  for (const digit of base <= 36 ? digits.toLowerCase() : digits) {
    const worth = DIGITS.indexOf(digit);
    if (worth < 0 || worth >= base) return failure(`${JSON.stringify(text)} is no whole number of base ${base}.`, 0);
    value = value * BigInt(base) + BigInt(worth);
  }
  return numberValue((text.startsWith('-') ? -value : value).toString());
}

export const NUMBER_FUNCTIONS: readonly HclFunction[] = [
  plain('abs', 'The number without its sign.', 'abs(-1.5)', '1.5', (value) => value.abs()),
  plain('ceil', 'The next whole number, or the number itself.', 'ceil(1.2)', '2', (value) => value.ceil()),
  plain('floor', 'The whole number before it, or the number itself.', 'floor(-1.2)', '-2', (value) => value.floor()),
  {
    kind: 'eager',
    name: 'signum',
    group: 'numbers',
    doc: '-1, 0 or 1: which side of zero a whole number is on.',
    examples: [{ source: 'signum(-3)', result: '-1' }],
    parameters: [number],
    returns: NUMBER,
    call: (args) => {
      const value = numberAt(args, 0);
      if (!value.isInteger()) return failure('The number must be whole.', 0);
      return numberValue(value.isZero() ? 0 : value.isNegative() ? -1 : 1);
    },
  },
  extreme('max', 'The greatest of the numbers.', 'max(12, 54, 3)', '54'),
  extreme('min', 'The smallest of the numbers.', 'min(12, 54, 3)', '3'),
  {
    kind: 'eager',
    name: 'pow',
    group: 'numbers',
    doc: 'A number raised to a power.',
    examples: [{ source: 'pow(3, 2)', result: '9' }],
    parameters: [parameter('base', NUMBER, 'The number.'), parameter('exponent', NUMBER, 'The power.')],
    returns: NUMBER,
    call: pow,
  },
  {
    kind: 'eager',
    name: 'log',
    group: 'numbers',
    doc: 'The logarithm of a number in a base.',
    examples: [{ source: 'log(16, 2)', result: '4' }],
    parameters: [number, parameter('base', NUMBER, 'The base.')],
    returns: NUMBER,
    call: log,
  },
  {
    kind: 'eager',
    name: 'parseint',
    group: 'numbers',
    doc: 'The whole number a text spells in a base.',
    examples: [{ source: 'parseint("ff", 16)', result: '255' }],
    parameters: [parameter('text', DYNAMIC, 'The digits, a string.'), parameter('base', NUMBER, 'From 2 to 62.')],
    returns: NUMBER,
    call: parseint,
  },
];
