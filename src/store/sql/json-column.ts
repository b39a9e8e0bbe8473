/** JSON in text columns: parsed where it is read, with the schema of what was written. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { canonicalJson, type Json } from '../../lib/json.ts';

/** `where` names the table and column. Error: `store.corrupt`. */
export function parseColumn<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw corrupt(where, error);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw corrupt(where, parsed.error);
  return parsed.data;
}

export function parseOptional<T>(schema: z.ZodType<T>, text: string | null, where: string): T | undefined {
  return text === null ? undefined : parseColumn(schema, text, where);
}

function corrupt(where: string, cause: unknown): CodedError {
  return new CodedError('store.corrupt', `the database holds something in ${where} that this pikoci cannot read`, {
    hint: 'was it changed by hand, or written by another version of pikoci? restore it from a backup',
    cause,
  });
}

/** What JSON keeps of a value: what is undefined is left out. */
export function plainJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

export const canonicalText = (value: unknown): string => canonicalJson(plainJson(value));

/** SHA-256 in hex. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
