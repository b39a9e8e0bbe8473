/** Answers what workers ask: hello, next, renew, leave. Who a worker is comes from its credentials, never from what it says. */
import { assertNever } from '../../lib/assert-never.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { AttemptId, CheckId, WorkerId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { decodeRequest, encodeAnswer } from '../../protocol/codec.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import { decodeFileQuestion, encodeFileAnswer, isFileQuestion, requestOf } from '../../protocol/file-frames.ts';
import {
  type Grant,
  type HelloRequest,
  type NextRequest,
  PROTOCOL_VERSION,
  type RenewRequest,
  type ServerAnswer,
} from '../../protocol/messages.ts';
import type { Sender } from '../../queue/queue.ts';
import type { GrantedWork } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { IdTokens } from '../identity/id-tokens.ts';
import type { KeptSecrets } from '../secrets/kept-secrets.ts';
import type { ServerSettings } from '../settings.ts';
import { isStorageFailure } from '../storage-health.ts';
import type { Wakeups } from '../wakeups.ts';
import { type GrantParts, makeGrant } from './grants.ts';
import type { HeldQuestions } from './questions.ts';
import { retryOptions } from './retry-options.ts';
import type { SetFromBuild } from './set-from-build.ts';
import type { WorkerFileHandler } from './worker-files.ts';

export interface WorkerRequestParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Pick<ServerSettings, 'instance' | 'leaseMs' | 'errorRetries' | 'holdQuestionMs'>;
  readonly wakeups: Wakeups;
  readonly questions: HeldQuestions<Grant>;
  readonly grants: GrantParts;
  readonly setFromBuild: SetFromBuild;
  readonly secrets: Pick<KeptSecrets, 'handOut'>;
  readonly identity: Pick<IdTokens, 'handOut'>;
  /** Answers about large things, over HTTP and over the queue. */
  readonly files: WorkerFileHandler;
}

const RENEWALS_PER_LEASE = 6;

export type WorkerRequestHandler = (body: Uint8Array, from: Sender, signal: AbortSignal) => Promise<Uint8Array>;

export function createWorkerRequests(parts: WorkerRequestParts): WorkerRequestHandler {
  const { store, clock, logger, settings, wakeups, questions } = parts;

  async function hello(request: HelloRequest, from: Sender): Promise<ServerAnswer> {
    if (Math.abs(request.protocol - PROTOCOL_VERSION) > 1) {
      return refused(
        'worker.version',
        `this server speaks version ${PROTOCOL_VERSION} of the worker protocol, and the worker version ${request.protocol}`,
        'run the same version of pikoci on both, or versions next to each other',
      );
    }
    const foreign = request.tags.filter((tag) => from.tags?.includes(tag) === false);
    if (foreign.length > 0) {
      return refused(
        'worker.tags',
        `its token does not let it have the tag${foreign.length === 1 ? '' : 's'} ${foreign.join(', ')}`,
        `leave it out, or make a token with it; this one has ${from.tags?.join(', ') || 'none'}`,
      );
    }
    const teamId = from.team === undefined ? undefined : (await store.ensureTeam(from.team)).id;
    const id = from.worker as WorkerId;
    const { name, version, tags, slots } = request;
    await store.saveWorker({ id, name, version, teamId, tags, slots }, clock.now());
    // What its journal says was cut off begins again now, and not when the lease runs out.
    const cut = await store.surrender(
      request.owed as AttemptId[],
      id,
      retryOptions(clock, settings.errorRetries, wakeups),
    );
    for (const { buildId, pipelineId } of cut) {
      wakeups.build(buildId);
      wakeups.schedule(pipelineId);
    }
    logger.info('worker connected', { worker: name, slots, tags: tags.join(',') || undefined });
    wakeups.work();
    wakeups.feed();
    return {
      kind: 'welcome',
      server: settings.instance,
      renewEveryMs: Math.floor(settings.leaseMs / RENEWALS_PER_LEASE),
      selfFenceMs: settings.leaseMs - Math.floor(settings.leaseMs / RENEWALS_PER_LEASE),
    };
  }

  async function next(request: NextRequest, from: Sender, signal: AbortSignal): Promise<ServerAnswer> {
    const workerId = from.worker as WorkerId;
    const teamId = from.team === undefined ? undefined : (await store.ensureTeam(from.team)).id;
    const { question, kinds, sealKey } = request;
    const tags = request.tags.filter((tag) => from.tags?.includes(tag) !== false);
    const tryGrant = async (): Promise<Grant | undefined> => {
      const { leaseMs } = settings;
      const work = await store.grant({ workerId, question, teamId, tags, kinds, leaseMs, now: clock.now() });
      if (work === undefined) return undefined;
      wakeups.feed();
      if (work.kind === 'build') wakeups.build(work.build.id);
      try {
        return makeGrant(work, sealKey, parts.grants);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        await giveUp(work, error);
        return undefined;
      }
    };
    await store.touchWorker(workerId, clock.now());
    const grant = await questions.ask(tryGrant, settings.holdQuestionMs, signal);
    return { kind: 'next', question, ...(grant !== undefined && { grant }) };
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
        return hello(request, from);
      case 'next':
        return next(request, from, signal);
      case 'renew':
        return renew(request, from);
      case 'secret':
        return handOut(() => parts.secrets.handOut(request, from.worker as WorkerId));
      case 'id_token':
        return handOut(() => parts.identity.handOut(request, from));
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
      // Its message does not travel; the worker asks again.
      if (!isStorageFailure(error)) {
        logger.error(`a worker's request failed: ${errorText(error)}`, { worker: from.worker });
      }
      throw error;
    }
  };
}

function refused(code: string, message: string, hint: string): ServerAnswer {
  return { kind: 'refused', problem: { code, message, hint } };
}
