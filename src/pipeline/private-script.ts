/**
 * A sensitive value may stand in the script that a shell gets with `-c`, although an argument can be read by everyone on the machine: the script
 * then goes into a private file, which the shell reads instead. Here is decided where such a script stands; the worker writes the file.
 */
import type { ExpandedCommand } from './expand-command.ts';

export type ScriptDecision =
  /** Nothing sensitive is on the command line. */
  | { readonly kind: 'plain' }
  /** Write `script` to a 0600 file, and start `path` with `withFile(its path, as the shell will see it)`. */
  | { readonly kind: 'script'; readonly script: string; readonly withFile: (file: string) => readonly string[] }
  /** A sensitive value would be readable in the list of processes: refuse. `argument` indexes `args`, `-1` is the path. */
  | { readonly kind: 'exposed'; readonly argument: number };

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'zsh']);

export function decideScript(command: ExpandedCommand): ScriptDecision {
  const [first, second] = command.sensitive;
  if (first === undefined) return { kind: 'plain' };
  if (!isShellScript(command.path, command.args, first)) return { kind: 'exposed', argument: first };
  if (second !== undefined) return { kind: 'exposed', argument: second };
  const { args } = command;
  const options = (args[first - 1] ?? '').replace(/c$/, '');
  return {
    kind: 'script',
    script: args[first] ?? '',
    // The argument after the script would be `$0`; with a file that is the file itself.
    withFile: (file) => [
      ...args.slice(0, first - 1),
      ...(options === '-' ? [] : [options]),
      file,
      ...args.slice(first + 2),
    ],
  };
}

/** Whether `args[at]` is what a shell gets with `-c`: `sh -ec SCRIPT`, also behind `docker run … IMAGE /bin/sh -ec`. */
export function isShellScript(path: string, args: readonly string[], at: number): boolean {
  if (!/^-[a-z]*c$/.test(args[at - 1] ?? '')) return false;
  for (let before = at - 2; before >= -1; before -= 1) {
    const word = before < 0 ? path : (args[before] ?? '');
    if (SHELLS.has(word.slice(word.lastIndexOf('/') + 1))) return true;
    // Options of the shell, and the value of `-o pipefail`, may stand between.
    if (!/^-/.test(word) && args[before - 1] !== '-o') return false;
  }
  return false;
}
