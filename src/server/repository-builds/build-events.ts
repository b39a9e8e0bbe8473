/**
 * From an event of a forge to builds.
 *
 * 1. Where it belongs: the repository's pipeline, or the instance of it for that branch, tag or pull request (event-places.ts).
 * 2. What the commit says about how it is built, read from the forge at exactly that commit (what-to-build.ts).
 * 3. That is set: a revision of its own, unless nothing changed.
 * 4. The commit is saved as a version that is bound to that revision, and a build is made of it for every job that it triggers. Whatever is pushed meanwhile has builds
 *    of its own.
 *
 * Done twice it makes nothing twice: a pipeline that is set to what it is stays, a version keeps its place, and there is one build of a job for one set of versions.
 */
import type { ForgeCommits } from '../../integrations/forge-commits.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { type AttemptId, type BuildId, newId } from '../../lib/ids.ts';
import { canonicalJson } from '../../lib/json.ts';
import type { Logger } from '../../lib/logger.ts';
import { planForJob } from '../../pipeline/build-plan.ts';
import { describeInstance } from '../../pipeline/instance-name.ts';
import type { Job, Pipeline } from '../../pipeline/model.ts';
import type { BuildEvent } from '../../protocol/build-event.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { reasonInWords } from '../../protocol/reason-words.ts';
import type { EventOutcome } from '../../protocol/repositories.ts';
import { resolveInputs } from '../../scheduler/resolve.ts';
import { getsOf } from '../../scheduler/world-index.ts';
import type { BuildRecord, PipelineRecord, VersionRecord } from '../../store/records.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import type { NewBuild } from '../../store/scheduling-facts.ts';
import { defaultInputs } from '../builds/given-inputs.ts';
import { ProblemError } from '../http/problems.ts';
import { type HoldReasons, placeOf } from '../jobs/hold-reasons.ts';
import { type Evaluated, evaluatePipeline } from '../pipelines/evaluate-pipeline.ts';
import { commit, type SetPipelineParts } from '../pipelines/set-pipeline.ts';
import type { RepositoryBuilds } from '../repositories/repository-builds.ts';
import { bindRepository, boundResources } from './bind-repository.ts';
import {
  type BuiltEvent,
  type Candidate,
  calledIn,
  distinctName,
  eventPlaces,
  type PipelinePlace,
  skipsBuilds,
} from './event-places.ts';
import type { ForgeAccess } from './forge-access.ts';
import { type WhatToBuild, whatToBuild } from './what-to-build.ts';

export interface RepositoryBuildsParts extends SetPipelineParts {
  readonly logger: Logger;
  readonly holds: HoldReasons;
  readonly forgeOf: ForgeAccess['forgeOf'];
  readonly externalUrl: () => string;
  readonly announceCancel: (attempt: AttemptId) => void;
  /** There is something to tell a forge. */
  readonly onReport: () => void;
}

