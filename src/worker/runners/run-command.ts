/**
 * The one generic runner: every command of a pipeline, whatever its runner, is started here from the runner type's template.
 * `exec`, `shell` and `docker` are built-in files like anyone's.
 */
import { basename, join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import type { OutputConsumer } from '../../lib/system/output-pump.ts';
import { newCookie } from '../../lib/system/process-cookie.ts';
import type { ProcessExit } from '../../lib/system/spawn-child.ts';
import { type ExpansionPlace, type Parameters, parametersOfRunner } from '../../pipeline/expand-command.ts';
import type { PlanTypes, RunnerCommand, RunnerType } from '../../pipeline/plan-types.ts';
import type { BuildNetwork } from '../containers/build-network.ts';
import { insideEnvironment } from '../containers/inside-environment.ts';
import type { Environment } from '../engine/environment.ts';
import type { Interrupt } from '../engine/interrupt.ts';
import type { Masks } from '../secrets/masks.ts';
import type { ValueReader } from '../secrets/value-reader.ts';
import { buildCommandLine, type CommandLine, findRunners, readCommandValues } from './command-line.ts';
import { type ControlFiles, createControlFiles } from './control-files.ts';
import { describeExit } from './describe-exit.ts';
import { createHelperCommands } from './helper-commands.ts';
import type { Ledger } from './ledger.ts';
import { findLimitsMet, type LimitsMet, tellLimitsMet } from './limits-met.ts';
import { registryCredentials } from './registry-credentials.ts';
import { type Lingering, runProcess } from './run-process.ts';

/** What all commands of one attempt or check share. */
export interface CommandContext {
  readonly types: PlanTypes;
  readonly workDir: string;
  /** 0700, outside of `workDir`: scripts with secrets in them, output files. */
  readonly privateDir: string;
  /** The clean environment every command starts from: PATH, HOME, … and a private TMPDIR. */
  readonly baseEnv: Environment;
  /** What `$PIKOCI` is for commands of built-in types. */
  readonly executable: string;
  readonly graceMs: number;
  readonly ledger: Ledger;
  readonly masks: Masks;
  readonly kill: AbortSignal;
  /** Told of each program started, `docker` for example, so that its containers can be swept at the end. */
  readonly onProgram?: (program: string) => void;
  /** Of the build, once it has one. */
  readonly network?: () => Promise<BuildNetwork | undefined>;
  /** What services told, by their names. */
  readonly services?: () => ReadonlyMap<string, Environment>;
}

export interface CommandRequest {
  readonly step: string;
  readonly command: RunnerCommand;
  /** Whether the type the command belongs to is built in. */
  readonly builtin: boolean;
  readonly reader: ValueReader;
  /** What pikoci and the step set: handed on into containers by name. */
  readonly environment: Environment;
  /** The step's directory, relative to the build's. */
  readonly dir?: string | undefined;
  readonly signal: AbortSignal;
  readonly output: OutputConsumer;
  /** Stderr apart from stdout, at the price of their order. */
  readonly separate?: boolean;
  /** Gives the command `PIKOCI_OUTPUT` and `PIKOCI_SUMMARY`, and `PIKOCI_MASK` in a container, too. */
  readonly takesFiles?: boolean;
  readonly lingers?: boolean;
}

export interface CommandEnd {
  readonly exit: ProcessExit;
  readonly interrupt: Interrupt | undefined;
  readonly lingering: Lingering | undefined;
  readonly met: LimitsMet;
  /** What it wrote to `PIKOCI_OUTPUT`. */
  readonly written: string;
  /** What it wrote to `PIKOCI_SUMMARY`. */
  readonly summary: string;
}

export type RunCommand = (request: CommandRequest) => Promise<CommandEnd>;

export function createCommandRunner(context: CommandContext): RunCommand {
  return async (request) => {
    const runners = findRunners(context.types, request.command);
    const values = await readCommandValues(request.command, request.reader);
    const name = `pikoci-${newCookie()}`;
    const outerValues = runners.through === undefined ? values.params : values.through;
    const network = joinsNetwork(runners.outer, outerValues) ? await context.network?.() : undefined;
    // One whose memory is limited is asked about afterwards.
    const stays = (outerValues.memory ?? values.params.memory)?.value != null;
    const made = { container: name, network, stays };
    const params = { ...values.params, ...injected(runners.type, values.params, request.dir, made) };
    const outerParams: Parameters =
      runners.through === undefined
        ? params
        : { ...values.through, ...injected(runners.through, values.through, undefined, made) };
    const hasOtherUser = (outerParams.user?.value ?? null) !== null;
    const takesFiles = request.takesFiles === true;
    // In the build's directory it would be in the way of a `get` that fills it.
    const takesMasks = takesFiles || runners.outer.workdir === undefined;
    const taken = { output: takesFiles, mask: takesMasks, summary: takesFiles };
    using files = createControlFiles(name, context, runners.outer, { hasOtherUser, taken });
    const handed = seenInside(
      {
        ...(await asSeenFrom(network, request.environment, context)),
        WORKDIR: context.workDir,
        PIKOCI_CONTAINER: name,
        ...(takesMasks && { PIKOCI_MASK: files.mask }),
        ...(takesFiles && { PIKOCI_OUTPUT: files.output, PIKOCI_SUMMARY: files.summary }),
      },
      context.workDir,
      runners.outer,
    );
    const place: ExpansionPlace = { workdir: context.workDir, envNames: Object.keys(handed).sort() };
    const line = buildCommandLine(
      request.command,
      runners,
      { params, through: runners.through === undefined ? {} : outerParams },
      place,
      files.writeScript,
    );
    const env = {
      ...context.baseEnv,
      ...handed,
      ...((request.builtin || runners.outer.builtin) && { PIKOCI: context.executable }),
    };
    await warnOfUnused(line, runners.outer, request);
    context.onProgram?.(basename(line.argv[0]));
    using credentials = registryCredentials(line.env, join(context.privateDir, `${name}-registries`), env);
    const helper = createHelperCommands(context, request, runners.outer, outerParams, place, env);
    helper.oweCleanup(name);
    try {
      await helper.prepare();
      const newMasks = maskFile(files, context.masks);
      const end = await runProcess({
        argv: line.argv,
        limits: line.limits,
        env: { ...env, ...line.env, ...credentials.env },
        cwd: directoryOf(context.workDir, line, runners.outer, request.dir),
        output: (bytes, stream) => {
          // What was written there first is masked in what is written next.
          const warnings = newMasks();
          return warnings.length === 0
            ? request.output(bytes, stream)
            : warn(warnings, request).then(() => request.output(bytes, stream));
        },
        separate: request.separate,
        signal: request.signal,
        kill: context.kill,
        graceMs: context.graceMs,
        ledger: context.ledger,
        step: request.step,
        ...(request.lingers !== undefined && { lingers: request.lingers }),
        onInterrupt: helper.cancel,
      });
      const met = await findLimitsMet(end, {
        ...{ line, container: name, env },
        params: { ...values.params, ...outerParams },
      });
      await warn([...newMasks(), ...tellLimitsMet(met)], request);
      if (end.interrupt === undefined && runners.outer.errorExitCodes?.includes(end.exit.code ?? 0) === true) {
        throw new CodedError(
          'runner.could_not_run',
          `the runner ${runners.outer.name} could not run the command: ${basename(line.argv[0])} ${describeExit(end.exit)}`,
          { hint: 'its own words are in the log of this step' },
        );
      }
      return {
        ...end,
        met,
        written: takesFiles ? files.readOutput() : '',
        summary: takesFiles ? files.readSummary() : '',
      };
    } catch (error) {
      throw aboutRunner(error, request.command.runner, runners.outer.name);
    } finally {
      await helper.cleanUp(name);
    }
  };
}

/** Whether a runner starts a container that can be in the build's network, which is docker's, and whoever uses it has not chosen another. */
function joinsNetwork(runner: RunnerType, given: Parameters): boolean {
  if (basename(runner.run.path) !== 'docker') return false;
  if (!parametersOfRunner(runner).has('network') || Object.hasOwn(given, 'network')) return false;
  const args = given.args?.value;
  return !(Array.isArray(args) && args.some((arg) => typeof arg === 'string' && /^--net(work)?(=|$)/.test(arg)));
}

function asSeenFrom(
  network: BuildNetwork | undefined,
  environment: Environment,
  { services }: CommandContext,
): Environment | Promise<Environment> {
  if (network === undefined || services === undefined) return environment;
  return insideEnvironment(environment, services(), network.forward);
}

/**
 * Parameters that pikoci gives where a runner's template asks for them: the step's `dir`, a name for a container, the flags by which that
 * joins the build's network, and none by which it would be removed at its end.
 */
function injected(
  runner: RunnerType,
  given: Parameters,
  dir: string | undefined,
  {
    container,
    network,
    stays,
  }: { readonly container: string; readonly network: BuildNetwork | undefined; readonly stays: boolean },
): Parameters {
  const asked = parametersOfRunner(runner);
  return {
    ...(asked.has('container') &&
      !Object.hasOwn(given, 'container') && { container: { value: container, sensitive: false } }),
    ...(asked.has('network') && network !== undefined && { network: { value: [...network.flags], sensitive: false } }),
    ...(asked.has('dir') &&
      dir !== undefined &&
      !Object.hasOwn(given, 'dir') && { dir: { value: dir, sensitive: false } }),
    ...(asked.has('remove') && stays && { remove: { value: [], sensitive: false } }),
  };
}

/** Paths of the build's directory as the command sees them, where the runner shows that directory at another place. */
function seenInside(environment: Environment, workDir: string, runner: RunnerType): Environment {
  const inside = runner.workdir;
  if (inside === undefined) return environment;
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value === workDir || value.startsWith(`${workDir}/`) ? inside + value.slice(workDir.length) : value,
    ]),
  );
}

