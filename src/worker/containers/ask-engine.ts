import { CodedError } from '../../lib/coded-error.ts';
import { Interrupt, withDeadline } from '../engine/interrupt.ts';
import { createTextTail } from '../output/text-tail.ts';
import { NO_LEDGER } from '../runners/ledger.ts';
import { runProcess } from '../runners/run-process.ts';

const TIMEOUT_MS = 30_000;

export interface EngineAnswer {
  /** Undefined when the program could not be run, or not within the time. */
  readonly code: number | undefined;
  readonly stdout: string;
  /** What it said on stderr, or why it could not be run. */
  readonly complaint: string;
}

/** Runs `docker …` of our own account, beside the steps: for looking after what they use. */
export async function askEngine(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<EngineAnswer> {
  const never = new AbortController().signal;
  using limited = withDeadline(never, TIMEOUT_MS, () => new Interrupt('timed_out'));
  const [out, err] = [createTextTail(64 * 1024), createTextTail(4 * 1024)];
  try {
    const end = await runProcess({
      argv,
      env,
      cwd: '/',
      output: (bytes, stream) => (stream === 'stdout' ? out : err).push(bytes),
      separate: true,
      signal: limited.signal,
      kill: never,
      graceMs: 1_000,
      ledger: NO_LEDGER,
      step: 'engine',
    });
    return { code: end.exit.code ?? undefined, stdout: out.text(), complaint: err.oneLine() };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { code: undefined, stdout: '', complaint: error.message };
  }
}
