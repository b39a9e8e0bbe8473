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

export function createStepLog(masks: Masks, send: (bytes: Uint8Array) => Promise<void>): StepLog {
  const masked = masks.stream();
  const batcher = createLogBatcher(send);
  const write = (bytes: Uint8Array): Promise<void> => batcher.write(masked.push(bytes));
  const flush = async (): Promise<void> => {
    await batcher.write(masked.flush());
    await batcher.flush();
  };
  return { write, say: (line) => write(new TextEncoder().encode(`${line}\n`)), flush };
}
