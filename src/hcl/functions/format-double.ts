import type { ExactNumber } from '../exact-number.ts';

/** The power of ten from which `g` writes an exponent, if it is not told how many digits to write. */
const EXPONENT_FROM = 6;

type Style = 'e' | 'E' | 'f' | 'g' | 'G';

/**
 * A number that is not negative, written as Go does: `f` with digits behind the point, `e` with an exponent, `g` whichever is
 * shorter. Without a precision `e` and `f` write six digits, `g` as many as there are.
 */
export function formatDouble(value: ExactNumber, style: Style, precision: number | undefined): string {
  switch (style) {
    case 'f':
      return value.toFixed(precision ?? 6);
    case 'e':
      return goExponent(value.toExponential(precision ?? 6));
    case 'E':
      return formatDouble(value, 'e', precision).toUpperCase();
    case 'G':
      return formatDouble(value, 'g', precision).toUpperCase();
    case 'g': {
      const rounded = precision === undefined ? value : value.toSignificantDigits(Math.max(1, precision));
      const limit = precision === undefined ? EXPONENT_FROM : Math.max(1, precision);
      const power = rounded.isZero() ? 0 : rounded.e;
      if (power < -4 || power >= limit) return goExponent(rounded.toExponential());
      return rounded.toFixed();
    }
  }
}

/** At least two digits in the exponent: `1e+21`, `1e-07`. */
const goExponent = (text: string): string =>
  text.replace(/e([+-])(\d+)$/, (_, sign: string, digits: string) => `e${sign}${digits.padStart(2, '0')}`);
