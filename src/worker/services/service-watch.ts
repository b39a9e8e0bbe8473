/**
 * A service from the moment its `start` returned until it is stopped: what it writes is the log of a step of its own, and that it ended by
 * itself is said at once.
 *
 * A server that ends with 0 was told to end, by a test perhaps: that is a line in its log. Any other end is the service's death: the step
 * errs, whoever waits for the service is told, and the build is judged by it (engine/run-build.ts).
 */
import type { OutputConsumer } from '../../lib/system/output-pump.ts';
import type { ProcessExit } from '../../lib/system/spawn-child.ts';
import { serviceStepId } from '../../pipeline/describe-plan.ts';
import type { PlanService } from '../../pipeline/plan.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import type { Build } from '../engine/build.ts';
import { interruptOf } from '../engine/interrupt.ts';
import { createStepLog } from '../output/step-log.ts';
import { createTextTail } from '../output/text-tail.ts';
import { describeExit } from '../runners/describe-exit.ts';
import type { Lingering } from '../runners/run-process.ts';
import type { Masks } from '../secrets/masks.ts';
import { createCappedOutput, SERVICE_LOG_CAP } from './capped-output.ts';
import { tellServiceEnd } from './service-step.ts';

const LAST_LINES = 3;
const LONGEST_LINE = 500;

export interface ServiceWatch {
  /** Aborted with the problem when the service has died. */
  readonly died: AbortSignal;
  /** The service is stopped, or about to be: from now on its end is no news. */
  expectEnd(): void;
  /** Nothing of it is left: the last of its log is told, and the step is over. */
  finish(): Promise<void>;
}

/** Where the output of a service goes: the log of `start` has it first, then whoever watches. */
export interface ServiceOutput {
  readonly write: OutputConsumer;
  redirect(to: (bytes: Uint8Array) => Promise<void>): void;
  /** The end of it, for a message; nothing secret in it. */
  lastLines(): string;
}

export function createServiceOutput(first: (bytes: Uint8Array) => Promise<void>, masks: Masks): ServiceOutput {
  let now = first;
  // Much more than is shown, so that no secret is cut in two where it begins.
  const tail = createTextTail(64 * 1024);
  return {
    async write(bytes) {
      tail.push(bytes);
      await now(bytes);
    },
    redirect(to) {
      now = to;
    },
    lastLines() {
      const lines = masks.text(tail.text()).trim().split('\n').slice(-LAST_LINES);
      const text = lines.map((line) => line.slice(0, LONGEST_LINE)).join('\n');
      return text === '' ? '; it wrote nothing' : `; the last it wrote:\n${text}`;
    },
  };
}

/** Undefined when `start` left nothing running that could be watched: a container in the background, for example. */
export async function watchService(
  build: Build,
  service: PlanService,
  lingering: Lingering | undefined,
  output: ServiceOutput,
): Promise<ServiceWatch | undefined> {
  const remains = lingering?.remains;
  if (remains === undefined) return undefined;
  const { host } = build;
  const id = serviceStepId(service, 'log');
  const capped = createCappedOutput(
    (bytes) => host.emit({ kind: 'log', at: host.clock.now(), step: id, bytes }),
    SERVICE_LOG_CAP,
  );
  const log = createStepLog(host.masks, capped.write);
  const died = new AbortController();
  let expected = false;
  let ended: Promise<void> | undefined;
  host.ledger.stepOpened(id, 1);
  await host.emit({ kind: 'step_started', at: host.clock.now(), step: id, try: 1 });
  output.redirect(log.write);

  async function end(exit: ProcessExit | undefined, problem: ProblemDetail | undefined): Promise<void> {
    await log.flush();
    await capped.finish();
    const outcome = problem === undefined ? 'succeeded' : 'errored';
    const exitCode = expected ? undefined : (exit?.code ?? undefined);
    await tellServiceEnd(build, id, { outcome, exitCode, problem });
    host.ledger.stepClosed(id);
  }

  async function endedByItself(exit: ProcessExit | undefined): Promise<void> {
    // Everything of a build that is lost to this worker is killed: that is no news either.
    if (interruptOf(host.cancel)?.kind === 'lost' || host.kill.aborted) return end(undefined, undefined);
    if (exit?.code === 0) {
      await log.say(`the service ${service.name} ended by itself, with exit code 0`);
      return end(exit, undefined);
    }
    await log.flush();
    const how = exit === undefined ? 'ended' : describeExit(exit);
    const problem: ProblemDetail = {
      code: 'service.died',
      message: `the service ${service.name} ${how} while the build needed it${output.lastLines()}`,
      hint: 'its log says more; was the machine out of memory, or did a step stop it?',
    };
    died.abort(problem);
    build.deaths.push(problem);
    await end(exit, problem);
  }

  void remains.gone.then((exit) => {
    if (!expected) ended ??= endedByItself(exit).catch(host.onBug);
  });
  return {
    died: died.signal,
    expectEnd() {
      expected = true;
      remains[Symbol.dispose]();
    },
    finish: () => (ended ??= end(undefined, undefined)),
  };
}
