import { errnoCode } from '../lib/system/errno.ts';

/** Whoever read our output is gone: the other end of the pipe, the terminal, or a disk that does not answer any more. */
const GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET']);

let handler: () => void = () => process.exit(0);

/** To be called once, before anything is written. Until `whenOutputCloses` says otherwise, a closed output ends the process quietly, as `head` expects. */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!GONE.has(errnoCode(error))) throw error;
      handler();
    });
  }
}

/** For commands that have something to put in order first, or that go on without being read. */
export function whenOutputCloses(then: () => void): void {
  handler = then;
}
