/** `pikoci worker`: a worker over the queue, until it is told to leave. */
import { mkdirSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { countChanges, renderDifference } from '../cli/render-plan.ts';
import { createStyle } from '../cli/style.ts';
import { CodedError } from '../lib/coded-error.ts';
import { newId } from '../lib/ids.ts';
import { createLogger, type Logger } from '../lib/logger.ts';
import { defaultDataDir } from '../lib/system/paths.ts';
import { createPrivateFile, readPrivateFile } from '../lib/system/private-file.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { runWorker } from '../worker/worker.ts';
import { WORKER_DIRECTORY_HELD } from './child-worker.ts';
import { whenOutputCloses } from './closed-output.ts';
import { secretNames } from './flags.ts';
import { readSettings } from './read-settings.ts';
import { isCompiled, threadPath } from './self-command.ts';
import { selfExecutable } from './self-executable.ts';
import { type Ending, untilSignal } from './until-signal.ts';
import { VERSION } from './version.ts';
import { whatItTakes, workerFlags } from './worker-flags.ts';
import { guardWorker } from './worker-guard.ts';
import { openWorkerQueue } from './worker-queue.ts';

/** Between the word to leave and the end of hooks and service stops that still run. */
const LEAVE_MS = 25_000;

/** Logs have colours. */
const COLOURED = createStyle(true);

/** Runs a worker until it is told to leave. Gives the exit code. */
export async function runWorkerCommand(options: Readonly<Record<string, unknown>>): Promise<number> {
  const asked = untilSignal();
  // Its work goes on, whoever reads what it says.
  whenOutputCloses(() => undefined);
  const settings = await readSettings(workerFlags, options);
  const { PIKOCI_WORKER_ID: givenId, ...environment } = process.env;
  // A pipeline's types may be passed what the worker has in its environment: not this.
  for (const name of secretNames(workerFlags)) delete environment[name];
  const logger = createLogger({
    level: settings.logLevel as 'info',
    format: 'text',
    write: (line) => process.stderr.write(line),
    now: Date.now,
    ...(settings.supervised ? { prefix: 'worker: ' } : {}),
  });
  const dataDir =
    settings.dataDir === undefined
      ? join(defaultDataDir(environment, process.cwd()), 'worker')
      : resolve(settings.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const id = givenId ?? (await workerId(dataDir));
  const taken = whatItTakes(settings);
  const { queue, files } = await openWorkerQueue(settings, id, logger);
  const [stop, drain, kill] = [new AbortController(), new AbortController(), new AbortController()];
  const leave = (how: Ending): void => (how === 'drain' ? drain.abort() : stop.abort());
  void asked.first.then(leave);
  asked.stop.addEventListener('abort', () => leave('stop'));
  if (settings.supervised) leaveWithServer({ queue, orphanMs: settings.orphanAfter, stop, drain, leave, logger });
  // A server waits half a minute for its worker.
  if (settings.supervised) stop.signal.addEventListener('abort', () => setTimeout(() => kill.abort(), LEAVE_MS));
  const guard = guardWorker(dataDir);
  let done = false;
  try {
    await runWorker({
      queue,
      files,
      id,
      name: settings.name ?? hostname(),
      version: VERSION,
      tags: settings.tags,
      slots: settings.concurrency || Math.max(2, availableParallelism()),
      ...taken,
      drainTimeoutMs: settings.drainTimeout,
      dataDir,
      environment,
      passEnv: settings.passEnv,
      executable: selfExecutable(dataDir),
      describeChanges: (plan) => [...renderDifference(plan, COLOURED), countChanges(plan.changes)],
      logger,
      stop: stop.signal,
      drain: drain.signal,
      kill: kill.signal,
      cleanupMs: settings.cleanupTimeout,
      ...(isCompiled ? { fenceThread: threadPath('worker/fence.thread') } : {}),
      standIn: {
        entry: isCompiled ? threadPath('main/stand-in.thread') : new URL('./stand-in.thread.ts', import.meta.url),
        data: settings,
      },
    });
    done = true;
    return 0;
  } catch (error) {
    if (error instanceof CodedError && error.code === 'data_dir.locked' && settings.supervised) {
      logger.debug(error.message);
      return WORKER_DIRECTORY_HELD;
    }
    throw error;
  } finally {
    await queue.close();
    await guard.end(done);
  }
}

/**
 * A worker that a server started hears by its standard input how it shall leave (child-worker.ts says it), and that the server is gone. What it runs goes on: it waits for the next server of
 * the same data directory, finishes there what it has, and leaves the rest to that server's own worker. When none comes, it leaves.
 */
function leaveWithServer(parts: {
  readonly queue: WorkerQueue;
  readonly orphanMs: number;
  readonly stop: AbortController;
  readonly drain: AbortController;
  readonly leave: (how: Ending) => void;
  readonly logger: Logger;
}): void {
  const { queue, orphanMs, stop, drain, leave, logger } = parts;
  const words = createInterface({ input: process.stdin });
  words.on('line', (word) => {
    if (word === 'stop' || word === 'drain') leave(word);
  });
  words.on('close', () => {
    if (stop.signal.aborted || drain.signal.aborted) return;
    logger.warn(
      orphanMs === 0
        ? 'the server is gone; leaving'
        : `the server is gone; leaving in ${orphanMs / 1_000} s unless it comes back`,
    );
    const timer = setTimeout(() => stop.abort(), orphanMs);
    let wasCut = false;
    queue.onState((state) => {
      if (state.kind === 'connecting') wasCut = true;
      if (state.kind !== 'connected' || !wasCut) return;
      clearTimeout(timer);
      drain.abort();
    });
  });
}

/** The worker is the same one after a restart: its journal says what it owes. */
async function workerId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'worker-id');
  await createPrivateFile(path, newId());
  const id = (await readPrivateFile(path))?.trim();
  if (id === undefined || id === '') {
    throw new CodedError('data_dir.damaged', `${path} is empty`, { hint: 'remove it; the worker gets a new id' });
  }
  return id;
}
