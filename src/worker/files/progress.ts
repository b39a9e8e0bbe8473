import { sizeText } from '../../lib/size-text.ts';
import type { StepLog } from '../output/step-log.ts';
import type { Progress } from './build-files.ts';

const EVERY_MS = 5_000;

/** Says in the step's log how far a transfer is, now and then: not at all of one that is quick. */
export function tellProgress(log: StepLog, word: string, now: () => number = () => performance.now()): Progress {
  let last = now();
  return (bytes, total) => {
    if (now() - last < EVERY_MS || bytes === total) return;
    last = now();
    void log.say(`${word} ${sizeText(bytes)} of ${sizeText(total)}, ${Math.floor((100 * bytes) / total)} %`);
  };
}
