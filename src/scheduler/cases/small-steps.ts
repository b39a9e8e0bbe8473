/** The steps of a job of a small world: `get a trigger, get b every passed build,lint, get c version v1, put d`. */
import type { GetStep, PutStep, Step } from '../../pipeline/plan-step.ts';

const at = { file: 'p.hcl', line: 1, column: 1 };

/** Their ids begin with `prefix`. */
export function parseSteps(text: string, prefix: string): Step[] {
  return text
    .split(/,\s+/)
    .filter((part) => part !== '')
    .map((part, index) => parseStep(part, `${prefix}${index + 1}`));
}

function parseStep(text: string, step: string): GetStep | PutStep {
  const [kind, resource = '', ...rest] = text.split(/\s+/);
  const common = {
    id: step,
    name: resource,
    at,
    attempts: { count: 1, on: [], delayMs: 0 },
    allowFailure: false,
    hooks: {},
    resource,
    params: {},
  };
  if (kind === 'put') return { ...common, kind: 'put', noGet: true };
  if (kind !== 'get') throw new Error(`not a step of a small world: ${text}`);
  const after = (word: string): string | undefined => (rest.includes(word) ? rest[rest.indexOf(word) + 1] : undefined);
  const pinned = after('version');
  return {
    ...common,
    kind: 'get',
    trigger: rest.includes('trigger'),
    passed: after('passed')?.split(',') ?? [],
    version: pinned !== undefined ? { pinned: { ref: pinned } } : rest.includes('every') ? 'every' : 'latest',
  };
}
