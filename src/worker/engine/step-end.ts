import { assertNever } from '../../lib/assert-never.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { formatDuration } from '../../lib/duration.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import type { Outcome } from '../../protocol/status.ts';
import { isDiskFullError } from '../disk-full-error.ts';
import type { CommandEnd } from '../runners/run-command.ts';
import { Interrupt } from './interrupt.ts';

/** How one try of a step ended. */
export interface StepEnd {
  readonly outcome: Outcome;
  readonly exitCode?: number | undefined;
  readonly problem?: ProblemDetail | undefined;
  /** It failed because its own time was up: `attempts { on = ["timeout"] }` looks at this. */
  readonly timedOut?: boolean;
}

export const SUCCEEDED: StepEnd = { outcome: 'succeeded' };

/** The end of a step that is one command: 0 succeeded, anything else failed. */
export function endOfCommand(end: Pick<CommandEnd, 'exit' | 'interrupt'> & Partial<Pick<CommandEnd, 'met'>>): StepEnd {
  if (end.interrupt !== undefined) return endOfInterrupt(end.interrupt);
  const { exit, met } = end;
  if (exit.code === 0) return { outcome: 'succeeded', exitCode: 0 };
  if (met?.memory !== undefined) {
    const hint = 'raise memory, or let it use less: fewer parallel processes, a smaller heap';
    return { ...failed('step.out_of_memory', met.memory, hint), ...(exit.code !== null && { exitCode: exit.code }) };
  }
  if (exit.code !== null) return { outcome: 'failed', exitCode: exit.code };
  const hint = exit.signal === 'SIGKILL' ? 'was the machine out of memory? the kernel kills like this' : undefined;
  return failed('step.killed', `the command was killed by ${exit.signal}`, hint);
}

export function failed(code: string, message: string, hint?: string): StepEnd {
  return { outcome: 'failed', problem: { code, message, ...(hint !== undefined && { hint }) } };
}

export function errored(code: string, message: string, hint?: string): StepEnd {
  return { ...failed(code, message, hint), outcome: 'errored' };
}

export function endOfInterrupt(interrupt: Interrupt): StepEnd {
  switch (interrupt.kind) {
    case 'cancelled':
    case 'killed':
    case 'fail_fast':
      return { outcome: 'cancelled' };
    case 'timed_out': {
      const { of, ms } = interrupt.limit ?? { of: 'step', ms: 0 };
      const end = failed(
        `${of}.timeout`,
        `the ${of} took longer than its timeout of ${formatDuration(ms)}`,
        'raise timeout, or look in the log for what it waited for',
      );
      return of === 'step' ? { ...end, timedOut: true } : end;
    }
    case 'lost':
      return errored(
        'worker.lost',
        'the worker could not renew its lease, so the step was stopped: another worker may run the build',
        'look at the connection between this worker and the server',
      );
    case 'disk_full':
      return diskFull();
    default:
      return assertNever(interrupt.kind);
  }
}

export function diskFull(): StepEnd {
  return errored(
    'worker.disk_full',
    'the disk of the worker is full',
    'free some space in its data directory, or give it another with --data-dir',
  );
}

/** A step that threw. What is not the world's or the author's fault is a bug of ours: `onBug` hears of it, the build goes on. */
export function endOfError(error: unknown, onBug: (error: unknown) => void): StepEnd {
  if (error instanceof Interrupt) return endOfInterrupt(error);
  if (error instanceof CodedError) return errored(error.code, error.message, error.hint);
  const errno = errnoCode(error);
  if (errno === 'ENOSPC' || errno === 'EDQUOT' || isDiskFullError(error)) return diskFull();
  onBug(error);
  return errored(
    'worker.bug',
    `something in pikoci itself went wrong: ${errorText(error)}`,
    'please report it, with the log of the worker',
  );
}
