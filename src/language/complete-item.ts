/** Attributes, blocks and parameters: what may begin a line. */
import type { Block } from '../hcl/syntax.ts';
import { nearbyNames } from './complete-label.ts';
import { type Completion, escapeSnippet, shiftSnippet, snippetChoice } from './completion.ts';
import type { Cursor } from './cursor.ts';
import { describeAttribute, describeBlock, describeParameter } from './describe.ts';
import type { PipelineDocument } from './document.ts';
import { attributeOf, textOf } from './literals.ts';
import { moduleCalled, nameOf } from './modules.ts';
import { typeOfParameters } from './parameters.ts';
import { type BlockForm, type BlockSchema, bodyAt, bodySchema, mayBeDynamic, type ValueSchema } from './schema.ts';
import { TYPE_OF_LABEL } from './symbols.ts';
import { blocksAround } from './tree.ts';
import type { ParamInfo } from './type-info.ts';
import { valueSchemaAt } from './value-schema.ts';

export function completeItem(document: PipelineDocument, cursor: Cursor): readonly Completion[] {
  const name = bodyAt(cursor.blocks);
  if (name === undefined) return [];
  const schema = bodySchema(name);
  const follows = document.text.slice(cursor.span.to);
  const hasValue = /^[ \t]*=(?!=)/.test(follows);
  const hasRest = /^[ \t]*["{]/.test(follows);
  const taken = attributesBeside(document, cursor);
  const found: Completion[] = [];
  for (const [attribute, about] of Object.entries(schema.attributes)) {
    // What may be a block too is written as one.
    if (taken.has(attribute) || hasRest || (!hasValue && Object.hasOwn(schema.blocks, attribute))) continue;
    found.push({
      label: attribute,
      kind: 'attribute',
      doc: describeAttribute(attribute, about),
      insert: hasValue ? attribute : `${attribute} = ${valueSnippet(about.value)}`,
      span: cursor.span,
      rank: 3,
    });
  }
  if (!hasRest) found.push(...parameterCompletions(document, cursor, hasValue, taken));
  if (name === 'module' && !hasRest) found.push(...inputCompletions(document, cursor, hasValue, taken));
  if (hasValue) return found;
  if (mayBeDynamic(name)) found.push(dynamicCompletion(Object.keys(schema.blocks), cursor, hasRest));
  for (const [type, about] of Object.entries(schema.blocks)) {
    found.push({
      label: type,
      kind: 'block',
      doc: describeBlock(type, about),
      insert: hasRest ? type : blockSnippet(type, about, document),
      span: cursor.span,
      rank: 4,
    });
    if (!hasRest) found.push(...readyBlocks(type, about, document, cursor));
  }
  return found;
}

/** Keys of an object whose form is known: `attempts = { count = … }`, `params = { url = … }`. */
export function completeKey(document: PipelineDocument, cursor: Cursor): readonly Completion[] {
  if (cursor.attribute === 'params' && cursor.keys.length === 0) {
    return parameterCompletions(document, cursor, false, new Set(), true);
  }
  const value = valueSchemaAt(cursor);
  if (value?.kind !== 'object') return [];
  return Object.entries(value.keys).map(([key, about]) => ({
    label: key,
    kind: 'attribute',
    doc: describeAttribute(key, about),
    insert: `${key} = ${valueSnippet(about.value)}`,
    span: cursor.span,
  }));
}

function parameterCompletions(
  document: PipelineDocument,
  cursor: Cursor,
  hasValue: boolean,
  taken: ReadonlySet<string>,
  inMap = false,
): Completion[] {
  const type = typeOfParameters(document.types, cursor.blocks, inMap);
  if (type === undefined) return [];
  return type.params
    .filter(({ name }) => !taken.has(name))
    .map((param) => ({
      label: param.name,
      kind: 'parameter',
      detail: param.required === undefined ? `of ${type.name}` : `of ${type.name}, required`,
      doc: describeParameter(param, type),
      insert: hasValue ? param.name : `${param.name} = ${parameterSnippet(param)}`,
      span: cursor.span,
      rank: param.required === undefined ? 2 : 1,
    }));
}

/** The inputs of the module that is called. */
function inputCompletions(
  document: PipelineDocument,
  cursor: Cursor,
  hasValue: boolean,
  taken: ReadonlySet<string>,
): Completion[] {
  const [call] = cursor.blocks;
  const called = moduleCalled(document, call?.labels[0] ?? '');
  return (called?.variables ?? [])
    .filter((block) => !taken.has(nameOf(block)))
    .map((block) => {
      const isNeeded = attributeOf(block.body, 'default') === undefined && !hasSecret(block);
      return {
        label: nameOf(block),
        kind: 'parameter',
        detail: isNeeded ? 'an input, required' : 'an input',
        doc: textOf(block.body, 'description') ?? '',
        insert: hasValue ? nameOf(block) : `${nameOf(block)} = $0`,
        span: cursor.span,
        rank: isNeeded ? 1 : 2,
      };
    });
}

const hasSecret = ({ body }: Block): boolean =>
  body.items.some((item) => item.kind === 'block' && item.type === 'secret');

function dynamicCompletion(types: readonly string[], cursor: Cursor, hasRest: boolean): Completion {
  const doc = 'As many blocks of a type as `for_each` has elements.';
  const insert = `dynamic "${snippetChoice(1, types)}" {\n  for_each = $2\n  content {\n    $0\n  }\n}`;
  return { label: 'dynamic', kind: 'block', doc, insert: hasRest ? 'dynamic' : insert, span: cursor.span, rank: 6 };
}

/** A block with its labels filled in: one for each resource that can be got, each notification that can be sent. */
function readyBlocks(type: string, schema: BlockSchema, document: PipelineDocument, cursor: Cursor): Completion[] {
  const [, second] = schema.labels;
  if (second !== 'resource' && second !== 'notification') return [];
  return document.topLevel(second).flatMap(({ labels }) => {
    const [of, name] = labels.map(({ value }) => value);
    if (of === undefined || name === undefined || of === '' || name === '') return [];
    const header = `${type} "${of}" "${name}"`;
    const insert = `${escapeSnippet(header)} {${schema.inside ?? ''}}`;
    return [{ label: header, kind: second === 'resource' ? 'resource' : 'block', insert, span: cursor.span, rank: 5 }];
  });
}

function blockSnippet(type: string, schema: BlockSchema, document: PipelineDocument): string {
  const labels = schema.labels.map((label, at) => labelSnippet(label, at + 1, document));
  return `${[type, ...labels].join(' ')} {${shiftSnippet(schema.inside ?? '\n  $0\n', labels.length)}}`;
}

function labelSnippet(label: BlockForm['labels'][number], place: number, document: PipelineDocument): string {
  const kind = TYPE_OF_LABEL[label];
  const names = kind === undefined ? [] : nearbyNames(document, kind);
  return names.length > 0 ? `"${snippetChoice(place, names)}"` : `"\${${place}:${label}}"`;
}

function valueSnippet(value: ValueSchema): string {
  switch (value.kind) {
    case 'text':
      return '"$0"';
    case 'flag':
      return snippetChoice(1, ['true', 'false']);
    case 'duration':
      return '"${1:10m}"';
    case 'texts':
    case 'jobs':
      return '["$0"]';
    case 'choice':
      return value.list === true ? '["$0"]' : `"${snippetChoice(1, Object.keys(value.values))}"`;
    case 'source':
      return '"${1:pikoci://}$0"';
    case 'map':
      return '{\n  $0\n}';
    case 'object':
      return '{ $0 }';
    default:
      return '$0';
  }
}

const parameterSnippet = ({ name, fallback }: ParamInfo): string =>
  name === 'args' || fallback?.startsWith('[') === true ? '["$0"]' : '"$0"';

/** The attributes that the body around the cursor has, but the one that is being typed. */
function attributesBeside(document: PipelineDocument, { blocks, span }: Cursor): ReadonlySet<string> {
  const around = blocksAround(document.body, span.from);
  const body = around.length === blocks.length ? (around.at(-1)?.body ?? document.body) : undefined;
  const names = new Set<string>();
  for (const item of body?.items ?? []) {
    if (item.kind === 'attribute' && document.text.slice(span.from, span.to) !== item.name) names.add(item.name);
  }
  return names;
}
