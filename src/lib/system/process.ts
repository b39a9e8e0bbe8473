/**
 * Runs a program as a step of a build needs it: nothing of our environment leaks in, nothing of its output is lost, nothing
 * of it survives.
 *
 * The life of a process:
 *
 * 1. `startProcess` puts it into its own session and process group, with a cookie that all its descendants inherit
 *    (process-cookie.ts), its output on real pipes, which a child can reopen as `/dev/stderr`.
 * 2. What still lives after 50 ms is moved into a cgroup where the system has one for us (cgroup.ts): for what is shorter
 *    it is not worth the kernel's time.
 * 3. `waitMain` says how the main process ended, once what it wrote is delivered. Its background children live on: a
 *    service's `start` wants that.
 * 4. `terminate` ends everything that is left: TERM, after the grace KILL, until nothing is found; then the rest of the
 *    output is delivered and the pipes are closed. It must be called for every process, whatever happened before.
 *
 * `killLeftovers` (kill-leftovers.ts) does step 4 for a process of an earlier pikoci, by what the journal kept.
 */
import { cgroupFor, discardCgroup } from './cgroup.ts';
import { enclose } from './enclose.ts';
import { endTree, type TreeEnding } from './end-tree.ts';
import { adoptOrphansOf, forgetCookie, livingOrphans } from './orphans.ts';
import { createOutputPump, type OutputConsumer, type OutputPump, oneAtATime } from './output-pump.ts';
import { newCookie, withCookie } from './process-cookie.ts';
import { bootId, readProcess } from './process-table.ts';
import type { ProcessTraces } from './process-tree.ts';
import { type Remains, watchRemains } from './remains.ts';
import { type ProcessExit, spawnChild } from './spawn-child.ts';

export interface ProcessSpec {
  /** The program and its arguments. The program is looked up in the PATH of `env`, not in ours. */
  readonly argv: readonly [string, ...string[]];
  /** The whole environment; nothing is added but `PIKOCI_COOKIE`. See clean-environment.ts. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
  /** Default: nothing to read, `/dev/null`. */
  readonly stdin?: Uint8Array | undefined;
  /** Never called twice at once. If it throws, everything is killed and `waitMain` and `terminate` reject with its error. */
  readonly onOutput: OutputConsumer;
  /** Both streams on one pipe, which keeps their order; all of it is told as stdout. */
  readonly mergeStderr?: boolean | undefined;
  /** Of `newCookie()`, if it had to be written down before the start. */
  readonly cookie?: string | undefined;
  /** Of a LimitedGroup, which then has to admit the process before it becomes its program. */
  readonly gate?: number | undefined;
}

export interface Termination {
  /** Processes that did not die: not ours to kill, or hanging in the kernel. Empty but for disasters. */
  readonly survivors: readonly number[];
}

export interface RunningProcess {
  readonly pid: number;
  /** For the journal. */
  readonly traces: ProcessTraces;
  /** Resolves when the main process is gone and all it wrote is delivered; kills nothing. Rejects with what `onOutput` threw. */
  waitMain(): Promise<ProcessExit>;
  /**
   * Ends the main process if it still runs and everything it started, wherever it hid; then delivers the rest of the output.
   * Grace 0 is KILL at once. A second call with a shorter grace hastens the first. Rejects with what `onOutput` threw, when
   * all is gone.
   */
  terminate(options: { readonly graceMs: number }): Promise<Termination>;
  /** After `waitMain`: what it left running, see remains.ts. `gone` waits until all that was written is delivered. */
  remains(): Remains | undefined;
}

const ENCLOSE_AFTER_MS = 50;

/**
 * Starts it. Throws a CodedError: `exec.not_found`, `exec.not_executable`, `exec.bad_directory`, `exec.bad_argument`,
 * `exec.bad_interpreter`, `exec.arguments_too_long`, `exec.no_resources`, `exec.failed`, `system.no_descriptors`,
 * `system.unsupported`.
 */
export function startProcess(spec: ProcessSpec): RunningProcess {
  const cookie = spec.cookie ?? newCookie();
  const exit = Promise.withResolvers<ProcessExit>();
  const consume = oneAtATime(spec.onOutput);
  const pumps: OutputPump[] = [];
  adoptOrphansOf(cookie);
  try {
    const stdout = createOutputPump('stdout', consume);
    pumps.push(stdout);
    const stderr = spec.mergeStderr === true ? stdout : createOutputPump('stderr', consume);
    if (stderr !== stdout) pumps.push(stderr);
    const pid = withCookie(cookie, () =>
      spawnChild({ ...spec, cookie, stdout: stdout.writeEnd, stderr: stderr.writeEnd, onExit: exit.resolve }),
    );
    const startTicks = readProcess(pid)?.startTicks;
    const main = startTicks === undefined ? undefined : { pid, startTicks };
    for (const pump of pumps) pump.start();
    return control(pid, { cookie, bootId: bootId(), cgroup: cgroupFor(cookie), main }, exit.promise, pumps);
  } catch (error) {
    for (const pump of pumps) pump.abandon();
    forgetCookie(cookie);
    throw error;
  }
}

function control(
  pid: number,
  traces: ProcessTraces,
  exit: Promise<ProcessExit>,
  pumps: readonly OutputPump[],
): RunningProcess {
  let mainGone = false;
  let ending: TreeEnding | undefined;
  let finished: Promise<Termination> | undefined;
  let enclosing = Promise.resolve();
  const exited = exit.then((how) => {
    mainGone = true;
    return how;
  });
  const isGone = (): boolean | undefined => {
    if (!mainGone) return false;
    const orphans = livingOrphans(traces.cookie);
    return orphans === undefined ? undefined : orphans.length === 0;
  };
  const encloseTimer = setTimeout(() => {
    if (isGone() !== true) enclosing = enclose(traces, () => ending !== undefined);
  }, ENCLOSE_AFTER_MS);
  encloseTimer.unref();

  async function waitMain(): Promise<ProcessExit> {
    const how = await exited;
    await Promise.all(pumps.map((pump) => pump.drained()));
    return how;
  }

  async function finish(tree: TreeEnding): Promise<Termination> {
    const survivors = await tree.done;
    if (survivors.length === 0) await exited;
    const closed = await Promise.allSettled(pumps.map((pump) => pump.close()));
    await enclosing;
    if (traces.cgroup !== undefined) await discardCgroup(traces.cgroup);
    forgetCookie(traces.cookie);
    for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason;
    return { survivors };
  }

  function terminate({ graceMs }: { graceMs: number }): Promise<Termination> {
    clearTimeout(encloseTimer);
    ending ??= endTree(traces, { graceMs, isGone, wake: exited });
    ending.hasten(graceMs);
    finished ??= finish(ending);
    return finished;
  }

  for (const pump of pumps) {
    // A consumer that fails would leave the process blocked on a full pipe. The caller learns of it by waitMain or terminate.
    pump.ended.catch(() => terminate({ graceMs: 0 }).catch(() => undefined));
  }
  function remains(): Remains | undefined {
    const left = watchRemains(traces.cookie);
    if (left === undefined) return undefined;
    const gone = left.gone.then(async (how) => {
      await Promise.all(pumps.map((pump) => pump.drained().catch(() => undefined))); // terminate tells of it.
      return how;
    });
    return { gone, [Symbol.dispose]: left[Symbol.dispose] };
  }
  return { pid, traces, waitMain, terminate, remains };
}
