/** Answers what workers ask: hello, next, renew, leave. Who a worker is comes from its credentials, never from what it says. */
import { assertNever } from '../../lib/assert-never.ts';
import type { Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptId, CheckId, WorkerId } from '../../lib/ids.ts';
import { decodeRequest, encodeAnswer, MessageError } from '../../protocol/codec.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { decodeFileQuestion, encodeFileAnswer, isFileQuestion, requestOf } from '../../protocol/file-frames.ts';
import type { Grant, NextRequest, RenewRequest, ServerAnswer } from '../../protocol/messages.ts';
import type { Sender } from '../../queue/queue.ts';
import type { GrantedWork } from '../../store/records.ts';
import type { IdTokens } from '../identity/id-tokens.ts';
import type { CloneTokens } from '../repository-builds/clone-tokens.ts';
import type { KeptSecrets } from '../secrets/kept-secrets.ts';
import type { ServerSettings } from '../settings.ts';
import { isStorageFailure } from '../storage-health.ts';
import { type GrantParts, makeGrant } from './grants.ts';
import { createHello, type HelloParts } from './hello.ts';
import type { HeldQuestions } from './questions.ts';
import { refused } from './refused.ts';
import { retryOptions } from './retry-options.ts';
import type { SetFromBuild } from './set-from-build.ts';
import type { WorkerFileHandler } from './worker-files.ts';

export interface WorkerRequestParts extends HelloParts {
  readonly settings: Pick<ServerSettings, 'instance' | 'version' | 'leaseMs' | 'errorRetries' | 'holdQuestionMs'>;
  readonly questions: HeldQuestions<Grant>;
  readonly grants: GrantParts;
  readonly setFromBuild: SetFromBuild;
  readonly secrets: Pick<KeptSecrets, 'handOut'>;
  readonly identity: Pick<IdTokens, 'handOut'>;
  readonly cloneTokens: CloneTokens;
  /** Answers about large things, over HTTP and over the queue. */
  readonly files: WorkerFileHandler;
}

/** Of which kinds of failure of one worker the log has heard: the one remembered longest makes room. */
const REMEMBERED = 1_000;
/** That a worker was heard of is written down this often. */
const TOUCH_EVERY_MS = 1_000;

export type WorkerRequestHandler = (body: Uint8Array, from: Sender, signal: AbortSignal) => Promise<Uint8Array>;

