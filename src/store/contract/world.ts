/** A small world that the contract's tests share: a store, a clock in the hand, a team, and pipelines made in a line. */
import type { Clock, Instant } from '../../lib/clock.ts';
import { newId, type WorkerId } from '../../lib/ids.ts';
import type { Job, Pipeline, Resource } from '../../pipeline/model.ts';
import type { BuildPlan } from '../../pipeline/plan.ts';
import type { GetStep, NotifyStep, PutStep, Step, TaskStep } from '../../pipeline/plan-step.ts';
import type { AttemptEvent } from '../../protocol/events.ts';
import type { AppendOptions, AppendResult, GrantRequest } from '../attempt-store.ts';
import type {
  BuildRecord,
  GrantedBuild,
  JobRecord,
  Mark,
  PipelineRecord,
  ResourceRecord,
  VersionRecord,
} from '../records.ts';
import type { InputChoice, NewBuild } from '../scheduling-facts.ts';
import type { Store } from '../store.ts';

/** A time that moves when it is told to. */
export class TestClock implements Clock {
  #now = 1_700_000_000_000;

  now(): Instant {
    return this.#now;
  }

  forward(ms: number): Instant {
    this.#now += ms;
    return this.#now;
  }
}

/** What an adapter gives the suite: an empty database, and a way to open it again as after a restart of the program. */
export interface Database {
  /** Opens the database; the first time it is empty. `migrate` is called by the suite. */
  open(clock: Clock): Promise<Store>;
  dispose(): Promise<void>;
}

/** For values a test knows to be there. */
export function some<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value, there is none');
  return value;
}

const at = { file: 'pipeline.hcl', line: 1, column: 1 };
const common = (id: string, name: string) => ({
  id,
  name,
  at,
  attempts: { count: 1, on: [], delayMs: 0 },
  allowFailure: false,
  hooks: {},
});
const types = { runners: {}, resources: {}, services: {}, secrets: {}, notifications: {} };
const scope = { variables: {}, locals: {} };

export const get = (id: string, resource: string, options: Partial<GetStep> = {}): GetStep => ({
  ...common(id, resource),
  kind: 'get',
  resource,
  trigger: true,
  passed: [],
  version: 'latest',
  params: {},
  ...options,
});
export const task = (id: string): TaskStep => ({
  ...common(id, `task-${id}`),
  kind: 'task',
  run: { runner: 'exec', params: {}, at },
  env: {},
  inputs: [],
  outputs: [],
});
export const put = (id: string, resource: string): PutStep => ({
  ...common(id, resource),
  kind: 'put',
  resource,
  params: {},
  noGet: true,
});
export const notify = (id: string): NotifyStep => ({
  ...common(id, 'chat'),
  kind: 'notify',
  type: 'chat',
  params: {},
  attributes: {},
});

export const resource = (name: string, options: Partial<Resource> = {}): Resource => ({
  type: 'git',
  name,
  address: `git.${name}`,
  params: { url: { kind: 'known', value: `https://example.test/${name}` } },
  cache: false,
  tags: [],
  at,
  ...options,
});

export const job = (name: string, steps: readonly Step[], options: Partial<Job> = {}): Job => ({
  name,
  group: name,
  at,
  services: [],
  steps: [...steps],
  hooks: {},
  serialGroups: [],
  priority: 0,
  tags: [],
  interruptible: false,
  disableManualTrigger: false,
  ...options,
});

export const model = (resources: readonly Resource[], jobs: readonly Job[]): Pipeline => ({
  schema: 1,
  resources: [...resources],
  jobs: [...jobs],
  types,
  scope,
});

export const planOf = (of: Job, resources: readonly Resource[]): BuildPlan => ({
  schema: 1,
  job: of.name,
  services: of.services,
  steps: of.steps,
  hooks: of.hooks,
  tags: of.tags,
  types,
  resources: Object.fromEntries(
    resources.map(({ type, name, params, cache, tags, address }) => [address, { type, name, params, cache, tags }]),
  ),
  scope,
});

export class World {
  readonly clock: TestClock;
  readonly store: Store;
  readonly workerId = newId<WorkerId>();
  #questions = 0;

  constructor(store: Store, clock: TestClock) {
    this.store = store;
    this.clock = clock;
  }

  /** Sets a pipeline of the team `main`. The text of its file is its name and `text`. */
  async set(name: string, of: Pipeline, text = ''): Promise<PipelineRecord> {
    const team = await this.store.ensureTeam('main');
    const { pipeline } = await this.store.setPipeline({
      teamId: team.id,
      name,
      bundle: { main: 'pipeline.hcl', files: { 'pipeline.hcl': `${name} ${text}` } },
      model: of,
      setBy: 'ada',
      firstCheckAt: this.clock.now(),
      now: this.clock.now(),
    });
    return pipeline;
  }

