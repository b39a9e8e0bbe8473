import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import type { AtRest } from './at-rest.ts';

/**
 * The values of a revision's sensitive variables, by name. `owner`: `team/name` of its pipeline. Throws `secrets.wrong_key`, and `secrets.damaged` for what
 * holds something else.
 */
export function storedValues(atRest: AtRest, sealed: string, owner: string): Readonly<Record<string, Json>> {
  const values = atRest.decrypt(sealed, owner);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new CodedError('secrets.damaged', `the sensitive values of ${owner} are not what was stored`, {
      hint: 'set the pipeline again with its values',
    });
  }
  return values as { readonly [name: string]: Json };
}
