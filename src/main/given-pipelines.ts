import { builtins } from '../builtins/catalogue.ts';
import { bundleFile, pipelineNameOf } from '../cli/load-file.ts';
import { wantsColor } from '../cli/style.ts';
import { readVariables } from '../cli/variables.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import { loadPipeline } from '../pipeline/load.ts';
import type { SourceBundle } from '../pipeline/model.ts';
import type { SourceLoader } from '../pipeline/source.ts';

/** A pipeline named on the server's command line, read and found to be valid. */
export interface GivenPipeline {
  readonly file: string;
  readonly name: string;
  readonly bundle: SourceBundle;
  readonly variables: Readonly<Record<string, Json>>;
  /** `3 jobs, 1 resource`. */
  readonly summary: string;
}

interface Settings {
  readonly pipelineConfig: readonly string[];
  readonly pipelineName: string | undefined;
  readonly var: readonly string[];
  readonly vars: readonly string[];
}

/**
 * Reads and checks the pipelines of the command line, before anything is started. Every mistake of every file is printed;
 * `invalid` when there is one that is no warning.
 */
export async function readGivenPipelines(
  settings: Settings,
  sources: SourceLoader,
  registryUrl: string | undefined,
): Promise<readonly GivenPipeline[] | 'invalid'> {
  const { pipelineConfig: files, pipelineName } = settings;
  if (files.length > 1 && pipelineName !== undefined) {
    throw new CodedError('usage.bad_value', `--pipeline-name names one pipeline, and ${files.length} files are given`, {
      hint: 'leave it out: each pipeline then has the name of its file',
    });
  }
  const cwd = process.cwd();
  const variables = await readVariables({ var: settings.var, vars: settings.vars, cwd });
  const given: GivenPipeline[] = [];
  let invalid = 0;
  for (const file of files) {
    const bundle = await bundleFile(file, cwd);
    const {
      pipeline,
      diagnostics,
      sources: texts,
    } = await loadPipeline({ bundle, variables, env: process.env, sources, builtins, registryUrl });
    if (diagnostics.length > 0) {
      const color = wantsColor(process.stderr.isTTY, process.env);
      process.stderr.write(`${renderDiagnostics(diagnostics, texts, { color })}\n`);
    }
    if (pipeline === undefined || hasErrors(diagnostics)) {
      invalid += 1;
      process.stderr.write(`pikoci: ${file} is not valid; the server was not started\n`);
      continue;
    }
    const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
    given.push({
      file,
      name: pipelineName ?? pipelineNameOf(file),
      bundle,
      variables,
      summary: `${count(pipeline.jobs.length, 'job')}, ${count(pipeline.resources.length, 'resource')}`,
    });
  }
  return invalid > 0 ? 'invalid' : given;
}
