/** Every name in a file that stands for something: where it is declared, and where it is used. */
import { references } from '../hcl/references.ts';
import type { Attribute, Block, Body, Traversal, TraversalStep } from '../hcl/syntax.ts';
import type { SourceKind } from '../pipeline/source.ts';
import type { PipelineDocument } from './document.ts';
import { attributeOf, literalTexts } from './literals.ts';
import { isInput } from './modules.ts';
import {
  type BodyName,
  blockWithin,
  bodyOfContent,
  bodySchema,
  bodyWithin,
  type LabelSchema,
  mayBeDynamic,
} from './schema.ts';
import { type Span, spanOf } from './span.ts';

export type PipelineSymbol =
  | { readonly kind: 'variable' | 'local' | 'job' | 'module' | 'output'; readonly name: string }
  /** What the module that is called here declares in its own text: a variable of it, an output. */
  | { readonly kind: 'module input' | 'module output'; readonly module: string; readonly name: string }
  /** Their names are unique within a type; a name alone is what labels and expressions say. */
  | { readonly kind: 'resource' | 'notification'; readonly type: string; readonly name: string }
  /** Its name is known within its job, which is counted from the top. */
  | { readonly kind: 'task'; readonly job: number; readonly name: string }
  | { readonly kind: 'type'; readonly of: SourceKind; readonly name: string };

export interface Occurrence {
  /** The name alone: without quotes, dots or brackets. */
  readonly span: Span;
  readonly symbol: PipelineSymbol;
  /** What declares it, when this is where it is declared. */
  readonly declaration?: Block | Attribute;
}

export function symbolKey(symbol: PipelineSymbol): string {
  switch (symbol.kind) {
    case 'resource':
    case 'notification':
      return `${symbol.kind} ${symbol.type}.${symbol.name}`;
    case 'task':
      return `task ${symbol.job} ${symbol.name}`;
    case 'module input':
    case 'module output':
      return `${symbol.kind} ${symbol.module} ${symbol.name}`;
    case 'type':
      return `${symbol.of} ${symbol.name}`;
    default:
      return `${symbol.kind} ${symbol.name}`;
  }
}

export const TYPE_OF_LABEL: Partial<Record<LabelSchema, SourceKind>> = {
  'resource type': 'resource_type',
  'runner type': 'runner_type',
  'service type': 'service_type',
  'secret type': 'secret_type',
  'notification type': 'notification_type',
};

export function findSymbols(document: PipelineDocument): readonly Occurrence[] {
  const walk = new SymbolWalk(document);
  walk.body(document.body, 'pipeline', undefined);
  return walk.found.sort((a, b) => a.span.from - b.span.from);
}

/** The job that something stands in. */
interface JobAround {
  readonly index: number;
  /** The type of each resource that its steps get or put, by the resource's name. */
  readonly resources: ReadonlyMap<string, string>;
}

class SymbolWalk {
  readonly found: Occurrence[] = [];
  readonly #document: PipelineDocument;
  readonly #jobNames: ReadonlySet<string>;
  /** The type of each resource whose name is of one resource only. */
  readonly #resources = new Map<string, string | undefined>();
  #jobs = 0;

  constructor(document: PipelineDocument) {
    this.#document = document;
    this.#jobNames = new Set(document.topLevel('job').flatMap((block) => block.labels[0]?.value ?? []));
    for (const { labels } of document.topLevel('resource')) {
      const [type, name] = labels;
      if (type === undefined || name === undefined) continue;
      this.#resources.set(name.value, this.#resources.has(name.value) ? undefined : type.value);
    }
  }

  body(body: Body, schema: BodyName | undefined, job: JobAround | undefined): void {
    for (const item of body.items) {
      if (item.kind === 'attribute') this.#attribute(item, schema, job);
      else this.#block(item, schema, job);
    }
  }

  #block(block: Block, outer: BodyName | undefined, job: JobAround | undefined): void {
    const inner = outer && bodyWithin(outer, block.type, block.labels.length);
    const isJob = outer === 'pipeline' && block.type === 'job';
    const around = isJob ? { index: this.#jobs++, resources: resourcesIn(block.body) } : job;
    if (outer !== undefined) this.#labels(block, outer, around);
    if (outer === 'pipeline' && block.type === 'module') this.#inputs(block);
    if (outer !== undefined && block.type === 'dynamic' && mayBeDynamic(outer)) this.#dynamic(block, outer, around);
    else this.body(block.body, inner, around);
  }

