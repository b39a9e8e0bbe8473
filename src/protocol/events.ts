/**
 * What an attempt does, as a stream of numbered events. The first has number 1; there are no gaps. Events reach the store in
 * batches, and the same number twice means the same event twice: the second is dropped.
 *
 * Log bytes are not text yet: they are what the process wrote, masked. They travel as bytes behind the batch's JSON (see codec.ts).
 */
import { z } from 'zod';
import { outcome } from './status.ts';
import { testCase } from './tests.ts';
import { versionFields, versionMetadata } from './version.ts';

/** What went wrong, for a person: `code` is permanent, `hint` says what to do. */
export const problemDetail = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });
export type ProblemDetail = z.infer<typeof problemDetail>;

/** What a step is, for the tree on a page. `service`: start, readiness and stop of a service are steps of their own. */
export const stepKind = z.enum(['get', 'task', 'put', 'notify', 'set_pipeline', 'in_parallel', 'service', 'check']);
export type StepKind = z.infer<typeof stepKind>;

const instant = z.int();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const attemptEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('attempt_started'), at: instant, worker: z.string(), workdir: z.string() }),
  z.object({
    kind: z.literal('step_started'),
    at: instant,
    /** The plan's step id; services have `service:NAME:start`, and the same with `ready`, `log` and `stop`. */
    step: z.string(),
    /** 1 for the first try; more when `attempts` tries again. */
    try: z.int().min(1),
  }),
  /** `bytes` is absent in JSON; the codec carries it beside. */
  z.object({
    kind: z.literal('log'),
    at: instant,
    step: z.string(),
    bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  }),
  z.object({
    kind: z.literal('step_ended'),
    at: instant,
    step: z.string(),
    try: z.int().min(1),
    outcome,
    exitCode: z.int().optional(),
    problem: problemDetail.optional(),
    /** True when the step will be tried again: its outcome is not final. */
    again: z.boolean().optional(),
  }),
  /** A `put` pushed this version, or a `get` found out metadata of the version it fetched. */
  z.object({
    kind: z.literal('version'),
    at: instant,
    step: z.string(),
    resource: z.string(),
    direction: z.enum(['pushed', 'fetched']),
    version: versionFields,
    metadata: versionMetadata,
  }),
  /** What the reports of a task say; several of these for many tests. */
  z.object({
    kind: z.literal('tests'),
    at: instant,
    step: z.string(),
    try: z.int().min(1),
    cases: z.array(testCase),
  }),
  /** What a step wrote to `PIKOCI_SUMMARY`: Markdown, masked. */
  z.object({ kind: z.literal('summary'), at: instant, step: z.string(), try: z.int().min(1), text: z.string() }),
  /** A `put` of an artifact: its archive and its listing are blobs that the server has by now. */
  z.object({
    kind: z.literal('artifact'),
    at: instant,
    step: z.string(),
    name: z.string().max(200),
    resource: z.string(),
    /** SHA-256 of the archive, its size, and what is in it. */
    digest: sha256,
    size: z.int(),
    entries: z.int(),
    unpackedSize: z.int(),
    indexDigest: sha256,
  }),
  z.object({ kind: z.literal('attempt_ended'), at: instant, outcome, problem: problemDetail.optional() }),
]);
export type AttemptEvent = z.infer<typeof attemptEvent>;
export type EventKind = AttemptEvent['kind'];

/** Events `first`, `first + 1`, … of one attempt. `fencing` is the grant's; an older one is refused except for logs and clean-up. */
export const eventBatch = z.object({
  attempt: z.string(),
  fencing: z.int(),
  first: z.int().min(1),
  events: z.array(attemptEvent),
});
export type EventBatch = z.infer<typeof eventBatch>;
