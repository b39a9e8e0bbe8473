/** What a build asks of a server to show others who it is: a signed token, as OpenID Connect has them. */
import { z } from 'zod';

export const idTokenRequest = z.object({
  kind: z.literal('id_token'),
  worker: z.string(),
  sealKey: z.string(),
  build: z.string(),
  attempt: z.string(),
  fencing: z.int(),
  /** Who it is for (`aud`). */
  audience: z.string().min(1).max(500),
});
export type IdTokenRequest = z.infer<typeof idTokenRequest>;

/** A token that clones the repository whose event the build is of, and nothing else where the forge can make such a one. */
export const cloneTokenRequest = z.object({
  kind: z.literal('clone_token'),
  worker: z.string(),
  sealKey: z.string(),
  build: z.string(),
  attempt: z.string(),
  fencing: z.int(),
});
export type CloneTokenRequest = z.infer<typeof cloneTokenRequest>;

/** What the server publishes about itself, under `/.well-known/`, so that others can check its tokens. */
export const WELL_KNOWN = {
  configuration: '/.well-known/openid-configuration',
  keys: '/.well-known/jwks.json',
} as const;
