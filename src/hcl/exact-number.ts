import { Decimal } from 'decimal.js';

/**
 * Numbers are exact decimals: `0.1 + 0.2 == 0.3`, and a 62-digit literal stays what it is. What has no end (`1/3`) is cut at 170
 * significant digits, some more than HCL's 512-bit numbers can hold (see `settled`). The exponent is bounded, so that no small text can
 * ask for a gigabyte of zeros; what leaves the bounds becomes infinite, and the evaluator reports it.
 */
export const ExactNumber: typeof Decimal = Decimal.clone({
  precision: 170,
  maxE: 10_000,
  minE: -10_000,
  rounding: Decimal.ROUND_HALF_EVEN,
});

export type ExactNumber = Decimal;

const CERTAIN_DIGITS = 154;
const SHORT = 140;

/**
 * The result of a calculation without the trace that a cut of one of the `operands` has left: `1 / 3 * 3` is 1, as it is in HCL. The
 * last digits are there to be wrong; where rounding them away leaves a much shorter number, that one is meant.
 */
export function settled(value: ExactNumber, ...operands: readonly ExactNumber[]): ExactNumber {
  if (!value.isFinite() || !operands.some((operand) => operand.precision() > CERTAIN_DIGITS)) return value;
  const rounded = value.toSignificantDigits(CERTAIN_DIGITS);
  return rounded.precision() <= SHORT ? rounded : value;
}

/** All digits, never an exponent: `1000000`, `0.5`, `-3`. */
export function numberText(value: ExactNumber): string {
  return value.isZero() ? '0' : value.toFixed();
}

/** The number a text spells as HCL's conversions read it (`12`, `-1.5`, `1e3`), or undefined if it spells none. */
export function parseNumber(text: string): ExactNumber | undefined {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = new ExactNumber(text);
  return value.isFinite() ? value : undefined;
}