  #inputs({ body, labels: [label] }: Block): void {
    if (label === undefined) return;
    for (const item of body.items) {
      if (item.kind !== 'attribute' || !isInput(item.name)) continue;
      const symbol: PipelineSymbol = { kind: 'module input', module: label.value, name: item.name };
      this.found.push({ span: spanOf(item.nameRange), symbol });
    }
  }

  /** What its `content` holds is what a block of its type would. */
  #dynamic(block: Block, outer: BodyName, job: JobAround | undefined): void {
    const inner = bodyOfContent(outer, block.labels[0]?.value ?? '');
    for (const item of block.body.items) {
      if (item.kind === 'attribute') this.#attribute(item, 'dynamic', job);
      else this.body(item.body, item.type === 'content' ? inner : undefined, job);
    }
  }

  #labels(block: Block, outer: BodyName, job: JobAround | undefined): void {
    const schema = blockWithin(outer, block.type);
    const form = block.labels.length > 0 ? (schema?.labelled ?? schema) : schema;
    for (const [at, label] of block.labels.entries()) {
      const symbol = this.#symbolOfLabel(form?.labels[at], block, at, job);
      if (symbol === undefined) continue;
      const { from, to } = spanOf(label.range);
      const span = label.quoted ? { from: from + 1, to: to - 1 } : { from, to };
      if (span.to - span.from !== label.value.length) continue;
      this.found.push({ span, symbol, ...(form?.labels[at] === 'name' && { declaration: block }) });
    }
  }

  #symbolOfLabel(
    label: LabelSchema | undefined,
    block: Block,
    at: number,
    job: JobAround | undefined,
  ): PipelineSymbol | undefined {
    const name = block.labels[at]?.value;
    if (label === undefined || name === undefined || name === '') return undefined;
    const of = TYPE_OF_LABEL[label];
    if (of !== undefined) return { kind: 'type', of, name };
    const type = block.labels[0]?.value ?? '';
    if (label === 'resource' || label === 'notification') return { kind: label, type, name };
    switch (block.type) {
      case 'variable':
      case 'job':
      case 'module':
      case 'output':
        return { kind: block.type, name };
      case 'resource':
      case 'notification':
        return { kind: block.type, type, name };
      case 'task':
        return job && { kind: 'task', job: job.index, name };
      case 'resource_type':
      case 'runner_type':
      case 'service_type':
      case 'secret_type':
      case 'notification_type':
        return { kind: 'type', of: block.type, name };
      default:
        return undefined;
    }
  }

  #attribute(attribute: Attribute, schema: BodyName | undefined, job: JobAround | undefined): void {
    if (schema === 'locals') {
      const symbol: PipelineSymbol = { kind: 'local', name: attribute.name };
      this.found.push({ span: spanOf(attribute.nameRange), symbol, declaration: attribute });
    }
    const known = schema && bodySchema(schema).attributes;
    if (known !== undefined && Object.hasOwn(known, attribute.name) && known[attribute.name]?.value.kind === 'jobs') {
      this.#jobsNamed(attribute);
    }
    for (const reference of references(attribute.expression)) this.#reference(reference, job);
  }

  /** `build--linux` is one of the jobs that `job "build"` stands for: the name is the part before the dashes. */
  #jobsNamed({ expression }: Attribute): void {
    for (const { value, span } of literalTexts(expression)) {
      const group = this.#jobNames.has(value)
        ? value
        : [...this.#jobNames].filter((name) => value.startsWith(`${name}--`)).sort((a, b) => b.length - a.length)[0];
      const name = group ?? value;
      this.found.push({ span: { from: span.from, to: span.from + name.length }, symbol: { kind: 'job', name } });
    }
  }

  #reference({ root, steps }: Traversal, job: JobAround | undefined): void {
    const [step] = steps;
    if (step === undefined || step.key.kind !== 'string') return;
    if (root === 'module') this.#output(step.key.value, steps);
    const name = step.key.value;
    const symbol = this.#symbolOfReference(root, name, job);
    const span = this.#nameIn(step, name);
    if (symbol !== undefined && span !== undefined) this.found.push({ span, symbol });
  }

  /** `module.NAME.OUTPUT`; of one with `for_each` it is `module.NAME["key"].OUTPUT`. */
  #output(module: string, steps: readonly TraversalStep[]): void {
    const call = this.#document.topLevel('module').find(({ labels }) => labels[0]?.value === module);
    const step = steps[call !== undefined && attributeOf(call.body, 'for_each') !== undefined ? 2 : 1];
    if (step === undefined || step.key.kind !== 'string') return;
    const name = step.key.value;
    const span = this.#nameIn(step, name);
    if (span !== undefined) this.found.push({ span, symbol: { kind: 'module output', module, name } });
  }

  #symbolOfReference(root: string, name: string, job: JobAround | undefined): PipelineSymbol | undefined {
    switch (root) {
      case 'var':
        return { kind: 'variable', name };
      case 'local':
        return { kind: 'local', name };
      case 'module':
        return { kind: 'module', name };
      case 'task':
        return job && { kind: 'task', job: job.index, name };
      case 'get': {
        const type = job === undefined ? this.#resources.get(name) : job.resources.get(name);
        return type === undefined ? undefined : { kind: 'resource', type, name };
      }
      default:
        return undefined;
    }
  }

  /** `.name` or `["name"]`: where the name itself is. */
  #nameIn(step: TraversalStep, name: string): Span | undefined {
    const { from, to } = spanOf(step.range);
    const at = this.#document.text.slice(from, to).indexOf(name);
    return at < 0 ? undefined : { from: from + at, to: from + at + name.length };
  }
}

function resourcesIn(body: Body, found = new Map<string, string>()): ReadonlyMap<string, string> {
  for (const item of body.items) {
    if (item.kind !== 'block') continue;
    const [type, name] = item.labels;
    if ((item.type === 'get' || item.type === 'put') && type !== undefined && name !== undefined) {
      found.set(name.value, type.value);
    }
    resourcesIn(item.body, found);
  }
  return found;
}
