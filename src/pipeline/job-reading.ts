/** What the parts that read one job share. */
import type { Range } from '../hcl/position.ts';
import type { Body } from '../hcl/syntax.ts';
import { NUMBER, STRING } from '../hcl/type.ts';
import { objectValue, UNKNOWN, unknownValue, type Value } from '../hcl/value.ts';
import { EVENT_FACTS } from './event-facts.ts';
import { jobWord } from './job-words.ts';
import type { Loading } from './loading.ts';
import type { Resource } from './model.ts';
import { type Names, withNames } from './names.ts';
import type { PlanValue } from './plan-value.ts';
import type { TypeLibrary } from './type-library.ts';

/** A `notification` block after it was read: what a `notify` step of its name starts from. */
export interface LoadedNotification {
  readonly type: string;
  readonly name: string;
  readonly params: Readonly<Record<string, PlanValue>>;
  readonly message: PlanValue | undefined;
  /** When it follows jobs by itself. */
  readonly on: readonly string[];
}

/** One mention of jobs in a `passed`, kept until all jobs are read. */
export interface PassedReference {
  readonly job: string;
  /** Undefined: there is no such resource, and that was said. */
  readonly resource: string | undefined;
  readonly upstream: string;
  readonly at: Range;
}

export interface PipelineReading {
  readonly loading: Loading;
  readonly library: TypeLibrary;
  readonly resources: ReadonlyMap<string, Resource>;
  /** By address, `slack.team`. */
  readonly notifications: ReadonlyMap<string, LoadedNotification>;
  /** Of all `notification` blocks, those too that could not be read. */
  readonly notificationNames: ReadonlySet<string>;
  /** Names of the jobs that each name in a text stands for. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Blocks whose `for_each` or `matrix` could not be read: which jobs they stand for is not known. */
  readonly unexpanded: ReadonlySet<string>;
  /** Those that a `notify` step names. */
  readonly notified: Set<LoadedNotification>;
  readonly passed: PassedReference[];
  /** Jobs with a `get` or `put` that could not be read, so that it is not known what passes there. */
  readonly incomplete: Set<string>;
}

export interface JobReading extends PipelineReading {
  readonly job: string;
  /** What the job's steps may refer to. `later` shrinks while the steps are read. */
  readonly names: Names;
  readonly later: Set<string>;
  /** Environment names taken so far, each with what took it. */
  readonly environment: Map<string, string>;
  /** The job's own timeout. */
  readonly timeoutMs: number | undefined;
  /** Directories that gets fill, each with the get. */
  readonly directories: Map<string, string>;
  /** Tags that steps ask for; the build needs a worker that has them all. */
  readonly tags: Set<string>;
}

/** The facts of a build; `status` and `duration` are there in hooks and notifications. */
export const BUILD_VALUE = objectValue([
  ...['id', 'job', 'pipeline', 'team', 'url', 'status', 'previous_status', 'duration', 'cause'].map(
    (name) => [name, unknownValue(STRING)] as const,
  ),
  ...['number', 'attempt'].map((name) => [name, unknownValue(NUMBER)] as const),
  ['event', objectValue(EVENT_FACTS.map((name) => [name, unknownValue(STRING)] as const))] as const,
]);

/** Names for what is read without knowing the job: any `get`, `task` and `input` may exist. */
export function anyJobNames(names: Names): Names {
  return withNames(names, { build: BUILD_VALUE, get: UNKNOWN, task: UNKNOWN, input: UNKNOWN });
}

/** Names for the steps of a job: its own inputs, gets and tasks; of these two all are still to come. */
export function jobNames(body: Body, names: Names, input: Value): { names: Names; later: Set<string> } {
  const gets = new Set<string>();
  const tasks = new Set<string>();
  collectStepNames(body, gets, tasks);
  const later = new Set([...[...gets].map((name) => `get.${name}`), ...[...tasks].map((name) => `task.${name}`)]);
  const values = {
    build: BUILD_VALUE,
    input,
    get: objectValue([...gets].map((name) => [name, UNKNOWN])),
    task: objectValue([...tasks].map((name) => [name, UNKNOWN])),
  };
  return { names: withNames(names, values, { later }), later };
}

function collectStepNames(body: Body, gets: Set<string>, tasks: Set<string>): void {
  for (const item of body.items) {
    if (item.kind !== 'block') continue;
    const [first, second] = item.labels;
    const word = jobWord(item.type);
    if (word === 'task' && first !== undefined) tasks.add(first.value);
    if ((word === 'get' || word === 'put') && second !== undefined) gets.add(second.value);
    collectStepNames(item.body, gets, tasks);
  }
}
