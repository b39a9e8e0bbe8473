/** Secrets that the server keeps, in the API: their names and who set them when. A value goes in and never comes out. */
import { z } from 'zod';

/** In bytes of UTF-8: keys and certificates fit many times, and it is no place for files. */
export const LARGEST_SECRET_BYTES = 256 * 1024;

/** As a path of the secret type `pikoci`. */
export const SECRET_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

export const secretView = z.object({
  name: z.string(),
  scope: z.enum(['team', 'pipeline']),
  team: z.string(),
  /** Whose it is alone; absent for one of the whole team. */
  pipeline: z.string().optional(),
  createdBy: z.string(),
  createdAt: z.int(),
  setBy: z.string(),
  setAt: z.int(),
});
export type SecretView = z.infer<typeof secretView>;

export const setSecretRequest = z.object({ value: z.string().min(1) });
export type SetSecretRequest = z.infer<typeof setSecretRequest>;

export const setSecretResult = z.object({ secret: secretView, created: z.boolean() });
export type SetSecretResult = z.infer<typeof setSecretResult>;
