import type { HclFunction } from '../hcl/function.ts';
import type { SourceBundle } from './model.ts';

/** What expressions of a pipeline may call when it is set; files are those of the bundle. */
export function pipelineFunctions(_bundle: SourceBundle): ReadonlyMap<string, HclFunction> {
  return new Map();
}
