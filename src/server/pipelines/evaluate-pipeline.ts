import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import type { LoadResult } from '../../pipeline/load-request.ts';
import type { Pipeline, SourceBundle } from '../../pipeline/model.ts';
import { ProblemError } from '../http/problems.ts';

/** Reads, evaluates and validates a pipeline, and shows what is wrong with one: pipeline/ and hcl/ as main/ puts them together. */
export interface PipelineLoader {
  load(
    bundle: SourceBundle,
    variables: Readonly<Record<string, Json>>,
    options?: EvaluationOptions,
  ): Promise<LoadResult>;
  /** Diagnostics as text: the line, the place underlined, what to do. `sources` as `load` gave them. */
  render(diagnostics: LoadResult['diagnostics'], sources: LoadResult['sources']): string;
}

export interface EvaluationOptions {
  /** Texts of addresses that are not fetched again. */
  readonly fetched?: ReadonlyMap<string, string>;
  /** Variables whose values are sensitive, whatever the pipeline says. */
  readonly sensitive?: ReadonlySet<string>;
  /** Where the repository is that the pipeline's file is in. */
  readonly repositoryUrl?: string;
  /** Its text is of somebody who is not trusted: variables get nothing from the server's environment. */
  readonly isForeign?: boolean;
}

export interface Evaluated {
  readonly bundle: SourceBundle;
  readonly model: Pipeline;
  /** Values of sensitive variables, in clear. */
  readonly secrets: Readonly<Record<string, Json>>;
  /** Texts that were fetched for it, by their address. */
  readonly sources: Readonly<Record<string, string>>;
  /** Rendered as text. */
  readonly warnings: readonly string[];
}

const MAX_JOBS = 2_000;
const NAME = /^[^\p{C}/\\]{1,100}$/u;

/** Throws `api.bad_request` for what cannot be the name of a pipeline. */
export function checkName(name: string): void {
  if (NAME.test(name) && name.trim() === name && !/^\.+$/.test(name)) return;
  throw new CodedError('api.bad_request', `${JSON.stringify(name.slice(0, 120))} cannot be the name of a pipeline`, {
    hint: 'a name has up to 100 characters, no slashes, and no white space at its ends',
  });
}

/** `subject` is what messages call it: `pipeline my-app`. Throws `pipeline.invalid` with every mistake there is, `api.bad_request`. */
export async function evaluatePipeline(
  loader: PipelineLoader,
  subject: string,
  bundle: SourceBundle,
  variables: Readonly<Record<string, Json>>,
  options: EvaluationOptions = {},
): Promise<Evaluated> {
  const loaded = await loader.load(bundle, variables, options);
  const { pipeline: model, diagnostics, sources } = loaded;
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (model === undefined || errors.length > 0) throw invalid(subject, loaded, errors.length, loader);
  if (model.jobs.length > MAX_JOBS) {
    throw new CodedError('api.bad_request', `${subject} has ${model.jobs.length} jobs, and may have ${MAX_JOBS}`, {
      hint: 'split it into several pipelines',
    });
  }
  const warnings = diagnostics.filter((diagnostic) => diagnostic.severity === 'warning');
  return {
    bundle,
    model,
    secrets: loaded.secretsOfVariables,
    sources: Object.fromEntries([...sources].filter(([file]) => /^https?:\/\//i.test(file))),
    warnings: warnings.map((warning) => loader.render([warning], sources)),
  };
}

function invalid(subject: string, loaded: LoadResult, count: number, loader: PipelineLoader): ProblemError {
  const mistakes = count === 1 ? 'a mistake' : `${count} mistakes`;
  return new ProblemError(
    'pipeline.invalid',
    `${subject} has ${mistakes}; nothing was changed`,
    {
      diagnostics: loaded.diagnostics.map((diagnostic) => JSON.parse(JSON.stringify(diagnostic))),
      rendered: loader.render(loaded.diagnostics, loaded.sources),
    },
    { hint: 'mend it and set it again' },
  );
}
