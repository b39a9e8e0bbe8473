/**
 * A worker: asks the servers for work, runs it, tells what happens. It needs the queue and a directory, nothing else.
 *
 * Its life: settle what an earlier process owed · hello · ask, one question for each free slot · until it drains or is
 * stopped · leave.
 */
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import { linkSignals } from '../lib/linked-signal.ts';
import type { Logger } from '../lib/logger.ts';
import { cleanEnvironment } from '../lib/system/clean-environment.ts';
import { generateSealKey } from '../lib/system/seal.ts';
import { decodeAnswer, decodeBroadcast, encodeRequest, MessageError } from '../protocol/codec.ts';
import { type Grant, PROTOCOL_VERSION, type WorkKind } from '../protocol/messages.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { createAttemptRoots } from './attempt-root.ts';
import { createCacheRoom } from './cache-room.ts';
import { createDrains } from './drains.ts';
import { pause } from './engine/interrupt.ts';
import { createFence } from './fence.ts';
import { createArchiveShelf } from './files/archive-shelf.ts';
import { openJournal } from './journal.ts';
import { createLeases } from './leases.ts';
import { createOutbox } from './outbox.ts';
import { createServerSetter, type DescribeChanges } from './pipelines/server-setter.ts';
import { type RunningAttempt, startAttempt, type WorkerParts } from './run-attempt.ts';
import { createStoredSecrets } from './secrets/stored-secrets.ts';
import { createServerClock, type ServerClock } from './server-clock.ts';
import { createPortRoom } from './services/port-room.ts';
import { settle } from './settle.ts';
import { createStandIn, type StandInThread } from './stand-in.ts';
import { startCheck } from './start-check.ts';
import { takeDirectory } from './take-directory.ts';

export interface WorkerOptions {
  /** Closed by the caller, after the worker ended. */
  readonly queue: WorkerQueue;
  /** For artifacts and caches. */
  readonly files?: WorkerParts['files'];
  readonly id: string;
  readonly name: string;
  /** Of pikoci, for the page of workers. */
  readonly version: string;
  readonly tags: readonly string[];
  /** Builds at once. Checks have as many of their own, at least two: a long build must not keep versions from being found. */
  readonly slots: number;
  readonly kinds: readonly WorkKind[];
  /** It takes only what asks for one of its tags. */
  readonly exclusive?: boolean | undefined;
  /** Belongs to this worker alone: journal, work directories, caches. */
  readonly dataDir: string;
  /** Our own environment, and which names of it commands may see besides the usual. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly passEnv: readonly string[];
  /** What `$PIKOCI` is for built-in types. */
  readonly executable: string;
  readonly logger: Logger;
  /** Aborted: cancel what runs (hooks and service stops run), then leave. */
  readonly stop: AbortSignal;
  /** Aborted: finish what runs, take nothing new, then leave. */
  readonly drain?: AbortSignal;
  /** How long what runs may take after that; then it is cancelled. 0 or absent: as long as it takes. */
  readonly drainTimeoutMs?: number | undefined;
  /** Aborted after `stop`: hooks and service stops are ended, too. */
  readonly kill?: AbortSignal;
  /** Between TERM and KILL of a step that is cancelled. */
  readonly graceMs?: number;
  /** How long hooks and service stops of a build may take once it was cancelled, or its job took too long. */
  readonly cleanupMs?: number;
  /** What the journal may hold before steps must wait. */
  readonly backlogBytes?: number;
  readonly fenceThread?: string | URL;
  /** Renews leases while this thread is busy; absent where the server is in this thread, too. */
  readonly standIn?: StandInThread;
  /** How a log says what setting a pipeline changed. */
  readonly describeChanges?: DescribeChanges;
}

const GRACE_MS = 10_000;
/** Checks mostly wait for others, and one that hangs must not keep the rest from being asked. */
const CHECK_LANES = 8;
const BACKLOG_BYTES = 1024 * 1024 * 1024;
/** The server holds a question for 30 s. */
const QUESTION_TIMEOUT_MS = 40_000;
/** A server that suspects another process of being the same worker waits for a word of it. */
const HELLO_TIMEOUT_MS = 20_000;
const RETRY_MS = 1_000;
/** How long a worker that leaves waits for its last events to be acknowledged; what is left is sent at the next start. */
const LAST_WORDS_MS = 10_000;
/** The same for one that drains: its builds are not finished before a server knows, however busy it is. */
const DRAINED_WORDS_MS = 60_000;

