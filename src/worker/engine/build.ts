/** What all steps of one attempt share: its grant, what it found out so far, and the ways to run commands and to tell of them. */
import type { Clock, Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Json } from '../../lib/json.ts';
import { eventFacts } from '../../protocol/build-event.ts';
import type { AttemptEvent, ProblemDetail } from '../../protocol/events.ts';
import { isLasting } from '../../protocol/lasting.ts';
import type { BuildGrant } from '../../protocol/messages.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { CacheRoom } from '../cache-room.ts';
import type { BuildNetwork } from '../containers/build-network.ts';
import type { ArchiveShelf } from '../files/archive-shelf.ts';
import type { BuildFiles } from '../files/build-files.ts';
import { createStepLog, type StepLog } from '../output/step-log.ts';
import type { PipelineSetter } from '../pipelines/pipeline-setter.ts';
import type { Ledger } from '../runners/ledger.ts';
import { createCommandRunner, type RunCommand } from '../runners/run-command.ts';
import { createSecretFetcher, type SecretFetcher } from '../secrets/fetch-secret.ts';
import type { Masks } from '../secrets/masks.ts';
import { type AskForSecret, askNobody, tokenOfNobody } from '../secrets/stored-secrets.ts';
import { type CreateRunTime, createValueReader, type ValueReader } from '../secrets/value-reader.ts';
import type { PortRoom } from '../services/port-room.ts';
import {
  buildAsEnvironment,
  type Environment,
  getAsEnvironment,
  inputsAsEnvironment,
  serviceAsEnvironment,
  taskAsEnvironment,
} from './environment.ts';

/** What the engine needs from where it runs: a worker, or `pikoci run`. */
export interface EngineHost {
  /** Takes the next event; resolves when there is room for more. */
  readonly emit: (event: AttemptEvent) => Promise<void>;
  readonly clock: Clock;
  /** The worker's name, for the build's page. */
  readonly worker: string;
  /** WORKDIR: exists, is empty, and belongs to this attempt alone. */
  readonly workDir: string;
  /** Exists, 0700, beside the work directory: TMPDIR and files with secrets in them. */
  readonly privateDir: string;
  /** What every command may see of our own environment (lib/system/clean-environment.ts). */
  readonly environment: Environment;
  /** Our own environment, of which built-in secret types see what they name (`VAULT_ADDR`). Default: this process's. */
  readonly workerEnvironment?: Readonly<Record<string, string | undefined>>;
  /** The path of pikoci itself: `$PIKOCI` of built-in types. */
  readonly executable: string;
  readonly masks: Masks;
  readonly createRunTime: CreateRunTime;
  readonly caches: CacheRoom;
  /** Keeps artifacts and caches; absent where nothing can. */
  readonly files?: BuildFiles | undefined;
  /** Archives of caches on this machine. */
  readonly shelf?: ArchiveShelf | undefined;
  /** Values of sealed variables, opened. */
  readonly sealed: Readonly<Record<string, Json>>;
  /** Instead of asking any secret type (`--secrets`). */
  readonly givenSecrets?: SecretFetcher | undefined;
  /** Asks the server for a secret that it keeps. Absent where there is no server. */
  readonly storedSecret?: AskForSecret;
  /** Asks it for a token that says which build this is, by audience. */
  readonly idToken?: AskForSecret;
  /** Asks it for a token that clones the repository of the build's event. */
  readonly cloneToken?: AskForSecret;
  readonly ledger: Ledger;
  /** Aborted with an `Interrupt`: the steps end, hooks and service stops run. */
  readonly cancel: AbortSignal;
  /** Aborted: hooks and service stops end, too. */
  readonly kill: AbortSignal;
  /** Between TERM and KILL. */
  readonly graceMs: number;
  /** How long hooks and service stops have once the build is cancelled or its job's time is over; five minutes unless given. */
  readonly cleanupMs?: number | undefined;
  /** Resource address -> local directory that is taken instead of a version (`--resource`). */
  readonly overrides: ReadonlyMap<string, string>;
  /** False: a `put` is skipped and says so (`pikoci run` without `--allow-put`). */
  readonly allowPut: boolean;
  /** Does what `set_pipeline` says. */
  readonly setPipeline: PipelineSetter;
  readonly onBug: (error: unknown) => void;
  readonly onProgram?: (program: string) => void;
  /** Shared by all builds of this worker; absent where there is only one. */
  readonly ports?: PortRoom;
}

/** Stands in the ledger, beside the steps, from the first step on whose effects outside must not be repeated. */
export const EFFECTS = 'effects';

/** The server does not try a build again by itself once it has had effects. */
export function noteEffects(build: Build): void {
  if (build.hasEffects) return;
  build.hasEffects = true;
  build.host.ledger.stepOpened(EFFECTS, 1);
  build.host.ledger.stepTold(EFFECTS);
}

export interface Build {
  readonly grant: BuildGrant;
  readonly host: EngineHost;
  readonly run: RunCommand;
  /** `get.<step>.<key>` and `task.<step>.<key>`. */
  readonly gets: Map<string, VersionFields>;
  readonly tasks: Map<string, Readonly<Record<string, string>>>;
  /** What each service's `start` wrote to `PIKOCI_OUTPUT`, by the service's name. */
  readonly services: Map<string, Readonly<Record<string, string>>>;
  /** Of services that ended by themselves, in the order in which they did. */
  readonly deaths: ProblemDetail[];
  /** Ports that its services insist on, from its first service to its end. */
  ports: Disposable | undefined;
  /** Made before the first service starts, where docker works. */
  network: Promise<BuildNetwork | undefined> | undefined;
  readonly startedAt: Instant;
  /** Whether a step began whose effects outside must not be repeated. */
  hasEffects: boolean;
  /** Whether a step erred in a way that another attempt would meet again: then it makes none either. */
  hasLastingError: boolean;
}