  /** A pipeline with one resource and one job that gets it and runs a task, with the job's own options. */
  async simple(options: Partial<Job> = {}, name = 'app'): Promise<Simple> {
    const watched = resource('src');
    const only = job('test', options.steps ?? [get('1', 'git.src'), task('2')], options);
    const pipeline = await this.set(name, model([watched], [only]));
    const [record] = await this.store.listJobs(pipeline.id);
    const [source] = await this.store.listResources(pipeline.id);
    return { pipeline, job: some(record), resource: some(source), plan: planOf(only, [watched]) };
  }

  /** Versions `ref = …`, oldest first; gives all versions of the resource, oldest first. */
  async versions(of: ResourceRecord, ...refs: readonly string[]): Promise<readonly VersionRecord[]> {
    const found = refs.map((ref) => ({ version: { ref }, metadata: { author: 'ada' } }));
    await this.store.saveVersions(of.id, found, this.clock.now());
    return (await this.store.listVersions(of.id, { limit: 1_000 })).items.toReversed();
  }

  newBuild(of: Simple, inputs: readonly InputChoice[] = [], options: Partial<NewBuild> = {}): NewBuild {
    return {
      jobId: of.job.id,
      revisionId: of.pipeline.revisionId,
      plan: of.plan,
      inputs,
      cause: { kind: 'manual', by: 'ada' },
      automatic: false,
      priority: 0,
      ...options,
    };
  }

  trigger(of: Simple, options: Partial<NewBuild> = {}): Promise<BuildRecord> {
    return this.store.createBuild(this.newBuild(of, [], options), this.clock.now());
  }

  mark(reason?: string): Mark {
    return { by: 'ada', at: this.clock.now(), reason };
  }

  request(options: Partial<GrantRequest> = {}): GrantRequest {
    this.#questions += 1;
    return {
      workerId: this.workerId,
      question: `question-${this.#questions}`,
      tags: [],
      kinds: ['check', 'build'],
      leaseMs: 30_000,
      now: this.clock.now(),
      ...options,
    };
  }

  async grantBuild(options: Partial<GrantRequest> = {}): Promise<GrantedBuild | undefined> {
    const work = await this.store.grant(this.request({ kinds: ['build'], ...options }));
    if (work === undefined || work.kind === 'build') return work;
    throw new Error('asked for a build, got a check');
  }

  get retries(): AppendOptions {
    return { now: this.clock.now(), errorRetries: 2, retryAt: (retry) => this.clock.now() + retry * 1_000 };
  }

  append(granted: GrantedBuild, first: number, ...events: readonly AttemptEvent[]): Promise<AppendResult> {
    const { id, fencing } = granted.attempt;
    return this.store.appendEvents({ attempt: id, fencing, first, events: [...events] }, this.retries);
  }

  started(): AttemptEvent {
    return { kind: 'attempt_started', at: this.clock.now(), worker: 'w', workdir: '/work' };
  }

  log(step: string, text: string | Uint8Array): AttemptEvent {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    return { kind: 'log', at: this.clock.now(), step, bytes };
  }

  stepStarted(step: string): AttemptEvent {
    return { kind: 'step_started', at: this.clock.now(), step, try: 1 };
  }

  stepEnded(step: string): AttemptEvent {
    return { kind: 'step_ended', at: this.clock.now(), step, try: 1, outcome: 'succeeded', exitCode: 0 };
  }

  ended(outcome: Extract<AttemptEvent, { kind: 'attempt_ended' }>['outcome']): AttemptEvent {
    return { kind: 'attempt_ended', at: this.clock.now(), outcome };
  }

  /** Grants the next build and plays it to its end. */
  async play(outcome: Extract<AttemptEvent, { kind: 'attempt_ended' }>['outcome'] = 'succeeded'): Promise<BuildRecord> {
    const granted = some(await this.grantBuild());
    const result = await this.append(granted, 1, this.started(), this.ended(outcome));
    return some(result.build);
  }
}

export interface Simple {
  readonly pipeline: PipelineRecord;
  readonly job: JobRecord;
  readonly resource: ResourceRecord;
  readonly plan: BuildPlan;
}

/** How the suites open a world: fresh for each test. */
export type Open = () => Promise<World>;

export const input = (step: string, version: VersionRecord): InputChoice => ({
  step,
  resourceId: version.resourceId,
  versionId: version.id,
});
