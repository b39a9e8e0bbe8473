import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Processes that have to do with a directory: it is in their command line, their environment, or where they work. For tests that nothing is left. */
export function processesOf(directory: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const read = (file: string, how: (path: string) => string): string => {
        try {
          return how(join('/proc', name, file));
        } catch {
          // It ended just now, or is another account's.
          return '';
        }
      };
      const text = (path: string): string => readFileSync(path, 'latin1');
      // Empty for a zombie, which has ended and only waits for its parent to notice, but also in the middle of an exec.
      const command = read('cmdline', text);
      const ended = command === '' && /\) [ZX]/.test(read('stat', text));
      const mentions = [command, read('environ', text), read('cwd', readlinkSync)].some((it) => it.includes(directory));
      return mentions && !ended ? [{ pid: Number(name), command: command.replaceAll('\0', ' ').trim() }] : [];
    });
}
