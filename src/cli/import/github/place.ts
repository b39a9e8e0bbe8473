/** Where in a workflow one is, and what a text means there. */
import type { Block } from '../hcl-block.ts';
import type { Names } from '../names.ts';
import type { Text } from '../shell-text.ts';
import type { Scalar, Source } from '../source.ts';
import { type Condition, fillText } from './expressions.ts';
import type { Workflow } from './github.ts';
import { resolverOf, type Use } from './meanings.ts';

export interface Image {
  readonly name: Text;
  /** The job said so itself; then services are found by their names. */
  readonly isContainer: boolean;
  readonly args: string[];
}

export interface JobPlace {
  readonly workflow: Workflow;
  readonly id: string;
  readonly job: Source;
  readonly block: Block;
  readonly names: Names;
  readonly axes: ReadonlyMap<string, readonly Scalar[]>;
  /** It is about tags, where others are about branches. */
  readonly onTags: boolean;
  /** Of steps that have an id: the task. */
  readonly tasks: Map<string, string>;
  /** Inputs that something in the job uses. */
  readonly inputs: Set<string>;
  readonly image: Image | undefined;
  /** What all steps are subject to. */
  readonly condition: string | undefined;
  readonly allowFailure: boolean;
  readonly upstream: readonly string[];
}

/** A scalar with its expressions; what cannot be said is marked in `block`. */
export function filled(source: Source | undefined, place: JobPlace, block: Block, use: Use = {}): Text {
  const text = source?.text() ?? '';
  const { text: made, problems } = fillText(text, resolverOf(place, use));
  if (source !== undefined) for (const problem of problems) place.workflow.conversion.lost(block, source, problem);
  return made;
}

/** Of a step: its own condition and that of its job. */
export function bothConditions(place: JobPlace, { condition }: Pick<Condition, 'condition'>): string | undefined {
  const all = [place.condition, condition].filter((one) => one !== undefined);
  return all.length === 2 ? `(${all[0]}) && (${all[1]})` : all[0];
}
