/**
 * What may stand where in a pipeline, with a text for each: what editors offer and explain. The loader (src/pipeline/) decides what is right; that both say
 * the same is held by schema.test.ts.
 */
import { JOB_BODIES } from './schema-jobs.ts';
import { TOP_BODIES } from './schema-top.ts';
import { TYPE_BODIES } from './schema-types.ts';

/** What the value of an attribute is, as far as an editor can help with it. */
export type ValueSchema =
  | { readonly kind: 'any' | 'text' | 'number' | 'flag' | 'duration' | 'texts' | 'type' | 'map' }
  /** Names of jobs of this pipeline. */
  | { readonly kind: 'jobs' }
  /** `pikoci://NAME`, an address, or a path. */
  | { readonly kind: 'source' }
  /** One of these texts; `list`: or a list of them. */
  | { readonly kind: 'choice'; readonly values: Readonly<Record<string, string>>; readonly list?: true }
  | { readonly kind: 'object'; readonly keys: Readonly<Record<string, AttributeSchema>> };

export interface AttributeSchema {
  readonly doc: string;
  readonly value: ValueSchema;
}

/** What a label names. `name` gives a new name to something. */
export type LabelSchema =
  | 'name'
  | 'resource type'
  | 'resource'
  | 'runner type'
  | 'service type'
  | 'secret type'
  | 'notification type'
  | 'notification';

export interface BlockForm {
  readonly labels: readonly LabelSchema[];
  readonly body: BodyName;
}

export interface BlockSchema extends BlockForm {
  readonly doc: string;
  /** What it is when it has a label, where `labels` says it needs none. */
  readonly labelled?: BlockForm;
  /** What is put between its braces when it is completed: a snippet. */
  readonly inside?: string;
}

/**
 * Where the attributes of a body come from that the schema does not name: the type its label names, that of the block around it, or anywhere (an
 * environment, the axes of a matrix). `of itself`: a type that is configured.
 */
export type Parameters = 'of its type' | 'of the type around' | 'of itself' | 'anything';

export interface BodySchema {
  readonly attributes: Readonly<Record<string, AttributeSchema>>;
  readonly blocks: Readonly<Record<string, BlockSchema>>;
  readonly parameters?: Parameters;
}

export type TopBody =
  | 'pipeline'
  | 'module'
  | 'output'
  | 'variable'
  | 'locals'
  | 'secret'
  | 'resource'
  | 'notification'
  | 'params'
  | 'free';
export type JobBody =
  | 'job'
  | 'get'
  | 'put'
  | 'task'
  | 'reports'
  | 'notify'
  | 'set_pipeline'
  | 'in_parallel'
  | 'service'
  | 'hook steps'
  | 'hook command';
export type TypeBody =
  | 'resource_type'
  | 'runner_type'
  | 'service_type'
  | 'secret_type'
  | 'notification_type'
  | 'command'
  | 'ready_check'
  | 'template';
export type BodyName = TopBody | JobBody | TypeBody;

const BODIES: Readonly<Record<BodyName, BodySchema>> = { ...TOP_BODIES, ...JOB_BODIES, ...TYPE_BODIES };

export const bodySchema = (name: BodyName): BodySchema => BODIES[name];

/** The body of a block that stands in `outer`, by how many labels it has. */
export function bodyWithin(outer: BodyName, type: string, labels: number): BodyName | undefined {
  const { blocks } = bodySchema(outer);
  const block = Object.hasOwn(blocks, type) ? blocks[type] : undefined;
  return (labels > 0 ? block?.labelled : undefined)?.body ?? block?.body;
}

/** The schema of a block that stands in `outer`. */
export function blockWithin(outer: BodyName, type: string): BlockSchema | undefined {
  const { blocks } = bodySchema(outer);
  return Object.hasOwn(blocks, type) ? blocks[type] : undefined;
}

/** The body that a path of blocks from the top leads to; undefined where one of them is unknown. */
export function bodyAt(
  blocks: readonly { readonly type: string; readonly labels: readonly unknown[] }[],
): BodyName | undefined {
  let body: BodyName | undefined = 'pipeline';
  for (const { type, labels } of blocks) body = body && bodyWithin(body, type, labels.length);
  return body;
}
