import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import { nearest } from '../lib/nearest.ts';

/**
 * The line that `get` of a secret type prints: a JSON object. With a `key` only that field, so that nothing leaves the store that nobody asked
 * for; `a.b` is a field within a field, unless a field has just that name. Throws `secret_key_missing`, naming the fields there are, never a value.
 */
export function secretAnswer(found: Json, key: string | undefined, where: string): string {
  if (key === undefined) return `${JSON.stringify(isObject(found) ? found : { value: found })}\n`;
  const value = fieldOf(found, key);
  if (value !== undefined) return `${JSON.stringify({ [key]: value })}\n`;
  const keys = isObject(found) ? Object.keys(found) : [];
  const suggestion = nearest(key, keys);
  throw new CodedError('secret_key_missing', `${where} has no key ${JSON.stringify(key)}.`, {
    hint:
      suggestion !== undefined
        ? `Did you mean "${suggestion}"?`
        : keys.length === 0
          ? 'It has no keys at all.'
          : `It has: ${keys.join(', ')}.`,
  });
}

/** `a.b` is a field within a field, unless a field has just that name. */
export function fieldOf(from: Json, key: string): Json | undefined {
  if (!isObject(from)) return undefined;
  if (Object.hasOwn(from, key)) return from[key];
  const dot = key.indexOf('.');
  const outer = dot < 0 ? undefined : fieldOf(from, key.slice(0, dot));
  return outer === undefined ? undefined : fieldOf(outer, key.slice(dot + 1));
}

export function isObject(json: Json): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
