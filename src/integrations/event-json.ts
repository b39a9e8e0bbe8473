import type { z } from 'zod';
import { CodedError } from '../lib/coded-error.ts';

const DECODER = new TextDecoder();

/** The JSON of a webhook. Throws `forge.bad_event`. */
export function eventJson<T>(event: string, body: Uint8Array, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(DECODER.decode(body));
  } catch (error) {
    throw new CodedError('forge.bad_event', `the event ${event} is not JSON`, {
      cause: error,
      hint: 'the content type of the webhook has to be application/json',
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CodedError(
    'forge.bad_event',
    `the event ${event} is not as expected: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

/** A commit that is none: what a branch was before it was made, and is when it is deleted. */
export const isNothing = (hash: string): boolean => /^0+$/.test(hash);
