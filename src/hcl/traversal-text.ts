import { numberText } from './exact-number.ts';
import type { Traversal, TraversalStep } from './syntax.ts';

/** As it was written: `.name`, `["a b"]`, `[0]`. */
export function stepText(step: TraversalStep): string {
  if (step.key.kind === 'number') return `[${numberText(step.key.value)}]`;
  const name = step.key.kind === 'string' ? step.key.value : '';
  return step.kind === 'attribute' ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** `get.app["ref"]`; of all steps, or of the first few. */
export function traversalText(traversal: Traversal, steps: number = traversal.steps.length): string {
  return traversal.root + traversal.steps.slice(0, steps).map(stepText).join('');
}
