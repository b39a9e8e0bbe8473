/** What is known when all is over: from those who triggered, from the API, from the files that the steps wrote themselves, and of what is left. */
import type { StepKind } from '../../src/protocol/events.ts';
import type { AttemptStatus, BuildStatus, Outcome, StepStatus } from '../../src/protocol/status.ts';

/** Seconds since the machine was started. */
export type BootSeconds = number;

export interface TriggerRecord {
  /** Stands in the cause of the build that came of it, and nowhere else. */
  readonly token: string;
  readonly job: string;
  /** `unknown`: the answer never came, or was that the server had trouble; a build may have come of it or not. */
  readonly answer: 'accepted' | 'refused' | 'unknown';
}

export interface StepRecord {
  readonly name: string;
  readonly kind: StepKind;
  readonly status: StepStatus;
  readonly exitCode?: number | undefined;
}

export interface AttemptRecord {
  readonly number: number;
  readonly status: AttemptStatus;
  readonly outcome?: Outcome | undefined;
  readonly worker: string;
  readonly steps: readonly StepRecord[];
}

export interface BuildRecord {
  readonly id: string;
  readonly job: string;
  readonly number: number;
  readonly status: BuildStatus;
  /** Of the trigger it came of. */
  readonly token?: string | undefined;
  /** The version it was built for, of a job that builds every one. */
  readonly version?: string | undefined;
  readonly attempts: readonly AttemptRecord[];
}

/** `service-begin`, `service-end` and `hook` are said once; the others by the processes of tasks, which must never run twice at a time. */
export const MARKS = ['begin', 'alive', 'end', 'service-begin', 'service-end', 'hook'] as const;

export interface MarkRecord {
  readonly at: BootSeconds;
  readonly what: (typeof MARKS)[number];
  readonly build: string;
  readonly attempt: number;
  readonly name: string;
}

/** What a task wrote into its own file, and what the log has. */
export interface TextRecord {
  readonly build: string;
  readonly attempt: number;
  readonly name: string;
  readonly written: string;
  /** Undefined where the server knows nothing of that step. */
  readonly logged: string | undefined;
}

/** A worker that stood still with all it ran, as a machine that sleeps: it needs a moment after `until` to see that its time was over. */
export interface SleepRecord {
  readonly worker: string;
  readonly until: BootSeconds;
}

export interface Records {
  readonly triggers: readonly TriggerRecord[];
  readonly builds: readonly BuildRecord[];
  readonly marks: readonly MarkRecord[];
  readonly texts: readonly TextRecord[];
  readonly sleeps: readonly SleepRecord[];
  /** Builds that were asked to end, and those of which a process was killed. */
  readonly cancelled: ReadonlySet<string>;
  readonly struck: ReadonlySet<string>;
  /** Versions the world has, and those the server knows. */
  readonly pushed: readonly string[];
  readonly versions: readonly string[];
  /** In words, whatever should not be there any more: processes, work directories, mounts, containers, slots. */
  readonly left: readonly string[];
}

/** A line of the ledger, `BOOT-SECONDS WHAT BUILD ATTEMPT NAME`. */
export function parseMark(line: string): MarkRecord {
  const [at = '', what = '', build = '', attempt = '', name = ''] = line.split(' ');
  const known = MARKS.find((mark) => mark === what);
  if (known === undefined || !(Number(at) > 0) || !(Number(attempt) > 0) || build === '' || name === '') {
    throw new Error(`not a line of the ledger: ${JSON.stringify(line)}`);
  }
  return { at: Number(at), what: known, build, attempt: Number(attempt), name };
}
