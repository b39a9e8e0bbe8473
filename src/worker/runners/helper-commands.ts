import { CodedError } from '../../lib/coded-error.ts';
import type { OutputConsumer } from '../../lib/system/output-pump.ts';
import type { ProcessExit } from '../../lib/system/spawn-child.ts';
import type { ExpansionPlace, Parameters } from '../../pipeline/expand-command.ts';
import type { CommandTemplate, RunnerType } from '../../pipeline/plan-types.ts';
import type { Environment } from '../engine/environment.ts';
import { Interrupt, withDeadline } from '../engine/interrupt.ts';
import { createTextTail } from '../output/text-tail.ts';
import { buildHelperLine, type HelperLine } from './command-line.ts';
import { describeExit } from './describe-exit.ts';
import type { CommandContext, CommandRequest } from './run-command.ts';
import { runProcess } from './run-process.ts';

const HELPER_TIMEOUT_MS = 30_000;

export interface HelperCommands {
  prepare(): Promise<void>;
  cancel(): Promise<void>;
  oweCleanup(id: string): void;
  cleanUp(id: string): Promise<void>;
}

/** The commands of a runner type around `run`. */
export function createHelperCommands(
  context: CommandContext,
  request: CommandRequest,
  runner: RunnerType,
  params: Parameters,
  place: ExpansionPlace,
  env: Environment,
): HelperCommands {
  const lineOf = (template: CommandTemplate | undefined) =>
    template === undefined ? undefined : buildHelperLine(runner, params, place, template);
  const cleanup = lineOf(runner.cleanup);

  async function run(line: HelperLine, signal: AbortSignal, output: OutputConsumer): Promise<ProcessExit> {
    using limited = withDeadline(signal, HELPER_TIMEOUT_MS, () => new Interrupt('timed_out'));
    const { kill, ledger, graceMs, workDir: cwd } = context;
    const end = await runProcess({
      argv: line.argv,
      env: { ...env, ...line.env },
      cwd,
      output,
      signal: limited.signal,
      kill: new AbortController().signal,
      graceMs: kill.aborted ? 0 : graceMs,
      ledger,
      step: request.step,
    });
    return end.exit;
  }

  /** For clean-up: only a failure is told, in the log, where it does not hide how the step itself ended. */
  async function attempt(what: string, line: HelperLine | undefined): Promise<void> {
    if (line === undefined) return;
    const said = createTextTail(4_096);
    let complaint: string | undefined;
    try {
      const exit = await run(line, new AbortController().signal, (bytes) => said.push(bytes));
      if (exit.code !== 0) complaint = `${describeExit(exit)}: ${said.oneLine()}`;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      complaint = error.message;
    }
    if (complaint !== undefined) {
      const text = `warning: the ${what} command of the runner ${runner.name} ${complaint}\n`;
      await request.output(new TextEncoder().encode(text), 'stderr');
    }
  }

  return {
    async prepare() {
      const line = lineOf(runner.prepare);
      if (line === undefined) return;
      const exit = await run(line, request.signal, (bytes) => request.output(bytes, 'stderr'));
      if (exit.code === 0 || request.signal.aborted) return;
      throw new CodedError(
        'runner.prepare_failed',
        `the prepare command of the runner ${runner.name} ${describeExit(exit)}`,
        {
          hint: 'see the log of this step',
        },
      );
    },
    cancel: () => attempt('cancel', lineOf(runner.cancel)),
    oweCleanup(id) {
      if (cleanup === undefined) return;
      const names = ['PATH', 'HOME', 'PIKOCI', 'PIKOCI_CONTAINER', 'WORKDIR'];
      const harmless = Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name)));
      const { argv, env: own } = cleanup;
      context.ledger.cleanupOwed(id, { argv, env: { ...harmless, ...own }, cwd: context.workDir });
    },
    async cleanUp(id) {
      if (cleanup === undefined) return;
      await attempt('cleanup', cleanup);
      context.ledger.cleanupDone(id);
    },
  };
}
