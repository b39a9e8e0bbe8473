/**
 * Why a job does not run and what a pending build waits for, and the shape in which the API says it. The words are in reason-words.ts.
 */
import { z } from 'zod';
import type { MarkView } from './choices.ts';
import { markView } from './choices.ts';
import { type VersionFields, versionFields } from './version.ts';

/** A build of the same pipeline, unless it says of which. */
interface BuildName {
  readonly job: string;
  readonly number: number;
}

/** How a job stands that another one waits for. */
export type UpstreamState =
  | { readonly job: string; readonly state: 'never_ran' | 'paused' }
  | {
      readonly job: string;
      readonly state: 'pending' | 'running' | 'ended' | 'passed';
      readonly number: number;
      readonly word: string;
    };

/** An approval that is asked for, and how many of those needed have been given. */
export interface OpenGate {
  readonly label: string;
  readonly given: number;
  readonly needed: number;
}

export type Reason =
  | { readonly kind: 'paused'; readonly what: 'pipeline' | 'job'; readonly job: string; readonly mark: MarkView }
  /** The same, of a build that waits. */
  | { readonly kind: 'pause'; readonly what: 'pipeline' | 'job'; readonly job: string; readonly mark: MarkView }
  /** `waitsFor`: what the check itself waits for. */
  | { readonly kind: 'never_checked'; readonly resource: string; readonly waitsFor?: string | undefined }
  | {
      readonly kind: 'check_failing';
      readonly resource: string;
      readonly message: string;
      readonly hint?: string | undefined;
    }
  | { readonly kind: 'no_version'; readonly resource: string }
  | { readonly kind: 'pin_not_found'; readonly resource: string; readonly byPerson: boolean }
  /** `mark`: of whoever disabled it. */
  | {
      readonly kind: 'pin_disabled';
      readonly resource: string;
      readonly version?: VersionFields | undefined;
      readonly mark?: MarkView | undefined;
      readonly byPerson: boolean;
    }
  | {
      readonly kind: 'pinned';
      readonly resource: string;
      readonly version?: VersionFields | undefined;
      readonly mark?: MarkView | undefined;
      readonly byPerson: boolean;
    }
  | {
      readonly kind: 'disabled';
      readonly resource: string;
      readonly version?: VersionFields | undefined;
      readonly mark?: MarkView | undefined;
    }
  | { readonly kind: 'upstream'; readonly resource: string; readonly jobs: readonly UpstreamState[] }
  | { readonly kind: 'not_together'; readonly resources: readonly string[]; readonly jobs: readonly string[] }
  | { readonly kind: 'gone' }
  | { readonly kind: 'manual_only'; readonly job: string }
  | {
      readonly kind: 'nothing_new';
      readonly job: string;
      readonly resources: readonly string[];
      readonly last?: BuildName | undefined;
    }
  /** Its build was stopped by a newer one, as an `interruptible` job wants it. */
  | { readonly kind: 'superseded'; readonly job: string; readonly number: number }
  /** Words of a newer or older pikoci. */
  | { readonly kind: 'unknown'; readonly text: string }
  // What pending builds wait for.
  | { readonly kind: 'approval'; readonly gates: readonly OpenGate[] }
  | { readonly kind: 'job_removed'; readonly job: string }
  /** It is of a fork, and nobody has answered for it. */
  | { readonly kind: 'held_fork'; readonly build: BuildName; readonly id: string }
  | { readonly kind: 'retry'; readonly until: number; readonly problem?: string | undefined }
  | { readonly kind: 'concurrency'; readonly limit: number; readonly builds: readonly BuildName[] }
  | { readonly kind: 'serial_group'; readonly group: string; readonly build: BuildName; readonly holds: boolean }
  | { readonly kind: 'no_worker'; readonly lost: readonly string[]; readonly drained?: readonly string[] | undefined }
  /** Those that would fit take only what asks for one of their tags, or only the other kind of work. */
  | {
      readonly kind: 'worker_exclusive';
      readonly workers: readonly { readonly name: string; readonly tags: readonly string[] }[];
    }
  | { readonly kind: 'worker_queues'; readonly work: 'builds' | 'checks'; readonly workers: readonly string[] }
  | {
      readonly kind: 'worker_tags';
      readonly wanted: readonly string[];
      readonly missing: readonly string[];
      readonly workers: readonly { readonly name: string; readonly tags: readonly string[] }[];
    }
  /** `free`: a worker has room, as far as this pipeline is concerned. `place` in the queue, from 1. */
  | { readonly kind: 'worker_slot'; readonly free: boolean; readonly place?: number | undefined };

export type ReasonKind = Reason['kind'];

/** What a button of the pages does about it. */
export const reasonAction = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unpause_pipeline') }),
  z.object({ kind: z.literal('unpause_job'), job: z.string() }),
  z.object({ kind: z.literal('check'), resource: z.string() }),
  z.object({ kind: z.literal('unpin'), resource: z.string() }),
  z.object({ kind: z.literal('enable'), resource: z.string(), version: versionFields }),
  z.object({ kind: z.literal('trigger'), job: z.string() }),
  z.object({ kind: z.literal('release'), build: z.string() }),
]);
export type ReasonAction = z.infer<typeof reasonAction>;

/** What it is about, for links: a resource, a job, or a build of it. */
export const reasonLink = z.object({
  job: z.string().optional(),
  number: z.int().optional(),
  resource: z.string().optional(),
});
export type ReasonLink = z.infer<typeof reasonLink>;

export const reasonView = z.object({
  kind: z.string(),
  text: z.string(),
  wayOut: z.string().optional(),
  /** The command that ends it, or that shows more. */
  command: z.string().optional(),
  action: reasonAction.optional(),
  links: z.array(reasonLink),
  /** Who did it, when and why, where somebody did. */
  mark: markView.optional(),
  /** When it ends by itself. */
  until: z.int().optional(),
});
export type ReasonView = z.infer<typeof reasonView>;

/** Why a job does what it does, or does not. */
export const explainView = z.object({
  job: z.string(),
  state: z.enum(['running', 'waiting', 'held', 'idle', 'manual']),
  /** In one line. */
  summary: z.string(),
  reasons: z.array(reasonView.extend({ since: z.int().optional() })),
  /** Builds that wait, oldest first. */
  waiting: z.array(z.object({ number: z.int(), wait: reasonView })),
});
export type ExplainView = z.infer<typeof explainView>;
