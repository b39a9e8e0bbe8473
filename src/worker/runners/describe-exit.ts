import type { ProcessExit } from '../../lib/system/spawn-child.ts';

/** `exited with 2`, `was killed by SIGSEGV`: how a process ended, for a message. */
export function describeExit(exit: ProcessExit): string {
  if (exit.code === null) return `was killed by ${exit.signal}`;
  if (exit.code === 126) return 'exited with 126 (a program was found but could not be run)';
  if (exit.code === 127) return 'exited with 127 (a program was not found)';
  return `exited with ${exit.code}`;
}
