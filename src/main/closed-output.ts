import { writeSync } from 'node:fs';
import { errnoCode } from '../lib/system/errno.ts';

/** Whoever read our output is gone: the other end of the pipe, the terminal, or a disk that does not answer any more. */
const GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET']);

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would become larger than it may be',
  EBADF: 'it is not open for writing',
};

let handler: (() => void) | undefined;
let lost = false;

/**
 * To be called once, before anything is written. Until `whenOutputCloses` says otherwise, a closed output ends the process quietly, as `head` expects, and
 * one that cannot be written ends it with a line that says why.
 */
export function watchOutput(): void {
  for (const [name, stream] of [
    ['standard output', process.stdout],
    ['standard error', process.stderr],
  ] as const) {
    stream.on('error', (error) => {
      const code = errnoCode(error);
      if (GONE.has(code)) {
        if (handler === undefined) process.exit(0);
        handler();
        return;
      }
      if (!lost) say(`pikoci: cannot write to ${name}: ${WHY[code] ?? error.message}\n`);
      lost = true;
      if (handler === undefined) process.exit(1);
      handler();
    });
  }
}

/** At once, for the process may be about to end; where nobody can be told, nobody is. */
function say(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Standard error is lost as well.
  }
}

/** For commands that have something to put in order first, or that go on without being read. */
export function whenOutputCloses(then: () => void): void {
  handler = then;
}

/** Whether something written has not arrived, for another reason than that nobody wanted it. */
export const isOutputLost = (): boolean => lost;
