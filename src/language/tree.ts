/** Finds what stands at an offset in the syntax tree. */
import type { Attribute, Block, Body, Expression, TemplatePart } from '../hcl/syntax.ts';
import { assertNever } from '../lib/assert-never.ts';
import { spanOf, touches } from './span.ts';

/** The blocks around an offset, from the outermost to the innermost. */
export function blocksAround(body: Body, offset: number): readonly Block[] {
  for (const item of body.items) {
    if (item.kind === 'block' && touches(spanOf(item.range), offset)) {
      return [item, ...blocksAround(item.body, offset)];
    }
  }
  return [];
}

/** Blocks by type and labels, as the schema asks for them. */
export const namesOf = (blocks: readonly Block[]): { type: string; labels: string[] }[] =>
  blocks.map(({ type, labels }) => ({ type, labels: labels.map(({ value }) => value) }));

export function attributeAt(body: Body, offset: number): Attribute | undefined {
  return body.items.find((item): item is Attribute => item.kind === 'attribute' && touches(spanOf(item.range), offset));
}

/** The expressions around an offset, from the outermost to the innermost. */
export function expressionsAt(expression: Expression, offset: number): readonly Expression[] {
  if (!touches(spanOf(expression.range), offset)) return [];
  for (const child of childrenOf(expression)) {
    const inner = expressionsAt(child, offset);
    if (inner.length > 0) return [expression, ...inner];
  }
  return [expression];
}

export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'traversal':
    case 'splat-item':
    case 'invalid':
      return [];
    case 'template':
      return expression.parts.flatMap(expressionsOfPart);
    case 'template-wrap':
    case 'parentheses':
      return [expression.expression];
    case 'access':
      return [expression.source];
    case 'index':
      return [expression.collection, expression.key];
    case 'splat':
      return [expression.source, expression.each];
    case 'call':
      return expression.args;
    case 'conditional':
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case 'binary':
      return [expression.left, expression.right];
    case 'unary':
      return [expression.operand];
    case 'for-tuple':
      return [expression.collection, expression.value, ...(expression.condition ? [expression.condition] : [])];
    case 'for-object': {
      const { collection, key, value, condition } = expression;
      return [collection, key, value, ...(condition ? [condition] : [])];
    }
    case 'tuple':
      return expression.elements;
    case 'object':
      return expression.items.flatMap((item) => [item.key, item.value]);
    default:
      return assertNever(expression);
  }
}

function expressionsOfPart(part: TemplatePart): readonly Expression[] {
  switch (part.kind) {
    case 'text':
      return [];
    case 'interpolation':
      return [part.expression];
    case 'if':
      return [part.condition, ...[...part.whenTrue, ...(part.whenFalse ?? [])].flatMap(expressionsOfPart)];
    case 'for':
      return [part.collection, ...part.body.flatMap(expressionsOfPart)];
    default:
      return assertNever(part);
  }
}
