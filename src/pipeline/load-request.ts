import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Json } from '../lib/json.ts';
import type { Pipeline, SourceBundle } from './model.ts';
import type { Builtins, SourceLoader, UsedSource } from './source.ts';

/** What `loadPipeline` (load.ts) is given: everything it reads is in here. */
export interface LoadRequest {
  readonly bundle: SourceBundle;
  /** Values given by `--var` and `--vars`: they beat the environment, secrets and defaults. A text is converted to the variable's type. */
  readonly variables: Readonly<Record<string, Json>>;
  /** Where `PIKOCI_VAR_name` is looked for; absent: nowhere. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly sources: SourceLoader;
  readonly builtins: Builtins;
  /** Where `pikoci://NAME` is looked for when it is not built in: an http or https address. Absent: nowhere. */
  readonly registryUrl?: string | undefined;
  /** `extend`: a source that the lock file does not have is no mistake, for it is about to get it. Default: `enforce`. */
  readonly lock?: 'enforce' | 'extend';
  /** Texts of sources already resolved, by their address: they are not fetched again (`sources` of an earlier load). */
  readonly resolved?: ReadonlyMap<string, string>;
  /** Where the repository is that the pipeline's file is in, for `get "git" "repository"`. Absent: the checkout that is the current directory. */
  readonly repositoryUrl?: string | undefined;
  /** Variables whose values count as sensitive, whatever the pipeline declares. */
  readonly sensitive?: ReadonlySet<string>;
}

export interface LoadResult {
  /** Absent when there is an error among the diagnostics. */
  readonly pipeline?: Pipeline;
  /** Values of sensitive variables, by name. They are in no plan (there their binding is `sealed`): store them encrypted. */
  readonly secretsOfVariables: Readonly<Record<string, Json>>;
  readonly diagnostics: readonly Diagnostic[];
  /** Every text that was read, by the name that diagnostics call it: the bundle's files, built-ins used, fetched sources. */
  readonly sources: ReadonlyMap<string, string>;
  /** The sources that came from built-ins or the web, each once: what a lock file is made of. */
  readonly usedSources: readonly UsedSource[];
  /** Whether every `source` led to a text; if not, `usedSources` has gaps. */
  readonly everySourceFound: boolean;
}
