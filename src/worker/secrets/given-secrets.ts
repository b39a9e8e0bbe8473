/** Secrets that a person gave beside a run, in place of every store: by the name of the variable, else by the path that its secret has. */
import { fieldOf, isObject } from '../../builtins/secret-answer.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import { plainText } from '../../pipeline/plain-text.ts';
import type { SecretFetcher } from './fetch-secret.ts';
import type { Masks } from './masks.ts';
import { wholeSecret } from './whole-secret.ts';

export interface GivenSecrets {
  /** What messages call it. */
  readonly from: string;
  readonly values: Readonly<Record<string, Json>>;
}

/** No store is asked, not even for what is missing here: that is an error which names the variable, its path and its key. */
export function createGivenFetcher({ from, values }: GivenSecrets, masks: Masks): SecretFetcher {
  const find = (name: string): Json | undefined => (Object.hasOwn(values, name) ? values[name] : undefined);
  return {
    async fetch(planName, binding, reader) {
      // A module's own secret has the names of the modules before it.
      const name = planName.replaceAll(':', '.');
      const named = find(name);
      if (named !== undefined) return given(named, masks);
      const params = await reader.readAll(binding.params);
      const path = plainText(params.path?.value ?? null);
      const key = plainText(params.key?.value ?? null);
      const held = path === undefined ? undefined : find(path);
      if (held === undefined) {
        const where = path === undefined ? '' : `, nor for the path ${path}`;
        throw new CodedError('secret.not_given', `${from} has no value for the variable ${name}${where}`, {
          hint: `add it there, as ${JSON.stringify(name)}${path === undefined ? '' : ` or as ${JSON.stringify(path)}`}`,
        });
      }
      given(held, masks);
      if (!isObject(held)) return held;
      if (key === undefined) return given(wholeSecret(held, binding.valueType), masks);
      const value = fieldOf(held, key);
      if (value !== undefined) return value;
      throw new CodedError(
        'secret.key_not_found',
        `the variable ${name}: ${from} has no key ${JSON.stringify(key)} at the path ${path}`,
        { hint: `it has: ${Object.keys(held).sort().join(', ') || 'no keys at all'}` },
      );
    },
  };
}

function given(value: Json, masks: Masks): Json {
  masks.add(value);
  return value;
}
