/** A job of a pipeline's text, with the real built-in types, as a plan. */
import { builtins } from '../../builtins/catalogue.ts';
import { planForJob } from '../../pipeline/build-plan.ts';
import { loadPipeline } from '../../pipeline/load.ts';
import type { BuildPlan } from '../../pipeline/plan.ts';
import { noFetching } from '../../pipeline/source.ts';

export async function loadPlan(text: string, job = 'test'): Promise<BuildPlan> {
  const bundle = { main: 'pipeline.hcl', files: { 'pipeline.hcl': text } };
  const { pipeline, diagnostics } = await loadPipeline({ bundle, variables: {}, sources: noFetching, builtins });
  if (pipeline === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  return planForJob(pipeline, job);
}
