import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';

const headerMap = z.record(
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/),
  z.union([z.string(), z.number(), z.boolean()]),
);

/** A parameter such as `headers = { Authorization = "Bearer …" }`, which reaches a command as JSON. Messages show no value of it. */
export function readHeaders(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  const wrong = new CodedError(
    'bad_parameter',
    '"headers" is a map of names to texts: headers = { Accept = "text/plain" }.',
  );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong;
  }
  const map = headerMap.safeParse(json);
  if (!map.success) throw wrong;
  const entries = Object.entries(map.data).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  const broken = entries.find(([, value]) => /[\r\n\0]/.test(value));
  if (broken !== undefined) {
    throw new CodedError('bad_parameter', `The header "${broken[0]}" of "headers" has a line break in it.`, {
      hint: 'Does the secret end in one? trimspace(…) takes it off.',
    });
  }
  return Object.fromEntries(entries);
}
