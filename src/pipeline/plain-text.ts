import { ExactNumber, numberText } from '../hcl/exact-number.ts';
import type { Json } from '../lib/json.ts';

/**
 * How a value is written where only text goes: environment, `param_<name>`, arguments. A number has all its digits and no exponent, a list
 * or map is JSON, and null is nothing at all (`undefined`).
 */
export function plainText(value: Json): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return numberText(new ExactNumber(value));
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return value === null ? undefined : JSON.stringify(value);
  }
}
