import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import { open, type SealKey } from '../../lib/system/seal.ts';

const values = z.record(z.string(), z.json() as z.ZodType<Json>);

/** Opens the sealed values of a grant: by name of the variable. Throws `seal.not_for_us`. */
export function readSealed(sealed: string | undefined, key: SealKey): Readonly<Record<string, Json>> {
  if (sealed === undefined) return {};
  const opened = values.safeParse(open(key, sealed));
  if (opened.success) return opened.data;
  throw new CodedError('seal.not_for_us', 'the sealed values that came with the work are not a map of variables', {
    hint: 'server and worker may run different versions of pikoci',
  });
}
