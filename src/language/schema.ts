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
 * environment, the axes of a matrix). `of its step`: what its type takes from a step, and anything where the type does not say. `of itself`: a type that is configured.
 */
export type Parameters = 'of its type' | 'of its step' | 'of the type around' | 'of itself' | 'anything';

export interface BodySchema {
  readonly attributes: Readonly<Record<string, AttributeSchema>>;
  readonly blocks: Readonly<Record<string, BlockSchema>>;
  readonly parameters?: Parameters;
  /** What a block of any other name is. */
  readonly anyBlock?: BlockSchema;
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
  | 'id_token'
  | 'reports'
  | 'cache'
  | 'notify'
  | 'set_pipeline'
  | 'in_parallel'
  | 'service'
  | 'hook steps'
  | 'dynamic'
  | 'hook command'
  | 'inputs'
  | 'input'
  | 'approve'
  | 'retain';
export type TypeBody =
  | 'resource_type'
  | 'runner_type'
  | 'service_type'
  | 'secret_type'
  | 'notification_type'
  | 'command'
  | 'ready_check'
  | 'template'
  | 'run_template';
export type BodyName = TopBody | JobBody | TypeBody;

const BODIES: Readonly<Record<BodyName, BodySchema>> = { ...TOP_BODIES, ...JOB_BODIES, ...TYPE_BODIES };

export const bodySchema = (name: BodyName): BodySchema => BODIES[name];

/** The body of a block that stands in `outer`, by how many labels it has. */
export function bodyWithin(outer: BodyName, type: string, labels: number): BodyName | undefined {
  const block = blockWithin(outer, type);
  return (labels > 0 ? block?.labelled : undefined)?.body ?? block?.body;
}

/** The schema of a block that stands in `outer`. */
export function blockWithin(outer: BodyName, type: string): BlockSchema | undefined {
  const { blocks, anyBlock } = bodySchema(outer);
  return Object.hasOwn(blocks, type) ? blocks[type] : anyBlock;
}

/** The body that a path of blocks from the top leads to; undefined where one of them is unknown. */
export function bodyAt(
  blocks: readonly { readonly type: string; readonly labels: readonly string[] }[],
): BodyName | undefined {
  let body: BodyName | undefined = 'pipeline';
  /** Where the dynamic block around stands, and what it stands for. */
  let stands: { readonly in: BodyName; readonly for: string } | undefined;
  for (const { type, labels } of blocks) {
    if (body === undefined) return undefined;
    if (body === 'dynamic' && stands !== undefined && type === 'content') {
      body = bodyOfContent(stands.in, stands.for);
      stands = undefined;
    } else if (type === 'dynamic' && mayBeDynamic(body)) {
      stands = { in: body, for: labels[0] ?? '' };
      body = 'dynamic';
    } else body = bodyWithin(body, type, labels.length);
  }
  return body;
}

/** Whether blocks of that body may be made by `dynamic`: everywhere but at the top. */
export const mayBeDynamic = (body: BodyName): boolean =>
  body !== 'pipeline' && body !== 'dynamic' && Object.keys(bodySchema(body).blocks).length > 0;

/** What the `content` of a dynamic block is, which stands in `outer` for blocks of that type. */
export function bodyOfContent(outer: BodyName, type: string): BodyName | undefined {
  return bodyWithin(outer, type, blockWithin(outer, type)?.labels.length ?? 0);
}
