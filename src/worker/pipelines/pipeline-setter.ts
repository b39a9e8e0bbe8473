/** Who does what a `set_pipeline` says: a server, or, where there is none, somebody who only looks at the file. */
import type { Json } from '../../lib/json.ts';
import type { SourceBundle } from '../../pipeline/model.ts';
import type { ProblemDetail } from '../../protocol/events.ts';
import type { BuildGrant } from '../../protocol/messages.ts';

export interface WantedPipeline {
  readonly pipeline: string;
  readonly instanceVars?: Readonly<Record<string, Json>> | undefined;
  readonly bundle: SourceBundle;
  readonly variables: Readonly<Record<string, Json>>;
  /** Those of its variables that nobody may see. */
  readonly sensitive: Readonly<Record<string, Json>>;
}

export type SetPipelineEnd =
  /** `lines` say what was done, for the log. */
  | { readonly kind: 'done'; readonly lines: readonly string[] }
  /** Nothing is set from here; `lines` say what would have been. */
  | { readonly kind: 'left_out'; readonly lines: readonly string[] }
  /** The file is wrong, or may not be set: `lines` are the messages about it. */
  | { readonly kind: 'refused'; readonly lines: readonly string[]; readonly problem: ProblemDetail };

export interface PipelineSetter {
  /** Throws a CodedError when nobody could be asked. */
  set(wanted: WantedPipeline, grant: BuildGrant, signal: AbortSignal): Promise<SetPipelineEnd>;
}
