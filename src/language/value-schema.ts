import type { Cursor } from './cursor.ts';
import { bodyAt, bodySchema, type ValueSchema } from './schema.ts';

/** What the value under the cursor may be, through the keys of the objects it is in. */
export function valueSchemaAt({ blocks, attribute, keys }: Cursor): ValueSchema | undefined {
  const body = bodyAt(blocks);
  if (body === undefined || attribute === undefined) return undefined;
  const { attributes } = bodySchema(body);
  let value = Object.hasOwn(attributes, attribute) ? attributes[attribute]?.value : undefined;
  for (const key of keys) {
    value = value?.kind === 'object' && Object.hasOwn(value.keys, key) ? value.keys[key]?.value : undefined;
  }
  return value;
}
