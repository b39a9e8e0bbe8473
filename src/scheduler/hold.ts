import { z } from 'zod';
import { assertNever } from '../lib/assert-never.ts';
import type { Instant } from '../lib/clock.ts';

/** Why a job did not run although it could have. Kept with the job, so that a person can ask. */
export const hold = z.discriminatedUnion('kind', [
  /** Something new is there, and the job or the whole pipeline is paused. */
  z.object({ kind: z.literal('paused'), what: z.enum(['job', 'pipeline']), by: z.string(), since: z.int() }),
  /** No check has found a version yet. */
  z.object({ kind: z.literal('no_version'), resource: z.string() }),
  /** No version is there that matches the pin. */
  z.object({ kind: z.literal('pin_not_found'), resource: z.string() }),
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

/** In words: why, and what would make it run. */
export function describeHold(hold: Hold): { readonly text: string; readonly wayOut: string } {
  switch (hold.kind) {
    case 'paused':
      return {
        text: `the ${hold.what} was paused by ${hold.by} (${day(hold.since)})`,
        wayOut: `unpause the ${hold.what}`,
      };
    case 'no_version':
      return {
        text: `${hold.resource} has no version yet`,
        wayOut: `see whether the last check of ${hold.resource} went well, or check it now`,
      };
    case 'pin_not_found':
      return {
        text: `${hold.resource} is pinned to a version that no check has found`,
        wayOut: 'correct the pin or remove it',
      };
    case 'pinned':
      return {
        text: `${hold.resource} has a newer version, and is pinned to another one`,
        wayOut: `unpin ${hold.resource}`,
      };
    case 'disabled':
      return {
        text: `the newest version of ${hold.resource} is disabled`,
        wayOut: 'enable it, or wait for a newer one',
      };
    case 'upstream':
      return {
        text: `waiting for ${list(hold.waitsFor)} to pass with the newest version of ${hold.resource}`,
        wayOut: `see how the last build of ${list(hold.waitsFor)} ended`,
      };
    case 'not_together':
      return {
        text: `no build of ${list(hold.waitsFor)} passed with versions of ${list(hold.resources)} that go together`,
        wayOut: `run ${list(hold.waitsFor)} once more, so that one build has them all`,
      };
    default:
      return assertNever(hold);
  }
}

function list(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

const day = (since: Instant): string => new Date(since).toISOString().slice(0, 16).replace('T', ' ');