export function createRepositoryBuilds(parts: RepositoryBuildsParts): RepositoryBuilds {
  const { store, clock, logger, wakeups } = parts;

  async function buildEvent(
    repository: RepositoryRecord,
    event: BuiltEvent,
    delivery?: Parameters<RepositoryBuilds['buildEvent']>[2],
  ): Promise<EventOutcome> {
    const places = eventPlaces(repository, event);
    switch (places.kind) {
      case 'nothing':
        return noted(places.why);
      case 'gone':
        return archive(repository, places.place, places.why);
      case 'build': {
        const outcome: EventOutcome = { builds: [], notes: [] };
        const forge = await parts.forgeOf(repository);
        for (const candidate of places.candidates) {
          const told = await completed(forge, repository, candidate);
          const done = skipsBuilds(told.event.message)
            ? noted(`the message of commit ${short(told.event.commit)} says not to build it`)
            : delivery?.replayOf !== undefined && (await isOvertaken(repository, told))
              ? noted(`others came after commit ${short(told.event.commit)}; to build it again, retry its build`)
              : await build(forge, repository, told);
          outcome.builds.push(...done.builds);
          outcome.notes.push(...done.notes.filter((note) => !outcome.notes.includes(note)));
        }
        return outcome;
      }
    }
  }

  async function archive(repository: RepositoryRecord, place: PipelinePlace, why: string): Promise<EventOutcome> {
    const found = await pipelineAt(repository, place);
    if (found.pipeline === undefined) return noted(`${why}; nothing was built of it`);
    const { id: pipelineId } = found.pipeline;
    await store.archivePipeline(pipelineId, why, clock.now());
    // What has not begun never will.
    const waiting = { pipelineId, status: ['pending', 'waiting_for_approval'] as const, limit: MOST_WAITING };
    for (const { id } of (await store.listBuilds(waiting)).items) await cancelWaiting(id, why);
    wakeups.feed();
    return noted(`${why}: pipeline ${found.name} is archived`);
  }

  async function cancelWaiting(id: BuildId, why: string): Promise<void> {
    try {
      const { attempt } = await store.cancelBuild(id, why, clock.now());
      if (attempt !== undefined) parts.announceCancel(attempt.id);
      wakeups.build(id);
    } catch (error) {
      // It has ended meanwhile.
      if (!(error instanceof CodedError && error.code === 'store.conflict')) throw error;
    }
  }

  /** The pipeline there is for it, or the name of the one to make: another one, where that name is an instance of something else. */
  async function pipelineAt(
    { team, pipeline: of }: RepositoryRecord,
    { name, vars }: PipelinePlace,
  ): Promise<{ readonly name: string; readonly pipeline: PipelineRecord | undefined }> {
    const pipeline = await store.findPipeline(team, name);
    if (vars === undefined || pipeline === undefined) return { name, pipeline };
    const instance = (await store.getRevision(pipeline.revisionId))?.model.instance;
    if (instance?.of === of && describeInstance(instance.vars) === describeInstance(vars)) return { name, pipeline };
    const other = distinctName(name, calledIn(vars));
    return { name: other, pipeline: await store.findPipeline(team, other) };
  }

  /** What the webhook does not tell: the message of the commit, and into what a pull request is merged. */
  async function completed(
    forge: ForgeCommits,
    repository: RepositoryRecord,
    candidate: Candidate,
  ): Promise<Candidate> {
    let { event, version } = candidate;
    const at = (ref: string) => ({ ...repository, commit: ref });
    if (event.message === undefined) {
      const found = await forge.readCommit(at(event.commit));
      const author = event.author ?? found?.author?.login;
      event = {
        ...event,
        ...(found?.message !== undefined && { message: found.message }),
        ...(author !== undefined && { author }),
      };
    }
    if (event.merged === true) {
      const baseCommit = event.baseCommit ?? (await forge.readCommit(at(event.base ?? '')))?.hash;
      if (baseCommit === undefined) {
        throw new CodedError(
          'forge.failed',
          `the forge does not know the branch ${event.base} of ${repository.fullName}`,
        );
      }
      event = { ...event, baseCommit };
      version = { ...version, merge_into: baseCommit, base: event.base ?? '' };
    }
    return { ...candidate, event, version };
  }

  /** Whether it was built of this pipeline, and something else after it. */
  async function isOvertaken(repository: RepositoryRecord, { place, version }: Candidate): Promise<boolean> {
    const { pipeline } = await pipelineAt(repository, place);
    if (pipeline === undefined) return false;
    const wanted = canonicalJson(version);
    for (const { id } of await store.listResources(pipeline.id)) {
      const { items } = await store.listVersions(id, { limit: MOST_VERSIONS });
      const at = items.findIndex((one) => canonicalJson(one.version) === wanted);
      if (at > 0) return true;
    }
    return false;
  }

  async function build(
    forge: ForgeCommits,
    repository: RepositoryRecord,
    { place, event: happened, version }: Candidate,
  ): Promise<EventOutcome> {
    let event = happened;
    let evaluated: Evaluated;
    let found: WhatToBuild;
    const { name, pipeline: before } = await pipelineAt(repository, place);
    try {
      found = await whatToBuild(forge, { ...repository, commit: event.commit });
      if (found.kind === 'nothing') return noted(NOTHING_THERE(event));
      if (found.kind === 'image' && found.workflow !== undefined) event = { ...event, workflow: found.workflow };
      evaluated = await evaluatePipeline(
        parts.loader,
        `the pipeline of commit ${short(event.commit)}`,
        found.bundle,
        {},
        { repositoryUrl: repository.cloneUrl, ...(event.fork === true && { isForeign: true }) },
      );
    } catch (error) {
      const problem = problemOfText(error);
      if (problem === undefined) throw error;
      return broken(repository, event, problem);
    }
    const { vars } = place;
    const instance = vars === undefined ? {} : { instance: { of: repository.pipeline, vars } };
    const model: Pipeline = { ...bindRepository(evaluated.model, repository, event), ...instance };
    const target = {
      team: { id: repository.teamId, name: repository.team },
      name,
      // Called so at the forge, which says nothing of who has that name here.
      by: event.author === undefined ? repository.provider : `${repository.provider}/${event.author}`,
      message: `${place.what}: ${subjectOf(event)}`,
      ...(event.fork === true && { fork: true }),
    };
    const { revision } = (await commit(parts, target, { ...evaluated, model }, {})).value;
    const pipeline = await store.findPipeline(repository.team, name);
    const revisionId = pipeline && (await store.findRevision(pipeline.id, revision))?.id;
    if (pipeline === undefined || revisionId === undefined) return noted(`pipeline ${name} was deleted meanwhile`);
    if (before?.archivedAt !== undefined) await store.archivePipeline(pipeline.id, undefined, clock.now());

    const chosen = new Map<string, VersionRecord>();
    const resources = await store.listResources(pipeline.id);
    for (const { address } of boundResources(model)) {
      const resource = resources.find((one) => one.address === address);
      if (resource === undefined) continue;
      const saved = { resourceId: resource.id, version, metadata: metadataOf(event), event, revisionId };
      chosen.set(address, await store.saveEventVersion({ ...saved, now: clock.now() }));
    }
    if (chosen.size === 0)
      return noted(`the pipeline of commit ${short(event.commit)} was set; no job of it gets the repository`);
    const problem = found.kind === 'image' ? found.problem : undefined;
    return makeBuilds({ pipeline, revisionId, model, chosen, event, problem });
  }

  async function makeBuilds(made: {
    readonly pipeline: PipelineRecord;
    readonly revisionId: PipelineRecord['revisionId'];
    readonly model: Pipeline;
    readonly chosen: ReadonlyMap<string, VersionRecord>;
    readonly event: BuildEvent;
    readonly problem: ProblemDetail | undefined;
  }): Promise<EventOutcome> {
    const { pipeline, revisionId, model, chosen, event, problem } = made;
    const started = model.jobs.filter((job) => isStarted(job, chosen));
    const notes: string[] = [];
    const builds: NewBuild[] = [];
    const facts = await store.schedulingFacts(pipeline.id, { kind: 'jobs', jobs: started.map(({ name }) => name) });
    if (facts === undefined) return noted(`pipeline ${pipeline.name} was deleted meanwhile`);
    for (const job of started) {
      const record = facts.jobs.find(({ name }) => name === job.name);
      const resolution = record && resolveInputs(facts, job.name, chosen);
      if (record === undefined || resolution === undefined) continue;
      if (resolution.kind === 'hold') {
        const world = await parts.holds.world(pipeline);
        const held = reasonInWords(await parts.holds.ofHold(world, job.name, resolution.hold), placeOf(world));
        notes.push(`job ${job.name} cannot run yet: ${held.text}`);
        for (const { id } of chosen.values()) await store.letTrigger(id);
        continue;
      }
      const plan = planForJob(model, job.name);
      const [[resource, version] = []] = chosen;
      if (resource === undefined || version === undefined) continue;
      builds.push({
        ...{ jobId: record.id, revisionId, plan, inputs: resolution.inputs, automatic: true, fixed: true },
        cause: { kind: 'version', resource, version: version.version },
        priority: job.priority,
        ...(problem !== undefined && { problem }),
        ...defaultInputs(plan.inputs),
      });
    }
    const done = await store.commitDecisions({
      pipelineId: pipeline.id,
      builds,
      updates: [],
      holds: [],
      now: clock.now(),
    });
    for (const { pipeline: name, job, number } of done)
      logger.info('new build', { pipeline: name, job, number, cause: event.kind });
    wakeups.schedule(pipeline.id);
    wakeups.work();
    wakeups.feed();
    parts.onReport();
    if (builds.length > done.length)
      notes.push(`commit ${short(event.commit)} was built before; a retry builds it again`);
    if (started.length === 0) notes.push('no job of its pipeline is triggered by the repository');
    if (event.fork === true && done.length > 0) notes.push('it is of a fork: held until somebody releases it');
    return { builds: done.map((one) => ({ id: one.id, text: nameOf(one) })), notes };
  }

  /** No build can be made: the commit itself shows what is wrong, and so does the delivery. */
  async function broken(
    repository: RepositoryRecord,
    event: BuildEvent,
    problem: { readonly message: string; readonly text: string },
  ): Promise<EventOutcome> {
    const url = `${parts.externalUrl()}/repositories/${repository.id}`;
    const told = { context: 'pikoci', state: 'failed', description: problem.message, url, text: problem.text } as const;
    await store.addReport({ id: newId(clock.now()), event, told, now: clock.now() });
    parts.onReport();
    return noted(problem.text);
  }

  /** As a push to its default branch would: what is there is shown to work, or what is wrong with it. */
  async function activated(repository: RepositoryRecord): Promise<EventOutcome> {
    const { defaultBranch: branch, forgeId, ...known } = repository;
    const forge = await parts.forgeOf(repository);
    const head = await forge.readCommit({ ...repository, commit: branch });
    if (head === undefined) return noted(`there is no commit on ${branch} yet: the first push is built`);
    return buildEvent(repository, {
      ...{ kind: 'push', sender: undefined, branch, commit: head, before: undefined, forced: false },
      repository: { ...known, id: forgeId, defaultBranch: branch },
    });
  }

  async function deactivated({ team, pipeline: of }: RepositoryRecord): Promise<void> {
    for (const pipeline of await store.listPipelines(team)) {
      if (pipeline.name !== of && !pipeline.name.startsWith(`${of}--`)) continue;
      const instance = (await store.getRevision(pipeline.revisionId))?.model.instance;
      if (pipeline.name !== of && instance?.of !== of) continue;
      for (const attempt of await store.deletePipeline(pipeline.id)) parts.announceCancel(attempt.id);
    }
    wakeups.work();
    wakeups.feed();
  }

  return { activated, buildEvent, deactivated };
}

