import { noFetching, type SourceLoader } from '../pipeline/source.ts';

/** Fetches the `source` of types. `allowPrivate` lets it reach loopback and private networks too. */
export function createSourceLoader(_options: { readonly allowPrivate: boolean }): SourceLoader {
  return noFetching;
}