function directoryOf(workDir: string, line: CommandLine, runner: RunnerType, dir: string | undefined): string {
  const relative = line.dir ?? (runner.workdir === undefined ? dir : undefined) ?? '';
  if (relative.startsWith('/')) return relative;
  return relative === '' || relative === '.' ? workDir : `${workDir}/${relative}`;
}

const encoder = new TextEncoder();

/** Each is looked for in every log in many encodings: what makes them takes a moment for each, in which nobody else has a turn. */
const MOST_MASKS = 10_000;
const MOST_MASK_WARNINGS = 5;

/** Every line of the `PIKOCI_MASK` file is a secret from now on; gives what is to be said of the new ones. */
function maskFile(files: ControlFiles, masks: Masks): () => readonly string[] {
  const known = new Set(['']);
  let warned = 0;
  return () => {
    const fresh = [...new Set(files.readNewMasks()?.split(/\r?\n/))].filter((line) => !known.has(line));
    if (known.size + fresh.length > MOST_MASKS) {
      throw new CodedError(
        'task.masks_too_large',
        `the file $PIKOCI_MASK has more than ${MOST_MASKS} different lines`,
        { hint: 'it takes one secret on each line, not the output of a command' },
      );
    }
    for (const line of fresh) known.add(line);
    const warnings = fresh.flatMap((line) => masks.add(line).map((warning) => `a line of $PIKOCI_MASK: ${warning}`));
    const told = warnings.slice(0, Math.max(0, MOST_MASK_WARNINGS - warned));
    warned += warnings.length;
    return told.length < warnings.length && told.length > 0 ? [...told, 'and so are further lines of it'] : told;
  };
}

async function warn(lines: readonly string[], request: CommandRequest): Promise<void> {
  for (const line of lines) await request.output(encoder.encode(`warning: ${line}\n`), 'stderr');
}

async function warnOfUnused(line: CommandLine, runner: RunnerType, request: CommandRequest): Promise<void> {
  // A step's directory can be entered from outside, unless the runner shows the build's directory elsewhere.
  const isDirLost = request.dir !== undefined && runner.workdir !== undefined && !parametersOfRunner(runner).has('dir');
  const unused = isDirLost ? [...line.unused, 'dir'] : line.unused;
  if (unused.length === 0) return;
  await warn([`the runner ${request.command.runner} does not use ${unused.join(', ')}`], request);
}

/** A program that is missing is the runner's need, unless the pipeline named it itself. */
function aboutRunner(error: unknown, asked: string, runner: string): unknown {
  if (!(error instanceof CodedError) || !error.code.startsWith('exec.') || asked === 'exec') return error;
  return new CodedError(error.code, `the runner ${runner}: ${error.message}`, {
    ...(error.hint !== undefined && { hint: error.hint }),
    cause: error,
  });
}
