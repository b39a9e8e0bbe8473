import type { Masks } from '../secrets/masks.ts';
import { createLogBatcher } from './log-batcher.ts';

/** The log of one step while it runs: what is written is masked, cut into batches and sent. */
export interface StepLog {
  /** Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** A line of our own. */
  say(line: string): Promise<void>;
  /** Sends what was held back; more may be written. To be called at the end, whatever happened. */
  flush(): Promise<void>;
}

/** A line that could go on as an encoded secret in the next one waits so long for it. */
export const SETTLE_MS = 300;

export function createStepLog(masks: Masks, send: (bytes: Uint8Array) => Promise<void>): StepLog {
  const masked = masks.stream();
  const batcher = createLogBatcher(send);
  let quiet: ReturnType<typeof setTimeout> | undefined;
  const write = (bytes: Uint8Array): Promise<void> => {
    clearTimeout(quiet);
    // What cannot be sent is told to whoever writes next, or at the end.
    quiet = setTimeout(() => void batcher.write(masked.settle()).catch(() => undefined), SETTLE_MS);
    return batcher.write(masked.push(bytes));
  };
  const flush = async (): Promise<void> => {
    clearTimeout(quiet);
    await batcher.write(masked.flush());
    await batcher.flush();
  };
  return { write, say: (line) => write(new TextEncoder().encode(`${line}\n`)), flush };
}
