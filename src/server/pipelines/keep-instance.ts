import type { RevisionRecord } from '../../store/records.ts';
import type { Evaluated } from './evaluate-pipeline.ts';

/** An instance that is set by hand, from its editor or the command line, stays the instance that it is. */
export function keepInstance(evaluated: Evaluated, inForce: Pick<RevisionRecord, 'model'> | undefined): Evaluated {
  const instance = inForce?.model.instance;
  if (instance === undefined || evaluated.model.instance !== undefined) return evaluated;
  return { ...evaluated, model: { ...evaluated.model, instance } };
}
