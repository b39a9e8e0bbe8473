/** An instant: integer milliseconds since 1970-01-01 UTC. */
export type Instant = number;

/** Where the time comes from, so that a test can hold it in its hand. */
export interface Clock {
  now(): Instant;
}

export const systemClock: Clock = { now: () => Date.now() };
