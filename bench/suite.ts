import type { Figure } from './figure.ts';

/** One benchmark of PERFORMANCE.md. It starts what it needs and closes it again. */
export interface Suite {
  readonly about: string;
  run(options: SuiteOptions): Promise<readonly Figure[]>;
}

export interface SuiteOptions {
  /** How often each thing is measured, at least 5; a suite may take more of what is quick. */
  readonly runs: number;
  /** A word to the one who waits. */
  say(text: string): void;
}
