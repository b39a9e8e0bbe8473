import type { Figure } from './figure.ts';
import type { Installation, InstallOptions, StackName } from './stacks.ts';

/** One benchmark of PERFORMANCE.md. It starts what it needs and closes it again. */
export interface Suite {
  readonly about: string;
  run(options: SuiteOptions): Promise<readonly Figure[]>;
}

/** One that is run on every stack that was asked for. */
export interface StackSuite {
  readonly about: string;
  runOn(stack: Stack, options: SuiteOptions): Promise<readonly Figure[]>;
}

export interface Stack {
  readonly name: StackName;
  install(options?: InstallOptions): Promise<Installation>;
}

export interface SuiteOptions {
  /** How often each thing is measured, at least 5; a suite may take more of what is quick. */
  readonly runs: number;
  /** A word to the one who waits. */
  say(text: string): void;
}
