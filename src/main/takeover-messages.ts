/**
 * What two servers of one data directory say to each other while one takes over, as JSON over a WebSocket on the private socket of the first. In order:
 *
 *     the new one       the old one
 *     hello        →
 *                  ←    here          it goes on as before; new connections to its port come to it, whoever else listens there
 *     pause        →
 *                  ←    paused        it does nothing any more, what comes waits, and its locks are free
 *     serving      →                  new connections come to the new one
 *                  ←    over          what still comes to the old one is handed on
 *
 * Whichever of the two is gone before `serving`, the other goes on alone.
 */
import { z } from 'zod';

export const TAKEOVER_PATH = '/takeover';
/** Servers of another number do not understand each other. */
export const TAKEOVER_PROTOCOL = 1;

const fromSuccessor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), protocol: z.int(), version: z.string(), pid: z.int().positive() }),
  z.object({ kind: z.literal('pause') }),
  /** `socket`: where requests are handed on to. */
  z.object({ kind: z.literal('serving'), socket: z.string() }),
]);
export type FromSuccessor = z.infer<typeof fromSuccessor>;

const fromPredecessor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('here'), version: z.string(), pid: z.int().positive(), port: z.int() }),
  z.object({ kind: z.literal('paused') }),
  z.object({ kind: z.literal('over') }),
  z.object({ kind: z.literal('refused'), why: z.string() }),
]);
export type FromPredecessor = z.infer<typeof fromPredecessor>;

/** Throws for what is none. */
export function readFromSuccessor(text: string): FromSuccessor {
  return fromSuccessor.parse(JSON.parse(text));
}

/** Throws for what is none. */
export function readFromPredecessor(text: string): FromPredecessor {
  return fromPredecessor.parse(JSON.parse(text));
}
