/** What a variable is whose secret names no key: all that is there. */
import type { Json } from '../../lib/json.ts';

/** A lone `value` is the value itself. Where the variable is declared a text, an object is one: `text`, if that is known, else its JSON. */
export function wholeSecret(
  object: Readonly<Record<string, Json>>,
  valueType: string | undefined,
  text?: string | undefined,
): Json {
  const value = Object.keys(object).join() === 'value' ? (object.value ?? null) : object;
  if (valueType !== 'string' || typeof value !== 'object' || value === null) return value;
  return text ?? JSON.stringify(value);
}
