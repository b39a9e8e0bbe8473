import { CodedError } from '../lib/coded-error.ts';

/** A part of an address as it is meant; `undefined` when there is none. */
export function part(encoded: string): string | undefined {
  if (encoded === '') return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError) throw refusedUrl('has a % that is none', 'write a % as %25');
    throw error;
  }
}

export const refusedUrl = (what: string, hint: string): CodedError =>
  new CodedError('usage.bad_value', `--db-url ${what}`, { hint });
