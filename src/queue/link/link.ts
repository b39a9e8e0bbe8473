/**
 * What the queue's own protocol runs over: anything that carries whole binary messages both ways in order, and says when it is gone.
 * A WebSocket is one, over TCP or a unix socket; a pair in one process another.
 */
export interface Link {
  /** How many bytes that were emitted may be under way without an acknowledgement, where it is less than usual. */
  readonly windowBytes?: number;
  /** Never throws. What cannot be sent any more closes the link, and the other end hears nothing. */
  send(frame: Uint8Array): void;
  /** Closes after what was sent has left. */
  close(code: number, reason: string): void;
  /** Drops it at once, without a farewell. */
  terminate(): void;
}

export interface LinkEvents {
  open(): void;
  frame(frame: Uint8Array): void;
  /** Once, and also when it never opened. `reason` is for a person. */
  closed(code: number, reason: string): void;
}

/** Starts to connect. Events come later, never during the call. */
export type Dial = (events: LinkEvents) => Link;

/** Close codes of the protocol, in the range that WebSocket leaves to applications. */
export const CLOSE = {
  goingAway: 1001,
  badFrame: 4400,
  refused: 4401,
  silent: 4408,
  replaced: 4409,
  flooded: 4413,
} as const;