/** Resolves when the worker has left. Rejects with a CodedError when it cannot work at all: `queue.refused`, `data_dir.locked`, a refusal. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { queue, logger, id } = options;
  const lock = await takeDirectory(options.dataDir, options.stop);
  try {
    using journal = openJournal(options.dataDir, (message) => logger.error(message));
    // A lease outlives `stop`: hooks and service stops still run under it.
    const leasesEnd = new AbortController();
    const fencing: { lose?: () => void } = {};
    await using fence = createFence(() => fencing.lose?.(), options.fenceThread);
    await using standIn =
      options.standIn && createStandIn({ ...options.standIn, memory: fence.memory, worker: id, logger });
    const leases = createLeases({
      ...{ queue, worker: id, fence, logger, signal: leasesEnd.signal },
      onHeld: standIn?.holds,
    });
    fencing.lose = leases.loseAll;
    using outbox = createOutbox({
      journal,
      queue,
      logger,
      limits: { backlogBytes: options.backlogBytes ?? BACKLOG_BYTES },
    });
    const sealKey = generateSealKey();
    const workRoot = join(options.dataDir, 'work');
    using roots = createAttemptRoots(workRoot);
    const clock = createServerClock();
    const parts: WorkerParts = {
      clock,
      logger,
      name: options.name,
      workRoot,
      roots,
      environment: cleanEnvironment(options.environment, options.passEnv),
      bareEnvironment: cleanEnvironment(options.environment, []),
      workerEnvironment: options.environment,
      executable: options.executable,
      sealKey,
      secrets: createStoredSecrets({ queue, worker: id, sealKey }),
      caches: createCacheRoom(join(options.dataDir, 'cache')),
      files: options.files,
      shelf: createArchiveShelf(join(options.dataDir, 'archives')),
      journal,
      outbox,
      leases,
      fence,
      ports: createPortRoom(),
      graceMs: options.graceMs ?? GRACE_MS,
      cleanupMs: options.cleanupMs,
      setPipeline: createServerSetter({ queue, worker: id, describeChanges: options.describeChanges ?? (() => []) }),
    };
    try {
      await work(options, parts, clock);
    } finally {
      leasesEnd.abort();
      await leases.done;
    }
  } finally {
    lock.release();
  }
}

async function work(options: WorkerOptions, parts: WorkerParts, clock: ServerClock): Promise<void> {
  const { queue, logger, id } = options;
  const running = new Map<string, RunningAttempt>();
  const settling = new Set<Promise<void>>();
  const endQuestions = new AbortController();
  const drains = createDrains(options);
  const { stop, leaving } = drains;
  const drained = (): boolean => stop.aborted || leaving.aborted;
  /** The servers want nothing of this worker any more. */
  const turnedAway = Promise.withResolvers<never>();
  turnedAway.promise.catch(() => undefined);
  /** One that leaves is to be granted nothing more, whatever it still runs. What was granted at this very moment goes back when it has left. */
  const stopAsking = (): void => endQuestions.abort();

  const forgetWhenSent = (attempt: string): void => {
    void parts.outbox.sent(attempt).then((all) => (all ? parts.journal.forget(attempt) : undefined));
  };
  const settled = await settle(parts, options.kill ?? stop);
  for (const attempt of settled.ended) forgetWhenSent(attempt);
  let cutOff = settled.cutOff;
  await within(Promise.all(cutOff.map((attempt) => parts.outbox.sent(attempt))), LAST_WORDS_MS, stop);

  let knownAs: string | undefined;

  async function hello(): Promise<void> {
    const body = encodeRequest({
      kind: 'hello',
      protocol: PROTOCOL_VERSION,
      worker: id,
      name: options.name,
      version: options.version,
      tags: [...options.tags],
      slots: options.slots,
      kinds: [...options.kinds],
      exclusive: options.exclusive === true,
      draining: drained(),
      now: clock.own(),
      sealKey: parts.sealKey.publicKey,
      owed: [...cutOff],
    });
    const asked = performance.now();
    const answer = await askUntilAnswered(queue, body, HELLO_TIMEOUT_MS, stop);
    if (answer === undefined) return;
    if (answer.kind === 'refused') throw refusalOf(answer);
    if (answer.kind !== 'welcome') throw new CodedError('worker.bad_answer', `hello was answered with ${answer.kind}`);
    clock.measured(answer.clockAheadMs ?? 0, performance.now() - asked);
    parts.leases.setTimes(answer);
    knownAs = answer.worker;
    drains.wanted(answer.drain);
    for (const attempt of cutOff) forgetWhenSent(attempt);
    cutOff = [];
  }

  function begin(grant: Grant): RunningAttempt {
    const key = grant.kind === 'build' ? grant.attempt : grant.check;
    const attempt = grant.kind === 'build' ? startAttempt(grant, parts) : startCheck(grant, { ...parts, queue });
    logger.info(`${grant.kind} begun`, { id: key });
    running.set(key, attempt);
    const end = attempt.settled.finally(() => settling.delete(end));
    settling.add(end);
    void attempt.ended.finally(() => running.delete(key));
    return attempt;
  }

  /** One slot: asks, runs what it is given, asks again. A question keeps its id until it is answered, so that no grant is lost. */
  async function slot(kind: WorkKind): Promise<void> {
    let question = newId();
    let asked = 0;
    while (!drained() && !endQuestions.signal.aborted) {
      const { tags, exclusive } = options;
      const { publicKey: sealKey } = parts.sealKey;
      const about = { worker: id, sealKey, tags: [...tags], ...(exclusive === true && { exclusive }) };
      const body = encodeRequest({ kind: 'next', question, ...about, kinds: [kind] });
      asked += 1;
      const answer = await ask(queue, body, QUESTION_TIMEOUT_MS, endQuestions.signal);
      if (answer?.kind === 'refused') throw refusalOf(answer);
      if (answer === undefined || answer.kind !== 'next' || answer.question !== question) {
        await pause(RETRY_MS, endQuestions.signal);
        continue;
      }
      const repeated = asked > 1;
      question = newId();
      asked = 0;
      if (answer.grant === undefined) {
        drains.wanted(answer.drain);
        continue;
      }
      const { grant } = answer;
      // Answers can come twice; nothing is begun twice.
      if (running.has(grant.kind === 'build' ? grant.attempt : grant.check)) continue;
      const attempt = begin(grant);
      // The grant may be older than this answer, and its lease over: ask before much is done.
      if (repeated) void parts.leases.renewNow();
      if (stop.aborted) attempt.cancel();
      await attempt.ended;
    }
  }

  let unreadBroadcast = false;
  const stopListening = queue.listen((body) => {
    try {
      const message = decodeBroadcast(body);
      if (message.kind === 'cancel') parts.leases.cancel(message.attempt);
      else if (message.kind === 'drain' && message.worker === knownAs) drains.wanted(message.drain);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      // Of a newer server, perhaps, and then there are many.
      if (!unreadBroadcast) logger.warn('a broadcast could not be read', { why: error.message });
      unreadBroadcast = true;
    }
  });
  const killAll = (): void => {
    for (const attempt of running.values()) attempt.kill();
  };
  using hurried = linkSignals(...(options.kill === undefined ? [] : [options.kill]));
  const onStop = (): void => {
    for (const attempt of running.values()) attempt.cancel();
    stopAsking();
  };
  stop.addEventListener('abort', onStop);
  leaving.addEventListener('abort', stopAsking);
  hurried.signal.addEventListener('abort', killAll);
  try {
    await hello();
    const stopHellos = helloAgainAfter(queue, hello, turnedAway.reject);
    // So that people see that it drains while it finishes what it runs.
    leaving.addEventListener('abort', () => hello().catch(() => undefined), { once: true });
    try {
      const lanes = options.kinds.flatMap((kind) =>
        Array.from({ length: kind === 'build' ? options.slots : Math.max(CHECK_LANES, options.slots) }, () =>
          slot(kind),
        ),
      );
      await Promise.race([Promise.all(lanes), turnedAway.promise]);
    } catch (error) {
      // Nobody takes what it does now for the truth: what it runs belongs to others.
      stopAsking();
      parts.leases.loseAll();
      await Promise.all(settling);
      throw error;
    } finally {
      stopHellos();
    }
    if (!stop.aborted) {
      using told = linkSignals(stop, hurried.signal);
      await within(Promise.all(settling), DRAINED_WORDS_MS, told.signal);
    }
    await within(Promise.all(settling), LAST_WORDS_MS, hurried.signal);
    await ask(queue, encodeRequest({ kind: 'leave', worker: id }), RETRY_MS, hurried.signal);
  } finally {
    stopListening();
    stop.removeEventListener('abort', onStop);
    leaving.removeEventListener('abort', stopAsking);
    drains.end();
  }
}

