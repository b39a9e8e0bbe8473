import type { CommandContext } from './context.ts';

const EVERY_MS = 200;

/** One line on stderr that is written over, for a person who waits; nothing where nobody looks. */
export function createProgressLine({
  stderr,
}: Pick<CommandContext, 'stderr'>): Disposable & { tell(text: string): void } {
  let last = 0;
  let shown = false;
  return {
    tell(text) {
      const now = performance.now();
      if (stderr.isTTY !== true || now - last < EVERY_MS) return;
      last = now;
      shown = true;
      stderr.write(`\r\x1b[K${text}`);
    },
    [Symbol.dispose]() {
      if (shown) stderr.write('\r\x1b[K');
    },
  };
}