export function createWorkerRequests(parts: WorkerRequestParts): WorkerRequestHandler {
  const { store, clock, logger, settings, wakeups, questions } = parts;
  const hello = createHello(parts);
  const unread = new Set<string>();
  const touchedAt = new Map<WorkerId, Instant>();

  async function next(request: NextRequest, from: Sender, signal: AbortSignal): Promise<ServerAnswer> {
    const workerId = from.worker as WorkerId;
    const teamId = from.team === undefined ? undefined : (await store.ensureTeam(from.team)).id;
    const { question, kinds, sealKey, exclusive } = request;
    const tags = request.tags.filter((tag) => from.tags?.includes(tag) !== false);
    const tryGrant = async (): Promise<Grant | undefined> => {
      const { leaseMs } = settings;
      const work = await store.grant({ workerId, question, teamId, tags, exclusive, kinds, leaseMs, now: clock.now() });
      if (work === undefined) return undefined;
      wakeups.feed();
      if (work.kind === 'build') wakeups.build(work.build.id);
      try {
        return makeGrant(work, sealKey, parts.grants);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        await giveUp(work, error);
        // What comes behind it in the queue may be handed over.
        questions.wake(work.kind);
        return undefined;
      }
    };
    await touch(workerId);
    const alike = JSON.stringify([workerId, teamId, tags, exclusive, kinds]);
    const grant = await questions.ask({ kinds, alike }, tryGrant, settings.holdQuestionMs, signal);
    if (grant !== undefined) return { kind: 'next', question, grant };
    const drain = (await store.getWorker(workerId))?.drain;
    return { kind: 'next', question, ...(drain !== undefined && { drain: { by: drain.by, leave: drain.leave } }) };
  }

  /** A busy worker asks all the time. */
  async function touch(id: WorkerId): Promise<void> {
    const now = clock.now();
    if (Math.abs(now - (touchedAt.get(id) ?? 0)) < TOUCH_EVERY_MS) return;
    await store.touchWorker(id, now);
    touchedAt.delete(id);
    touchedAt.set(id, now);
    const [oldest] = touchedAt.keys();
    if (touchedAt.size > REMEMBERED && oldest !== undefined) touchedAt.delete(oldest);
  }

  /** A worker that is newer than we are may ask what we do not know: it is told so, and the log once. */
  function notUnderstood(error: MessageError, from: Sender): ServerAnswer {
    const key = `${from.worker} ${error.message}`;
    if (!unread.has(key)) {
      logger.warn(`a worker's request is not understood: ${error.message}`, { worker: from.worker });
      unread.add(key);
      const [oldest] = unread;
      if (unread.size > REMEMBERED && oldest !== undefined) unread.delete(oldest);
    }
    return refused(error.code, error.message, 'the worker and the server may be of versions too far apart');
  }

  /** What was granted cannot be handed over (its sensitive values cannot be read, for example): it ends here, with the reason. */
  async function giveUp(work: GrantedWork, error: CodedError): Promise<void> {
    const problem: ProblemDetail = {
      code: error.code,
      message: error.message,
      ...(error.hint && { hint: error.hint }),
    };
    const at = clock.now();
    logger.error(error.message, { hint: error.hint });
    if (work.kind === 'check') {
      await store.finishCheck({
        kind: 'check_result',
        check: work.check.id,
        fencing: work.check.fencing,
        at,
        problem,
        log: '',
      });
    } else {
      const { attempt, build } = work;
      await store.appendEvents(
        {
          attempt: attempt.id,
          fencing: attempt.fencing,
          first: attempt.lastEvent + 1,
          events: [{ kind: 'attempt_ended', at, outcome: 'errored', problem }],
        },
        retryOptions(clock, settings.errorRetries, wakeups),
      );
      wakeups.build(build.id);
      wakeups.schedule(build.pipelineId);
    }
    wakeups.feed();
  }

  async function renew(request: RenewRequest, from: Sender): Promise<ServerAnswer> {
    const { lost, cancel } = await store.renew({
      workerId: from.worker as WorkerId,
      attempts: request.attempts.map(({ attempt, fencing }) => ({ id: attempt as AttemptId, fencing })),
      checks: request.checks.map(({ check, fencing }) => ({ id: check as CheckId, fencing })),
      leaseMs: settings.leaseMs,
      now: clock.now(),
    });
    return { kind: 'renewed', lost: [...lost], cancel: [...cancel] };
  }

  /** What is handed out is sealed to the worker that asked; that it gets nothing is no failure of ours. */
  async function handOut(give: () => Promise<string>): Promise<ServerAnswer> {
    try {
      return { kind: 'secret', sealed: await give() };
    } catch (error) {
      if (!(error instanceof CodedError) || isStorageFailure(error)) throw error;
      if (error.code.startsWith('secrets.')) logger.error(error.message, { hint: error.hint });
      return refused(error.code, error.message, error.hint ?? 'see the log of the server');
    }
  }

  async function answer(body: Uint8Array, from: Sender, signal: AbortSignal): Promise<ServerAnswer> {
    const request = decodeRequest(body);
    switch (request.kind) {
      case 'hello':
        return hello(request, from, signal);
      case 'next':
        return next(request, from, signal);
      case 'renew':
        return renew(request, from);
      case 'secret':
        return handOut(() => parts.secrets.handOut(request, from.worker as WorkerId));
      case 'id_token':
        return handOut(() => parts.identity.handOut(request, from));
      case 'clone_token':
        return handOut(() => parts.cloneTokens.handOut(request, from));
      case 'leave':
        await store.leaveWorker(from.worker as WorkerId, clock.now());
        logger.info('worker left', { worker: from.worker });
        wakeups.work();
        wakeups.feed();
        return { kind: 'left' };
      case 'set_pipeline':
        return parts.setFromBuild(request, from);
      default:
        return assertNever(request);
    }
  }

  async function answerAboutFiles(body: Uint8Array, from: Sender): Promise<Uint8Array> {
    const response = await parts.files(requestOf(decodeFileQuestion(body)), from);
    return encodeFileAnswer({ status: response.status, body: new Uint8Array(await response.arrayBuffer()) });
  }

  return async (body, from, signal) => {
    try {
      if (isFileQuestion(body)) return await answerAboutFiles(body, from);
      return encodeAnswer(await answer(body, from, signal));
    } catch (error) {
      if (error instanceof MessageError) return encodeAnswer(notUnderstood(error, from));
      // Its message does not travel; the queue reports it, and the worker asks again.
      throw error;
    }
  };
}