type Answer = ReturnType<typeof decodeAnswer>;

function refusalOf({ problem: { code, message, hint } }: Extract<Answer, { kind: 'refused' }>): CodedError {
  return new CodedError(code, `the server refused this worker: ${message}`, hint === undefined ? {} : { hint });
}

/** Undefined when there was no answer that can be used; then it may be asked again. Throws when asking again makes no sense. */
async function ask(
  queue: WorkerQueue,
  body: Uint8Array,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  if (signal.aborted) return undefined;
  try {
    return decodeAnswer(await queue.request(body, { timeoutMs, signal }));
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof CodedError && error.code !== 'queue.refused' && error.code !== 'queue.closed')
      return undefined;
    throw error;
  }
}

async function askUntilAnswered(
  queue: WorkerQueue,
  body: Uint8Array,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  while (!signal.aborted) {
    const answer = await ask(queue, body, timeoutMs, signal);
    if (answer !== undefined) return answer;
    await pause(RETRY_MS, signal);
  }
  return undefined;
}

/** After every new connection the server may be another one, which does not know this worker. */
function helloAgainAfter(queue: WorkerQueue, hello: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let wasConnected = true;
  return queue.onState((state) => {
    if (state.kind === 'connected' && !wasConnected) {
      hello().catch(failed);
    }
    wasConnected = state.kind === 'connected';
  });
}

/** Waits for the work, but no longer than this. */
async function within(work: Promise<unknown>, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  using either = linkSignals(signal, over.signal);
  await Promise.race([work.finally(() => over.abort()), pause(ms, either.signal)]);
}
