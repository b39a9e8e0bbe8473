/** Looks for new versions of one resource: runs its type's `check` once. The same for a worker and for `pikoci run`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Json } from '../lib/json.ts';
import type { CheckPlan } from '../pipeline/plan.ts';
import type { ProblemDetail } from '../protocol/events.ts';
import type { VersionFields } from '../protocol/version.ts';
import type { AttemptRoot } from './attempt-root.ts';
import type { CacheRoom } from './cache-room.ts';
import { type CheckAnswer, parseCheckAnswer } from './check-answer.ts';
import { type Environment, valuesAsEnvironment, versionAsEnvironment } from './engine/environment.ts';
import { Interrupt, withDeadline } from './engine/interrupt.ts';
import { endOfError, endOfInterrupt } from './engine/step-end.ts';
import { createTextTail } from './output/text-tail.ts';
import { describeExit } from './runners/describe-exit.ts';
import type { Ledger } from './runners/ledger.ts';
import { createCommandRunner } from './runners/run-command.ts';
import { createSecretFetcher, type SecretFetcher } from './secrets/fetch-secret.ts';
import type { Masks } from './secrets/masks.ts';
import { type AskForSecret, askNobody, tokenOfNobody } from './secrets/stored-secrets.ts';
import { type CreateRunTime, createValueReader } from './secrets/value-reader.ts';
import type { FoundVersion } from './steps/pushed-version.ts';

export interface CheckHost {
  readonly dirs: AttemptRoot;
  readonly environment: Environment;
  /** As in `EngineHost`. */
  readonly workerEnvironment?: Readonly<Record<string, string | undefined>>;
  readonly executable: string;
  readonly masks: Masks;
  readonly createRunTime: CreateRunTime;
  readonly caches: CacheRoom;
  readonly sealed: Readonly<Record<string, Json>>;
  readonly givenSecrets?: SecretFetcher | undefined;
  /** As in `EngineHost`. */
  readonly storedSecret?: AskForSecret;
  readonly ledger: Ledger;
  /** Aborted with an `Interrupt`. */
  readonly cancel: AbortSignal;
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
  readonly timeoutMs?: number;
}

export interface CheckRequest {
  readonly team: string;
  readonly pipeline: string;
  readonly plan: CheckPlan;
  /** The newest version known. */
  readonly last: VersionFields | undefined;
}

export interface CheckEnd {
  readonly versions: readonly FoundVersion[] | undefined;
  /** Whether the order of the versions counts: new ones go where the list has them. */
  readonly ordered: boolean;
  readonly problem: ProblemDetail | undefined;
  /** What it printed on both streams, masked: the end of it. */
  readonly log: string;
}

const TIMEOUT_MS = 5 * 60_000;
const LOG_BYTES = 64 * 1024;
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

export async function runCheck(request: CheckRequest, host: CheckHost): Promise<CheckEnd> {
  const log = createTextTail(LOG_BYTES);
  const masked = host.masks.stream();
  const write = async (bytes: Uint8Array): Promise<void> => log.push(masked.push(bytes));
  const timeoutMs = host.timeoutMs ?? TIMEOUT_MS;
  using limited = withDeadline(host.cancel, timeoutMs, () => new Interrupt('timed_out', { of: 'step', ms: timeoutMs }));
  let answer: CheckAnswer | undefined;
  let problem: ProblemDetail | undefined;
  try {
    const text = await runCommand(request, host, limited.signal, timeoutMs, write);
    answer = parseCheckAnswer(text, host.masks);
  } catch (error) {
    const end = endOfError(error, host.onBug).problem ?? {
      code: 'check.cancelled',
      message: 'the check was cancelled',
    };
    problem = {
      ...end,
      message: host.masks.text(end.message),
      ...(end.hint !== undefined && { hint: host.masks.text(end.hint) }),
    };
  }
  log.push(masked.flush());
  return { versions: answer?.versions, ordered: answer?.ordered === true, problem, log: log.text() };
}

