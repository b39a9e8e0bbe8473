/** Every name that may stand in a job, a group or a hook: a misspelt one is taken for the nearest of these. */
import { nearest } from '../lib/nearest.ts';
import { HOOK_NAMES } from './plan-walk.ts';

export const STEP_KINDS = ['get', 'task', 'put', 'notify', 'set_pipeline', 'in_parallel'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const JOB_WORDS: ReadonlySet<string> = new Set([
  ...STEP_KINDS,
  ...Object.values(HOOK_NAMES),
  ...['service', 'matrix', 'inputs', 'approve', 'retain', 'reports', 'dynamic'],
  ...['for_each', 'concurrency', 'serial_groups', 'priority', 'timeout', 'tags', 'interruptible', 'error_retries'],
  ...['disable_manual_trigger', 'limit', 'fail_fast', 'if', 'attempts', 'allow_failure'],
]);

/** The word that `name` is, or was probably meant to be. */
export function jobWord(name: string): string | undefined {
  return JOB_WORDS.has(name) ? name : nearest(name, JOB_WORDS);
}
