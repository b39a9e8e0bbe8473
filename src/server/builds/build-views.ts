import type { Clock } from '../../lib/clock.ts';
import type { PipelineId } from '../../lib/ids.ts';
import { describePlan } from '../../pipeline/describe-plan.ts';
import type { AttemptView, BuildDetailView, BuildView } from '../../protocol/builds.ts';
import type { ApprovalView } from '../../protocol/gates.ts';
import { reasonInWords } from '../../protocol/reason-words.ts';
import type { ReasonView } from '../../protocol/reasons.ts';
import { isEnded } from '../../protocol/status.ts';
import type { TestCounts } from '../../protocol/tests.ts';
import type { AttemptRecord, BuildDetail, BuildInput, BuildRecord, WorkerRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Revisions } from '../pipelines/revisions.ts';
import type { StorageHealth } from '../storage-health.ts';
import { approvalsOf, openGates } from './approval-view.ts';
import { buildView, inputView } from './build-view.ts';
import { inputValueViews } from './given-inputs.ts';
import { attemptView, StepFold } from './step-fold.ts';
import { waitReason } from './waits-for.ts';

/** Builds as the API shows them: with their versions, and pending ones with what they wait for. */
export interface BuildViews {
  one(build: BuildRecord, inputs?: readonly BuildInput[]): Promise<BuildView>;
  many(builds: readonly BuildRecord[]): Promise<BuildView[]>;
  /** `attempts` when the caller has them already. */
  detail(build: BuildDetail, attempts?: readonly AttemptView[]): Promise<BuildDetailView>;
}

/** What is known of a build besides its record. */
interface Known {
  readonly wait: ReasonView | undefined;
  readonly approval: ApprovalView | undefined;
  readonly tests: TestCounts | undefined;
}

const EVENT_PAGE = 1_000;
const MOST_OTHERS = 200;

export interface BuildViewsParts {
  readonly store: Store;
  readonly revisions: Revisions;
  readonly clock: Clock;
  readonly storage: Pick<StorageHealth, 'problem'>;
}

export function createBuildViews({ store, revisions, clock, storage }: BuildViewsParts): BuildViews {
  /** Of one that has not ended, first of all that its end could not be recorded. */
  function view(build: BuildRecord, inputs: readonly BuildInput[], { wait, approval, tests }: Known): BuildView {
    const problem = isEnded(build.status) ? undefined : storage.problem();
    return {
      ...buildView(build, inputs, wait, approval),
      ...(problem !== undefined && { problem }),
      ...(tests !== undefined && { tests }),
    };
  }

  async function waitWorld(pipelineId: PipelineId) {
    const [pipeline, jobs, holders] = await Promise.all([
      store.getPipeline(pipelineId),
      store.listJobs(pipelineId),
      store.listBuilds({ pipelineId, status: ['running', 'pending'], holdsSlot: true, limit: MOST_OTHERS }),
    ]);
    let pending: Promise<readonly BuildRecord[]> | undefined;
    /** The queue of the pipeline, which may be long: only builds in serial groups wait for others in it. */
    const queue = (): Promise<readonly BuildRecord[]> => {
      pending ??= store
        .listBuilds({ pipelineId, status: ['pending'], limit: MOST_OTHERS })
        .then(({ items }) => items.toReversed());
      return pending;
    };
    return { pipeline, jobs, holders: holders.items, queue };
  }

  /** Looks up what telling of waits needs, once for a list. `exact`: with the place in the queue, too. */
  function waiting(exact: boolean) {
    let workers: Promise<readonly WorkerRecord[]> | undefined;
    const worlds = new Map<PipelineId, ReturnType<typeof waitWorld>>();
    return async (build: BuildRecord, approval: ApprovalView | undefined): Promise<ReasonView | undefined> => {
      const place = { team: build.team, pipeline: build.pipeline };
      if (build.status === 'waiting_for_approval')
        return reasonInWords({ kind: 'approval', gates: openGates(approval) }, place);
      if (build.status !== 'pending') return undefined;
      workers ??= store.listWorkers();
      const { pipelineId } = build;
      const known = worlds.get(pipelineId) ?? waitWorld(pipelineId);
      worlds.set(pipelineId, known);
      const [world, revision] = await Promise.all([known, revisions.get(build.revisionId)]);
      const rankOf = (job: string): number => -(revision.job(job)?.priority ?? 0);
      const job = revision.job(build.job);
      const queue = (job?.serialGroups ?? []).length === 0 ? [] : await world.queue();
      const reason = waitReason({
        build,
        pipeline: world.pipeline ?? {},
        record: world.jobs.find((one) => one.id === build.jobId),
        job,
        tags: revision.tagsOf(build.job),
        holders: world.holders,
        before: queue.filter(
          (other) =>
            rankOf(other.job) < rankOf(build.job) || (rankOf(other.job) === rankOf(build.job) && other.id < build.id),
        ),
        serialGroupsOf: (other) => revision.job(other)?.serialGroups ?? [],
        workers: await workers,
        teamId: world.pipeline?.teamId,
        place: exact ? await store.queuePlace(build.id) : undefined,
        now: clock.now(),
      });
      return reasonInWords(reason, place);
    };
  }

  async function many(builds: readonly BuildRecord[]): Promise<BuildView[]> {
    const ids = builds.map((build) => build.id);
    const [inputs, tests] = await Promise.all([store.inputsOf(ids), store.testCounts(ids)]);
    const approvals = await approvalsOf({ store, revisions }, builds);
    const waitOf = waiting(false);
    return Promise.all(
      builds.map(async (build) => {
        const approval = approvals.get(build.id);
        const wait = await waitOf(build, approval);
        return view(build, inputs.get(build.id) ?? [], { wait, approval, tests: tests.get(build.id) });
      }),
    );
  }

  async function knownOf(build: BuildRecord): Promise<Known> {
    const [approvals, tests] = await Promise.all([
      approvalsOf({ store, revisions }, [build]),
      store.testCounts([build.id]),
    ]);
    const approval = approvals.get(build.id);
    return { wait: await waiting(true)(build, approval), approval, tests: tests.get(build.id) };
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
      return view(build, known, await knownOf(build));
    },
    detail: async (build, attempts) => {
      const [previousNumber, nextNumber] = await Promise.all([
        neighbour(build, build.number - 1),
        neighbour(build, build.number + 1),
      ]);
      return {
        ...view(build, build.inputs, await knownOf(build)),
        steps: describePlan(build.plan),
        attempts: [...(attempts ?? (await attemptsOf(build)))],
        inputs: build.inputs.map(inputView),
        outputs: build.outputs.map(inputView),
        inputValues: inputValueViews(build),
        ...(previousNumber !== undefined && { previousNumber }),
        ...(nextNumber !== undefined && { nextNumber }),
      };
    },
  };
}
