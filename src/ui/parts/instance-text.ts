import type { PipelineSummary } from '../../protocol/api.ts';

/** What tells an instance of a pipeline from the others: `branch feature/login`. Empty for a pipeline that is none. */
export function instanceText({ instance }: Pick<PipelineSummary, 'instance'>): string {
  return Object.entries(instance?.vars ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
