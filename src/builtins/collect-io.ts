import type { CommandIo } from './builtin-command.ts';

/** Keeps what a command writes, for those who look at it afterwards: tests. */
export function collectIo(): { readonly io: CommandIo; readonly stdout: () => string; readonly stderr: () => string } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    io: { stdout: (text) => out.push(text), stderr: (text) => err.push(text) },
    stdout: () => out.join(''),
    stderr: () => err.join(''),
  };
}