export function createBuild(grant: BuildGrant, host: EngineHost): Build {
  const run: RunCommand = createCommandRunner({
    types: grant.plan.types,
    workDir: host.workDir,
    privateDir: host.privateDir,
    baseEnv: { ...host.environment, TMPDIR: `${host.privateDir}/tmp` },
    executable: host.executable,
    graceMs: host.graceMs,
    ledger: host.ledger,
    masks: host.masks,
    kill: host.kill,
    ...(host.onProgram !== undefined && { onProgram: host.onProgram }),
    network: async () => await build.network,
    services: () => build.services,
  });
  const startedAt = host.clock.now();
  const build: Build = {
    ...{ grant, run, startedAt, hasEffects: false, hasLastingError: false },
    ...{ gets: new Map(), tasks: new Map(), services: new Map(), deaths: [], ports: undefined, network: undefined },
    host: {
      ...host,
      async emit(event) {
        if (event.kind === 'step_ended' && event.outcome === 'errored' && event.again !== true) {
          build.hasLastingError ||= event.problem !== undefined && isLasting(event.problem);
        }
        await host.emit(event);
      },
    },
  };
  return build;
}

/** Everything a command of the build sees, whatever it is: the build's names and what earlier steps found out. */
export function environmentNow(build: Build): Environment {
  const { grant } = build;
  const environment: Record<string, string> = {
    ...buildAsEnvironment(grant.build, grant.attemptNumber),
    ...inputsAsEnvironment(grant.plan.inputs ?? [], grant.inputValues ?? {}),
  };
  for (const [name, version] of build.gets) Object.assign(environment, getAsEnvironment(name, version));
  for (const [name, output] of build.tasks) Object.assign(environment, taskAsEnvironment(name, output));
  for (const [name, output] of build.services) Object.assign(environment, serviceAsEnvironment(name, output));
  return environment;
}

/** One try of one step, while it runs. */
export interface StepRun {
  readonly build: Build;
  /** The plan's step id, or a service's `service:NAME:start`. */
  readonly id: string;
  /** Which try it is, from 1. */
  readonly number: number;
  readonly signal: AbortSignal;
  /** What the try sees; `BUILD_STATUS` in it when it is a hook. */
  readonly environment: Environment;
  readonly log: StepLog;
  readonly reader: ValueReader;
}

export function createStepRun(build: Build, id: string, signal: AbortSignal, extra: Environment, number = 1): StepRun {
  const { host, grant } = build;
  const environment = { ...environmentNow(build), ...extra };
  const sensitiveInputs = new Set(
    (grant.plan.inputs ?? []).flatMap(({ name, sensitive }) => (sensitive ? [name] : [])),
  );
  const log = createStepLog(host.masks, (bytes) => host.emit({ kind: 'log', at: host.clock.now(), step: id, bytes }));
  const secrets = createSecretFetcher({
    types: grant.plan.types,
    masks: host.masks,
    run: build.run,
    log: (bytes) => log.write(bytes),
    step: id,
    environment: {},
    workerEnvironment: host.workerEnvironment ?? process.env,
    signal,
    storedSecret: host.storedSecret ?? askNobody,
    idToken: host.idToken ?? tokenOfNobody,
    cloneToken: host.cloneToken ?? tokenOfNobody,
  });
  const reader = createValueReader({
    plan: grant.plan,
    facts: () => ({
      build: buildFacts(build, extra.BUILD_STATUS),
      get: Object.fromEntries(build.gets),
      task: Object.fromEntries(build.tasks),
      isSecret: host.masks.finds,
      input: grant.inputValues ?? {},
      sensitiveInputs,
    }),
    sealed: host.sealed,
    masks: host.masks,
    createRunTime: host.createRunTime,
    warn: (line) => log.say(line),
    fetchSecret:
      grant.build.event?.fork === true ? onlyCloneToken(grant.plan, secrets) : (host.givenSecrets ?? secrets).fetch,
  });
  return { build, id, number, signal, environment, log, reader };
}

/** A stranger wrote it: no secret store is asked for it, whatever this worker may ask. */
function onlyCloneToken({ types }: BuildGrant['plan'], secrets: SecretFetcher): SecretFetcher['fetch'] {
  return async (name, binding, reader) => {
    if (types.secrets[binding.type]?.server === 'clone_token') return secrets.fetch(name, binding, reader);
    throw new CodedError('build.of_fork', `the variable ${name} is secret, and a build of a fork has no secrets`, {
      hint: 'push the change to a branch of the repository itself to build it with all that it needs',
    });
  };
}

/** `build.…` in the pipeline's text. */
function buildFacts({ grant, host, startedAt }: Build, status: string | undefined): Readonly<Record<string, Json>> {
  const { cause = '', previousStatus = '', event, ...facts } = grant.build;
  return {
    ...facts,
    attempt: grant.attemptNumber,
    cause,
    event: eventFacts(event),
    previous_status: previousStatus,
    duration: formatDuration(host.clock.now() - startedAt),
    ...(status !== undefined && { status }),
  };
}
