/** `set_pipeline` in `pikoci run`: the file is read and checked, and what would be set is said. There is nothing to set it on. */
import { builtins } from '../builtins/catalogue.ts';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { instanceName } from '../pipeline/instance-name.ts';
import { loadPipeline } from '../pipeline/load.ts';
import type { SourceLoader } from '../pipeline/source.ts';
import type { PipelineSetter } from '../worker/pipelines/pipeline-setter.ts';

export function createLookingSetter(parts: {
  readonly sources: SourceLoader;
  readonly registryUrl: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly color: boolean;
}): PipelineSetter {
  return {
    async set({ pipeline: given, instanceVars, bundle, variables, sensitive }) {
      const name = instanceVars === undefined ? given : (instanceName(given, instanceVars) ?? given);
      const { pipeline, diagnostics, sources } = await loadPipeline({
        bundle,
        variables: { ...variables, ...sensitive, ...instanceVars },
        sensitive: new Set(Object.keys(sensitive)),
        env: parts.env,
        sources: parts.sources,
        builtins,
        registryUrl: parts.registryUrl,
      });
      const lines =
        diagnostics.length === 0
          ? []
          : renderDiagnostics(diagnostics, sources, { color: parts.color }).trimEnd().split('\n');
      if (pipeline === undefined) {
        const count = diagnostics.filter(({ severity }) => severity === 'error').length;
        const message = `pipeline ${name} has ${count === 1 ? 'a mistake' : `${count} mistakes`}`;
        return { kind: 'refused', lines, problem: { code: 'pipeline.invalid', message } };
      }
      const jobs = pipeline.jobs.map((job) => job.name);
      const has =
        jobs.length === 0 ? 'has no jobs' : `has the ${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.join(', ')}`;
      return {
        kind: 'left_out',
        lines: [...lines, `pipeline ${name} is valid and ${has}; nothing is set from here, only on a server`],
      };
    },
  };
}
