import type { Json } from '../../lib/json.ts';
import { isOfModule } from '../../pipeline/module-path.ts';
import type { PipelineRecord, RevisionRecord } from '../../store/records.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import { storedValues } from '../secrets/stored-values.ts';
import { type Evaluated, evaluatePipeline, type PipelineLoader } from './evaluate-pipeline.ts';

/**
 * An earlier revision, evaluated anew from its text and with the values its variables had: a built-in type may be gone, and this pikoci may know
 * more mistakes than the one that set it. What was fetched then is not fetched again. Throws `pipeline.invalid`, and `secrets.wrong_key` when its sensitive values were encrypted under another key.
 */
export async function evaluateRevision(
  { loader, atRest }: { readonly loader: PipelineLoader; readonly atRest: AtRest },
  { team, name }: PipelineRecord,
  { number, bundle, model, sources, sealedVariables }: RevisionRecord,
): Promise<Evaluated> {
  const sealed = sealedVariables === undefined ? {} : storedValues(atRest, sealedVariables, `${team}/${name}`);
  const values: Record<string, Json> = {};
  for (const [variable, binding] of Object.entries(model.scope.variables)) {
    if (binding.kind === 'known') values[variable] = binding.value;
  }
  Object.assign(values, sealed);
  // Those of modules follow from the text and from these.
  for (const variable of Object.keys(values)) if (isOfModule(variable)) delete values[variable];
  const evaluated = await evaluatePipeline(loader, `revision ${number} of pipeline ${name}`, bundle, values, {
    fetched: new Map(Object.entries(sources)),
    sensitive: new Set(Object.keys(sealed)),
  });
  const { instance } = model;
  return instance === undefined ? evaluated : { ...evaluated, model: { ...evaluated.model, instance } };
}
