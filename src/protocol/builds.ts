/** Builds as the API shows them: in lists, whole, and as they happen. */
import { z } from 'zod';
import { buildEvent } from './build-event.ts';
import { problemDetail, stepKind } from './events.ts';
import { approvalView, inputValueView } from './gates.ts';
import { reasonView } from './reasons.ts';
import { buildStatus, outcome, stepStatus } from './status.ts';
import { testCounts } from './tests.ts';
import { versionFields, versionMetadata } from './version.ts';

const instant = z.int();

export const cause = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('version'), resource: z.string(), version: versionFields }),
  z.object({ kind: z.literal('passed'), job: z.string(), number: z.int() }),
  z.object({ kind: z.literal('manual'), by: z.string(), reason: z.string().optional() }),
  z.object({ kind: z.literal('retry'), by: z.string(), ofNumber: z.int(), reason: z.string().optional() }),
]);
export type CauseView = z.infer<typeof cause>;

export const buildView = z.object({
  id: z.string(),
  team: z.string(),
  pipeline: z.string(),
  job: z.string(),
  number: z.int(),
  status: buildStatus,
  cause,
  /** What a pending build waits for, in words. */
  waitsFor: z.string().optional(),
  /** The same with its way out. */
  wait: reasonView.optional(),
  revision: z.int(),
  /** By address of the resource. */
  versions: z.record(z.string(), versionFields),
  createdAt: instant,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** Who asked for its end: a person, or a newer build of the same branch. */
  cancelledBy: z.string().optional(),
  problem: problemDetail.optional(),
  /** What its steps reported, absent where none did. */
  tests: testCounts.optional(),
  approval: approvalView.optional(),
  /** What happened on a forge that it is of. */
  event: buildEvent.optional(),
  /** It is of a fork, and waits for somebody to release it; and who did. */
  held: z.literal(true).optional(),
  released: z.object({ by: z.string(), at: instant }).optional(),
  /** When its log was deleted, while the rest of it is kept. */
  logDeletedAt: instant.optional(),
});
export type BuildView = z.infer<typeof buildView>;
export const buildPage = z.object({ items: z.array(buildView), next: z.string().optional() });
export type BuildPage = z.infer<typeof buildPage>;

/** A node of a build's step tree, as the plan has it; what happened to it comes in events. */
export const stepView = z.object({
  id: z.string(),
  name: z.string(),
  kind: stepKind,
  /** Its parent's id: a group, or the step (or `job`) that it is a hook of. */
  parent: z.string().optional(),
  /** `on_failure` and so on, for a step that is a hook; `notification` for one that is sent by itself when all else is over. */
  hook: z.enum(['on_success', 'on_failure', 'on_error', 'on_cancel', 'ensure', 'notification']).optional(),
  /** In one line what it runs: `exec make test`, `git.my-app`. */
  summary: z.string(),
});
export type StepView = z.infer<typeof stepView>;

/** The state of a step in one attempt. */
export const stepState = z.object({
  step: z.string(),
  try: z.int(),
  status: stepStatus,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  exitCode: z.int().optional(),
  problem: problemDetail.optional(),
  logBytes: z.int(),
  /** Markdown that it wrote to `PIKOCI_SUMMARY`. */
  summary: z.string().optional(),
});
export type StepState = z.infer<typeof stepState>;

export const attemptView = z.object({
  id: z.string(),
  number: z.int(),
  status: z.enum(['granted', 'running', 'cancelling', 'ended', 'lost']),
  outcome: outcome.optional(),
  worker: z.string(),
  grantedAt: instant,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  problem: problemDetail.optional(),
  steps: z.array(stepState),
});
export type AttemptView = z.infer<typeof attemptView>;

export const buildInputView = z.object({
  step: z.string(),
  resource: z.string(),
  version: versionFields,
  metadata: versionMetadata,
});

export const buildDetailView = buildView.extend({
  steps: z.array(stepView),
  attempts: z.array(attemptView),
  inputs: z.array(buildInputView),
  outputs: z.array(buildInputView),
  /** What it was given by who started it, or has by default; in the order of the job's text. */
  inputValues: z.array(inputValueView),
  /** For "previous" and "next" on the build's page. */
  previousNumber: z.int().optional(),
  nextNumber: z.int().optional(),
});
export type BuildDetailView = z.infer<typeof buildDetailView>;

/**
 * `GET /builds/:id/events`: first a `snapshot` and the log so far, then everything as it happens. What happens has an SSE id (`attempt.seq`), and so has
 * the last message of that beginning; a reader that comes back with `Last-Event-ID` gets what it missed and no snapshot. A snapshot replaces all that the
 * reader had, logs included. Log text is valid UTF-8: what was not is shown as U+FFFD, a character is never
 * split between two messages of a step. `offset` counts bytes of the raw log.
 */
export const buildStreamMessage = z.discriminatedUnion('event', [
  z.object({ event: z.literal('snapshot'), build: buildDetailView }),
  z.object({ event: z.literal('build'), build: buildView }),
  z.object({ event: z.literal('attempt'), attempt: attemptView }),
  z.object({ event: z.literal('step'), attempt: z.string(), state: stepState }),
  z.object({
    event: z.literal('log'),
    attempt: z.string(),
    step: z.string(),
    offset: z.int(),
    firstLine: z.int(),
    at: instant,
    text: z.string(),
  }),
  /** The log was long: earlier bytes were left out and can be fetched by range. */
  z.object({
    event: z.literal('log_skipped'),
    attempt: z.string(),
    step: z.string(),
    offset: z.int(),
    firstLine: z.int(),
  }),
  z.object({ event: z.literal('end') }),
]);
export type BuildStreamMessage = z.infer<typeof buildStreamMessage>;
