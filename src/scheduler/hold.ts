import { z } from 'zod';

/** Why a job did not run although it could have. Kept with the job, so that a person can ask; the words for it are in protocol/reason-words.ts. */
export const hold = z.discriminatedUnion('kind', [
  /** Something new is there, and the job or the whole pipeline is paused. */
  z.object({ kind: z.literal('paused'), what: z.enum(['job', 'pipeline']), by: z.string(), since: z.int() }),
  /** No check has found a version yet. */
  z.object({ kind: z.literal('no_version'), resource: z.string() }),
  /** No version is there that matches the pin. */
  z.object({ kind: z.literal('pin_not_found'), resource: z.string() }),
  /** The pin says this version and no other, and a person disabled it. */
  z.object({ kind: z.literal('pin_disabled'), resource: z.string(), versionId: z.string() }),
  /** A newer version is there, and the pin keeps the job at another. */
  z.object({ kind: z.literal('pinned'), resource: z.string() }),
  /** A newer version is there, and a person disabled it; or all there are. */
  z.object({ kind: z.literal('disabled'), resource: z.string() }),
  /** A version is there that these jobs have not passed (yet). */
  z.object({ kind: z.literal('upstream'), resource: z.string(), waitsFor: z.array(z.string()) }),
  /** Each resource has versions that passed, and no build of these jobs had them together. */
  z.object({ kind: z.literal('not_together'), resources: z.array(z.string()), waitsFor: z.array(z.string()) }),
]);
export type Hold = z.infer<typeof hold>;
