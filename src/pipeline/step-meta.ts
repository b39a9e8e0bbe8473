/** What every step may have: `if`, `timeout`, `attempts`, `allow_failure`, `tags`. */
import { convert, isConversionError } from '../hcl/convert.ts';
import type { Attribute } from '../hcl/syntax.ts';
import { BOOL, DYNAMIC } from '../hcl/type.ts';
import type { Value } from '../hcl/value.ts';
import type { BlockReader } from './block-reader.ts';
import { placeIn } from './expressions.ts';
import type { JobReading } from './job-reading.ts';
import type { RetryRule } from './plan-step.ts';
import type { PlanValue } from './plan-value.ts';

export const ONE_ATTEMPT: RetryRule = { count: 1, on: ['failure', 'error', 'timeout'], delayMs: 0 };
const OUTCOMES = ['failure', 'error', 'timeout'] as const;

export interface CommonStep {
  readonly if?: PlanValue;
  readonly timeoutMs?: number;
  readonly attempts: RetryRule;
  readonly allowFailure: boolean;
}

export function readStepMeta(
  reader: BlockReader,
  job: JobReading,
  tagged: (tags: readonly string[], job: JobReading) => void,
): CommonStep {
  const { expressions } = job.loading;
  const condition = readCondition(reader.attribute('if'), job);
  const timeout = reader.attribute('timeout');
  const timeoutMs = expressions.duration(timeout, job.names);
  if (timeout !== undefined && timeoutMs !== undefined && job.timeoutMs !== undefined && timeoutMs > job.timeoutMs) {
    const detail = 'The timeout of the job is shorter, so this one is never reached.';
    job.loading.warning('useless-timeout', 'Timeout that is never reached', detail, { subject: timeout.range });
  }
  const attempts = readAttempts(reader.attribute('attempts'), job);
  const allowFailure = expressions.flag(reader.attribute('allow_failure'), job.names) ?? false;
  tagged(expressions.tags(reader.attribute('tags'), job.names), job);
  return {
    ...(condition !== undefined && { if: condition }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    attempts,
    allowFailure,
  };
}

function readCondition(attribute: Attribute | undefined, job: JobReading): PlanValue | undefined {
  if (attribute === undefined) return undefined;
  const { plan, value } = job.loading.expressions.planValue(attribute.expression, job.names);
  if (value.kind === 'unknown' && value.type.kind === 'dynamic') return plan;
  const converted = convert(value, BOOL);
  if (!isConversionError(converted) && converted.kind !== 'null') {
    return plan.kind === 'known' ? { kind: 'known', value: converted.kind === 'bool' && converted.value } : plan;
  }
  const detail = `"if" is true or false.${isConversionError(converted) ? ` ${converted.message}.` : ' This is null.'}`;
  job.loading.error('wrong-type', 'Wrong type', detail, { subject: attribute.expression.range });
  return undefined;
}

/** `attempts = 3` or `attempts = { count = 3, on = ["error"], delay = "10s" }`. */
function readAttempts(attribute: Attribute | undefined, job: JobReading): RetryRule {
  if (attribute === undefined) return ONE_ATTEMPT;
  const { loading } = job;
  const wrong = (detail: string): RetryRule => {
    loading.error('bad-attempts', 'Not a number of attempts', detail, placeIn(attribute.expression, job.names));
    return ONE_ATTEMPT;
  };
  const form = 'Write attempts = 3, or attempts = { count = 3, on = ["failure", "error", "timeout"], delay = "10s" }.';
  const value = loading.expressions.constant(attribute.expression, '"attempts"', DYNAMIC, job.names);
  if (value === undefined) return ONE_ATTEMPT;
  if (value.kind !== 'object' && value.kind !== 'map') {
    const count = wholeNumber(value);
    return count === undefined ? wrong(form) : { ...ONE_ATTEMPT, count };
  }
  for (const key of value.entries.keys()) {
    if (!['count', 'on', 'delay'].includes(key)) return wrong(`"attempts" has no "${key}". ${form}`);
  }
  const count = wholeNumber(value.entries.get('count'));
  if (count === undefined) return wrong(`"count" is a whole number from 1 to 100. ${form}`);
  const delay = value.entries.get('delay');
  const delayMs =
    delay?.kind === 'string'
      ? loading.expressions.durationText(delay.value, '"delay"', attribute.expression, job.names)
      : undefined;
  const on = value.entries.get('on');
  if (on === undefined) return { ...ONE_ATTEMPT, count, delayMs: delayMs ?? 0 };
  const outcomes = 'elements' in on ? on.elements.map((item) => (item.kind === 'string' ? item.value : '')) : [''];
  const known = OUTCOMES.filter((outcome) => outcomes.includes(outcome));
  if (outcomes.length === 0 || known.length !== new Set(outcomes).size) {
    return wrong('"on" is a list of "failure", "error" and "timeout".');
  }
  return { count, on: known, delayMs: delayMs ?? 0 };
}

function wholeNumber(value: Value | undefined): number | undefined {
  const number = value?.kind === 'number' ? value.value.toNumber() : undefined;
  return number !== undefined && Number.isInteger(number) && number >= 1 && number <= 100 ? number : undefined;
}
