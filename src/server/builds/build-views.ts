import type { Clock } from '../../lib/clock.ts';
import type { PipelineId } from '../../lib/ids.ts';
import { describePlan } from '../../pipeline/describe-plan.ts';
import type { AttemptView, BuildDetailView, BuildView } from '../../protocol/api.ts';
import { isEnded } from '../../protocol/status.ts';
import type { TestCounts } from '../../protocol/tests.ts';
import type { AttemptRecord, BuildDetail, BuildInput, BuildRecord, WorkerRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Revisions } from '../pipelines/revisions.ts';
import type { StorageHealth } from '../storage-health.ts';
import { buildView, inputView } from './build-view.ts';
import { attemptView, StepFold } from './step-fold.ts';
import { describeWait } from './waits-for.ts';

/** Builds as the API shows them: with their versions, and pending ones with what they wait for. */
export interface BuildViews {
  one(build: BuildRecord, inputs?: readonly BuildInput[]): Promise<BuildView>;
  many(builds: readonly BuildRecord[]): Promise<BuildView[]>;
  /** `attempts` when the caller has them already. */
  detail(build: BuildDetail, attempts?: readonly AttemptView[]): Promise<BuildDetailView>;
}

const EVENT_PAGE = 1_000;
const MAX_RUNNING = 200;

export interface BuildViewsParts {
  readonly store: Store;
  readonly revisions: Revisions;
  readonly clock: Clock;
  readonly storage: Pick<StorageHealth, 'problem'>;
}

export function createBuildViews({ store, revisions, clock, storage }: BuildViewsParts): BuildViews {
  /** Of one that has not ended, first of all that its end could not be recorded. */
  function view(
    build: BuildRecord,
    inputs: readonly BuildInput[],
    waitsFor: string | undefined,
    tests: TestCounts | undefined,
  ): BuildView {
    const problem = isEnded(build.status) ? undefined : storage.problem();
    return {
      ...buildView(build, inputs, waitsFor),
      ...(problem !== undefined && { problem }),
      ...(tests !== undefined && { tests }),
    };
  }

  /** Looks up what describing waits needs, once for a list. */
  function waiting() {
    let workers: Promise<readonly WorkerRecord[]> | undefined;
    const running = new Map<PipelineId, Promise<readonly BuildRecord[]>>();
    return async (build: BuildRecord): Promise<string | undefined> => {
      if (build.status === 'waiting_for_approval') return 'somebody to approve it';
      if (build.status !== 'pending') return undefined;
      workers ??= store.listWorkers();
      const { pipelineId } = build;
      const others =
        running.get(pipelineId) ??
        store.listBuilds({ pipelineId, status: ['running'], limit: MAX_RUNNING }).then((page) => page.items);
      running.set(pipelineId, others);
      const revision = await revisions.get(build.revisionId);
      return describeWait({
        build,
        job: revision.job(build.job),
        tags: revision.tagsOf(build.job),
        running: await others,
        serialGroupsOf: (job) => revision.job(job)?.serialGroups ?? [],
        workers: await workers,
        now: clock.now(),
      });
    };
  }

  async function many(builds: readonly BuildRecord[]): Promise<BuildView[]> {
    const ids = builds.map((build) => build.id);
    const [inputs, tests] = await Promise.all([store.inputsOf(ids), store.testCounts(ids)]);
    const waitsFor = waiting();
    return Promise.all(
      builds.map(async (build) => view(build, inputs.get(build.id) ?? [], await waitsFor(build), tests.get(build.id))),
    );
  }

  async function attemptsOf(build: BuildDetail): Promise<AttemptView[]> {
    return Promise.all(build.attemptList.map(async (attempt) => attemptView(attempt, await foldAttempt(attempt))));
  }

  async function foldAttempt(attempt: AttemptRecord): Promise<StepFold> {
    const fold = new StepFold();
    for (let after = 0; ; ) {
      const page = await store.listEvents(attempt.id, after, EVENT_PAGE);
      for (const event of page) fold.apply(event);
      after = page.at(-1)?.seq ?? after;
      if (page.length < EVENT_PAGE) break;
    }
    for (const [step, size] of await store.logSizes(attempt.id)) fold.logged(step, size.bytes);
    return fold;
  }

  async function neighbour(build: BuildRecord, number: number): Promise<number | undefined> {
    if (number < 1) return undefined;
    return (await store.findBuild(build.jobId, number))?.number;
  }

  return {
    many,
    one: async (build, inputs) => {
      const known = inputs ?? (await store.inputsOf([build.id])).get(build.id) ?? [];
      return view(build, known, await waiting()(build), (await store.testCounts([build.id])).get(build.id));
    },
    detail: async (build, attempts) => {
      const [previousNumber, nextNumber, tests] = await Promise.all([
        neighbour(build, build.number - 1),
        neighbour(build, build.number + 1),
        store.testCounts([build.id]),
      ]);
      return {
        ...view(build, build.inputs, await waiting()(build), tests.get(build.id)),
        steps: describePlan(build.plan),
        attempts: [...(attempts ?? (await attemptsOf(build)))],
        inputs: build.inputs.map(inputView),
        outputs: build.outputs.map(inputView),
        ...(previousNumber !== undefined && { previousNumber }),
        ...(nextNumber !== undefined && { nextNumber }),
      };
    },
  };
}