/** Gives what the command printed on stdout. */
async function runCommand(
  request: CheckRequest,
  host: CheckHost,
  signal: AbortSignal,
  timeoutMs: number,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<string> {
  const { plan, last } = request;
  const type = plan.types.resources[plan.resource.type];
  if (type?.check === undefined) {
    throw new CodedError('check.no_command', `the resource type ${plan.resource.type} has no check command`, {
      hint: type?.builtin
        ? 'the server itself knows its versions; without one give a directory with --resource'
        : 'add a check block to it, or take the resource out of the pipeline',
    });
  }
  mkdirSync(join(host.dirs.privateDir, 'tmp'), { recursive: true, mode: 0o700 });
  const run = createCommandRunner({
    types: plan.types,
    workDir: host.dirs.workDir,
    privateDir: host.dirs.privateDir,
    baseEnv: { ...host.environment, TMPDIR: join(host.dirs.privateDir, 'tmp') },
    executable: host.executable,
    graceMs: host.graceMs,
    ledger: host.ledger,
    masks: host.masks,
    kill: new AbortController().signal,
  });
  const secrets = createSecretFetcher({
    types: plan.types,
    masks: host.masks,
    run,
    log: write,
    step: 'check',
    environment: {},
    workerEnvironment: host.workerEnvironment ?? process.env,
    signal,
    storedSecret: host.storedSecret ?? askNobody,
    idToken: tokenOfNobody,
    cloneToken: tokenOfNobody,
  });
  const reader = createValueReader({
    plan,
    facts: () => ({ get: {}, task: {} }),
    sealed: host.sealed,
    masks: host.masks,
    createRunTime: host.createRunTime,
    warn: (line) => write(new TextEncoder().encode(`${line}\n`)),
    fetchSecret: (host.givenSecrets ?? secrets).fetch,
  });
  const params = await reader.readAll(plan.resource.params);
  using cache =
    plan.resource.cache || type.cache
      ? await host.caches.enter([request.team, request.pipeline, plan.address], signal)
      : undefined;
  const answer: Uint8Array[] = [];
  let size = 0;
  const complaints = createTextTail(2_048);
  const end = await run({
    step: 'check',
    command: type.check,
    builtin: type.builtin,
    reader,
    environment: {
      ...valuesAsEnvironment('param_', params),
      ...(last !== undefined && versionAsEnvironment(last)),
      ...(cache !== undefined && { CACHE_DIR: cache.dir }),
    },
    signal,
    separate: true,
    async output(bytes, stream) {
      await write(bytes);
      if (stream === 'stderr') {
        complaints.push(bytes);
        return;
      }
      size += bytes.byteLength;
      if (size <= LARGEST_ANSWER_BYTES) answer.push(bytes.slice());
    },
  });
  if (end.interrupt?.kind === 'timed_out') {
    const said = complaints.oneLine();
    throw new CodedError(
      'check.timeout',
      `check of ${plan.address} did not end within ${formatDuration(timeoutMs)}${said === '' ? '' : `; last it said: ${said}`}`,
      {
        hint: 'is what it asks reachable from the worker?',
      },
    );
  }
  if (end.interrupt !== undefined) {
    const { problem } = endOfInterrupt(end.interrupt);
    throw new CodedError(problem?.code ?? 'check.cancelled', problem?.message ?? 'the check was cancelled');
  }
  if (end.exit.code !== 0) {
    const said = complaints.oneLine();
    throw new CodedError(
      'check.failed',
      `check of ${plan.address} ${describeExit(end.exit)}${said === '' ? '' : `: ${said}`}`,
      {
        hint: 'the log of the check says more',
      },
    );
  }
  if (size > LARGEST_ANSWER_BYTES) {
    throw new CodedError(
      'check.too_much_output',
      `check of ${plan.address} printed ${size} bytes; at most ${LARGEST_ANSWER_BYTES} are read`,
      {
        hint: 'print the newest versions only',
      },
    );
  }
  return Buffer.concat(answer).toString('utf8');
}