const MOST_WAITING = 200;
/** As far back as a replay is looked for. */
const MOST_VERSIONS = 500;

const noted = (...notes: string[]): EventOutcome => ({ builds: [], notes });
const short = (hash: string): string => hash.slice(0, 10);
const subjectOf = ({ message, title, commit: hash }: BuildEvent): string =>
  (title ?? message ?? short(hash)).split('\n')[0]?.slice(0, 200) ?? '';
const nameOf = ({ pipeline, job, number }: BuildRecord): string => `${pipeline}/${job} #${number}`;

const NOTHING_THERE = ({ commit: hash }: BuildEvent): string =>
  `commit ${short(hash)} has neither a pipeline (.pikoci.hcl, pikoci.hcl, pipeline.hcl) nor Hermes.yaml nor a Dockerfile: there is nothing to build`;

function metadataOf({ message, author }: BuildEvent): Record<string, string> {
  return { ...(author !== undefined && { author }), ...(message !== undefined && { message }) };
}

/** Jobs that an event starts; the others follow these. */
const isStarted = (job: Job, chosen: ReadonlyMap<string, VersionRecord>): boolean =>
  getsOf(job).some(({ resource, trigger, passed }) => trigger && passed.length === 0 && chosen.has(resource));

/** What is wrong with the text of a commit; undefined for what is wrong with the world. */
function problemOfText(error: unknown): { message: string; text: string } | undefined {
  if (!(error instanceof CodedError)) return undefined;
  const { code, message, hint } = error;
  const isText = [
    'pipeline.invalid',
    'api.bad_request',
    'repository.bad_pipeline',
    'bundle_too_large',
    'forge.too_large',
  ];
  if (!isText.includes(code)) return undefined;
  const rendered = error instanceof ProblemError ? error.extra.rendered : undefined;
  return {
    message,
    text:
      typeof rendered === 'string' ? `${message}\n\n${rendered}` : `${message}${hint === undefined ? '' : `: ${hint}`}`,
  };
}
