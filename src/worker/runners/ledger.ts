import type { ProcessTraces } from '../../lib/system/process-tree.ts';

/** A command that removes something left outside of the process tree (a container), as it would be started. Holds no secret. */
export interface OwedCleanup {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * Written down before it happens, so that whoever comes after a crash can undo it: the worker's journal. What is owed is recorded before the process
 * starts and struck out when it is gone.
 */
export interface Ledger {
  processStarting(cookie: string, step: string): void;
  processStarted(traces: ProcessTraces): void;
  processGone(cookie: string): void;
  cleanupOwed(id: string, cleanup: OwedCleanup): void;
  cleanupDone(id: string): void;
  serviceOwed(service: string): void;
  /** What its `start` told, without what is secret: its `stop` wants to know it. */
  serviceTold(service: string, output: Readonly<Record<string, string>>): void;
  serviceStopped(service: string): void;
  /** From its start until its hooks are over: a step whose `ensure` is still owed. */
  stepOpened(step: string, tryNumber: number): void;
  /** Its end has been told; its hooks are still to come. */
  stepTold(step: string): void;
  stepClosed(step: string): void;
}

/** For `pikoci run`, which has nobody to come after it. */
export const NO_LEDGER: Ledger = {
  processStarting: () => undefined,
  processStarted: () => undefined,
  processGone: () => undefined,
  cleanupOwed: () => undefined,
  cleanupDone: () => undefined,
  serviceOwed: () => undefined,
  serviceTold: () => undefined,
  serviceStopped: () => undefined,
  stepOpened: () => undefined,
  stepTold: () => undefined,
  stepClosed: () => undefined,
};
