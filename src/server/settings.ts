import type { CacheLimits } from './loops/blob-sweep.ts';
import type { RetentionSettings } from './retention/rules.ts';

/** What a server is told when it is put together; everything here is fixed while it runs. */
export interface ServerSettings {
  /** pikoci's version. */
  readonly version: string;
  /** A new id for each start. */
  readonly instance: string;
  /** How people reach it, without a slash at the end: `http://127.0.0.1:8080`. Asked when needed, because port 0 is known only after listening. */
  readonly externalUrl: () => string;
  /** Names of the adapters, for `GET /info`. */
  readonly database: string;
  readonly queue: string;
  /** At least 32 bytes; keys for sessions and for values at rest are derived from these. */
  readonly jwtSecret: Uint8Array;
  readonly secretKey: Uint8Array;
  /** How long a worker may be silent before its attempt is lost. */
  readonly leaseMs: number;
  /** How often a build that errored is tried again, when its job does not say. */
  readonly errorRetries: number;
  /** What is kept of builds; absent: everything. */
  readonly retention: RetentionSettings;
  /** Distance between checks of a resource that says nothing about it. */
  readonly checkIntervalMs: number;
  /** Greatest body of a request. */
  readonly maxBodyBytes: number;
  /** How many streams of events may be open at once. */
  readonly maxStreams: number;
  /** Pages elsewhere that may ask for jobs by the addresses of Hermes. */
  readonly corsOrigins: readonly string[];
  /** How often it is looked whether the reader of a stream may still read it; absent: every 15 s. */
  readonly rightsEveryMs?: number | undefined;
  /** How long a provider of sign-in may take to answer; absent: 15 s. */
  readonly providerTimeoutMs?: number | undefined;
  /** When caches are dropped. */
  readonly caches: CacheLimits;
  /** How long a worker's question for work is held before it is answered with nothing. */
  readonly holdQuestionMs: number;
}

export const DEFAULT_SETTINGS = {
  leaseMs: 30_000,
  errorRetries: 2,
  retention: {},
  checkIntervalMs: 60_000,
  maxBodyBytes: 8 * 1024 * 1024,
  maxStreams: 1_000,
  corsOrigins: [],
  caches: { maxAgeMs: 14 * 24 * 60 * 60_000, maxBytes: 20 * 1024 ** 3 },
  holdQuestionMs: 30_000,
} as const satisfies Partial<ServerSettings>;
