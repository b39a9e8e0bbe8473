/** What is known about the thing under the cursor. */
import type { Block, Body, Expression } from '../hcl/syntax.ts';
import {
  code,
  describeAttribute,
  describeBlock,
  describeFunction,
  describeParameter,
  languageFunctions,
} from './describe.ts';
import { describeSymbol } from './describe-symbol.ts';
import type { PipelineDocument } from './document.ts';
import { BUILD_FACTS, EACH_FACTS, ROOTS } from './facts.ts';
import { literalText } from './literals.ts';
import { occurrenceAt } from './navigate.ts';
import { typeOfParameters } from './parameters.ts';
import { type AttributeSchema, blockWithin, bodyAt, bodySchema } from './schema.ts';
import { type Span, spanOf, touches } from './span.ts';
import { attributeAt, blocksAround, expressionsAt, namesOf } from './tree.ts';

export interface Hover {
  readonly span: Span;
  /** Markdown. */
  readonly text: string;
}

export function hoverAt(document: PipelineDocument, offset: number): Hover | undefined {
  const occurrence = occurrenceAt(document, offset);
  const symbol = occurrence && describeSymbol(document, occurrence.symbol);
  // The name of a local is no attribute that the language knows.
  if (occurrence !== undefined && symbol !== undefined) return { span: occurrence.span, text: symbol };
  const blocks = blocksAround(document.body, offset);
  const header = blocks.at(-1);
  if (header !== undefined && touches(spanOf(header.typeRange), offset)) return hoverBlock(header, blocks.slice(0, -1));
  const attribute = attributeAt(header?.body ?? document.body, offset);
  if (attribute === undefined) return undefined;
  if (touches(spanOf(attribute.nameRange), offset)) {
    return hoverAttribute(document, blocks, attribute.name, spanOf(attribute.nameRange));
  }
  return hoverExpression(document, blocks, attribute.name, expressionsAt(attribute.expression, offset), offset);
}

function hoverBlock(block: Block, outer: readonly Block[]): Hover | undefined {
  const body = bodyAt(namesOf(outer));
  const schema = body && blockWithin(body, block.type);
  return schema && { span: spanOf(block.typeRange), text: describeBlock(block.type, schema) };
}

function hoverAttribute(
  document: PipelineDocument,
  blocks: readonly Block[],
  name: string,
  span: Span,
  inMap = false,
): Hover | undefined {
  const schema = inMap ? undefined : attributeSchema(blocks, name);
  if (schema !== undefined) return { span, text: describeAttribute(name, schema) };
  const type = typeOfParameters(document.types, namesOf(blocks), inMap);
  const param = type?.params.find((candidate) => candidate.name === name);
  return type && param && { span, text: `${code(name)}\n\n${describeParameter(param, type)}` };
}

function attributeSchema(blocks: readonly Block[], name: string): AttributeSchema | undefined {
  const body = bodyAt(namesOf(blocks));
  const attributes = body && bodySchema(body).attributes;
  return attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function hoverExpression(
  document: PipelineDocument,
  blocks: readonly Block[],
  attribute: string,
  around: readonly Expression[],
  offset: number,
): Hover | undefined {
  const call = around.findLast((expression) => expression.kind === 'call');
  if (call !== undefined && touches(spanOf(call.nameRange), offset)) {
    const entry = languageFunctions().get(call.name);
    return entry && { span: spanOf(call.nameRange), text: describeFunction(entry) };
  }
  const last = around.at(-1);
  if (last === undefined) return undefined;
  if (last.kind === 'traversal') return hoverTraversal(last.traversal, offset);
  const object = around.at(-2);
  const key = object?.kind === 'object' ? object.items.find((item) => item.key === last) : undefined;
  const name = key === undefined ? undefined : literalText(key.key);
  if (name !== undefined && around.length === 2) return hoverKey(document, blocks, attribute, name, spanOf(last.range));
  return hoverChoice(blocks, attribute, last);
}

/** `build.number`, `each.key`, and the roots themselves. */
function hoverTraversal(
  {
    root,
    rootRange,
    steps,
  }: {
    root: string;
    rootRange: Body['range'];
    steps: readonly { key: { kind: string; value?: unknown }; range: Body['range'] }[];
  },
  offset: number,
): Hover | undefined {
  const about = Object.hasOwn(ROOTS, root) ? ROOTS[root] : undefined;
  if (touches(spanOf(rootRange), offset))
    return about === undefined ? undefined : { span: spanOf(rootRange), text: about };
  const facts = root === 'build' ? BUILD_FACTS : root === 'each' ? EACH_FACTS : {};
  const [step] = steps;
  if (step === undefined || !touches(spanOf(step.range), offset)) return undefined;
  const name = String(step.key.value);
  const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
  return fact === undefined ? undefined : { span: spanOf(step.range), text: `${code(`${root}.${name}`)}\n\n${fact}` };
}

function hoverKey(
  document: PipelineDocument,
  blocks: readonly Block[],
  attribute: string,
  name: string,
  span: Span,
): Hover | undefined {
  if (attribute === 'params') return hoverAttribute(document, blocks, name, span, true);
  const value = attributeSchema(blocks, attribute)?.value;
  const schema = value?.kind === 'object' && Object.hasOwn(value.keys, name) ? value.keys[name] : undefined;
  return schema && { span, text: describeAttribute(name, schema) };
}

function hoverChoice(blocks: readonly Block[], attribute: string, expression: Expression): Hover | undefined {
  const value = attributeSchema(blocks, attribute)?.value;
  const text = literalText(expression);
  if (value?.kind !== 'choice' || text === undefined || !Object.hasOwn(value.values, text)) return undefined;
  return { span: spanOf(expression.range), text: `${code(`${attribute} = "${text}"`)}\n\n${value.values[text]}` };
}
