import { CodedError } from '../lib/coded-error.ts';

/** Where `pikoci://NAME` is looked for when it is not built in, if anywhere. Throws `usage.bad_value` for what is no http or https address. */
export function checkedRegistryUrl(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  const protocol = URL.canParse(given) ? new URL(given).protocol : '';
  if (protocol === 'https:' || protocol === 'http:') return given;
  throw new CodedError('usage.bad_value', `--registry-url: "${given}" is not an http or https address`, {
    hint: 'write it as https://registry.example.com/types (or in PIKOCI_REGISTRY_URL)',
  });
}
