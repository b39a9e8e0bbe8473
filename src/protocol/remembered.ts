import { z } from 'zod';

const MOST_KEPT = 64;
/** Of JSON. What is larger is rare, and its memory is better used. */
const LONGEST_TEXT = 64 * 1024;

/**
 * What `schema` reads, with what it read last kept by its JSON: for a value that comes again and again and takes long to be looked through. Everybody gets the
 * same object, so nobody may change it.
 */
export function remembered<T>(schema: z.ZodType<T>): z.ZodType<T> {
  const known = new Map<string, T>();
  return z.unknown().transform((value, context): T => {
    const text = JSON.stringify(value) ?? '';
    const found = known.get(text);
    if (found !== undefined) {
      known.delete(text);
      known.set(text, found);
      return found;
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
      return z.NEVER;
    }
    if (text.length <= LONGEST_TEXT) known.set(text, parsed.data);
    const [oldest] = known.keys();
    if (known.size > MOST_KEPT && oldest !== undefined) known.delete(oldest);
    return parsed.data;
  }) as unknown as z.ZodType<T>;
}
