import { builtins } from '../builtins/catalogue.ts';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { loadPipeline } from '../pipeline/load.ts';
import type { SourceLoader } from '../pipeline/source.ts';
import type { PipelineLoader } from '../server/pipelines/evaluate-pipeline.ts';

/** How this program reads pipelines: with its own built-in types, and sources fetched as told. */
export function createPipelineLoader(
  sources: SourceLoader,
  registryUrl: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): PipelineLoader {
  return {
    load: (bundle, variables, { fetched, sensitive, repositoryUrl, isForeign } = {}) =>
      loadPipeline({
        bundle,
        variables,
        env: isForeign === true ? {} : env,
        sources,
        builtins,
        registryUrl,
        repositoryUrl,
        ...(fetched !== undefined && { resolved: fetched }),
        ...(sensitive !== undefined && { sensitive }),
      }),
    render: (diagnostics, texts) => renderDiagnostics(diagnostics, texts, { color: false }),
  };
}
